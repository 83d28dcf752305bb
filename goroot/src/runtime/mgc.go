package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// The collector is Rust's (crates/runtime/src/gc). What it cannot do is call Go: the cleanup of sync.Pool at the start of
// a cycle, finalizers and cleanups are run by goroutines of this package.

func gchelperwait() int
func gcstw() int
func gcbegin()
func gcenable0()
func gctarget() uint32
func gcwait(target uint32) int

// GC runs a garbage collection and blocks the caller until it is complete, sweeping included.
func GC() {
	target := gctarget()
	for gcwait(target) != 0 {
	}
	// Goroutines that the cycle stopped in the middle of something, all of whose words counted as pointers, go on first:
	// so two collections in a row find what they have let go of.
	gosched()
}

// gcenable starts the collector's goroutine.
func gcenable() {
	newprocSystem(gchelper)
	gcenable0()
}

// gchelper starts the cycles that are asked for.
func gchelper() {
	for {
		if gchelperwait() == 0 {
			continue
		}
		for {
			r := gcstw()
			if r == 0 {
				break
			}
			if r == 1 {
				clearpools()
				gcbegin()
				break
			}
		}
	}
}

var poolcleanup atomic.Pointer[func()]

//go:linkname sync_runtime_registerPoolCleanup sync.runtime_registerPoolCleanup
func sync_runtime_registerPoolCleanup(f func()) { poolcleanup.Store(&f) }

// clearpools is called with the world stopped: it must not allocate or wait.
func clearpools() {
	if f := poolcleanup.Load(); f != nil {
		(*f)()
	}
}

func getOrAddWeakHandle(p unsafe.Pointer) unsafe.Pointer
func weakhandlestrong(h unsafe.Pointer) unsafe.Pointer

//go:linkname internal_weak_runtime_registerWeakPointer weak.runtime_registerWeakPointer
func internal_weak_runtime_registerWeakPointer(p unsafe.Pointer) unsafe.Pointer {
	h := getOrAddWeakHandle(p)
	if h == nil {
		throw("getOrAddWeakHandle on invalid pointer")
	}
	return h
}

//go:linkname internal_weak_runtime_makeStrongFromWeak weak.runtime_makeStrongFromWeak
func internal_weak_runtime_makeStrongFromWeak(h unsafe.Pointer) unsafe.Pointer {
	if h == nil {
		return nil
	}
	return weakhandlestrong(h)
}
