package runtime

import _ "unsafe" // for linkname

// Random numbers of the thread's generator. Not for cryptography.
//
//go:linkname rand
func rand() uint64
func cheaprand64() uint64

//go:linkname bootstrapRand
func bootstrapRand() uint64

//go:linkname cheaprand
func cheaprand() uint32 { return uint32(cheaprand64()) }

// cheaprandn is a number below n, with a bias that does not matter for choosing.
//
//go:linkname cheaprandn
func cheaprandn(n uint32) uint32 { return uint32(uint64(cheaprand()) * uint64(n) >> 32) }

func rand32() uint32 { return uint32(rand() >> 32) }

// randn serves package sync.
//
//go:linkname randn
func randn(n uint32) uint32 { return uint32(uint64(uint32(rand())) * uint64(n) >> 32) }

// fastrand and its relatives are names third parties link to.

//go:linkname legacy_fastrand runtime.fastrand
func legacy_fastrand() uint32 { return uint32(rand()) }

//go:linkname legacy_fastrandn runtime.fastrandn
func legacy_fastrandn(n uint32) uint32 { return randn(n) }

//go:linkname legacy_fastrand64 runtime.fastrand64
func legacy_fastrand64() uint64 { return rand() }

// vgetrandom is not taken from the vDSO; the caller falls back to the system call.
//
//go:linkname vgetrandom
func vgetrandom(p []byte, flags uint32) (ret int, supported bool) { return -1, false }
