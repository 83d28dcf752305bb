package runtime

import "unsafe"

// GOMAXPROCS sets the maximum number of CPUs that can be executing simultaneously and returns the previous setting.
// If n < 1, it does not change the setting; else the runtime does not change it by itself any more.
func GOMAXPROCS(n int) int {
	ret := gomaxprocs()
	if n <= 0 {
		return ret
	}
	maxprocs.custom.Store(true)
	if n == ret {
		return ret
	}
	stopTheWorld()
	procresize(n)
	startTheWorld()
	return ret
}

// NumCPU returns the number of logical CPUs usable by the current process, as found at start.
func NumCPU() int { return ncpu() }

// NumCgoCall returns the number of cgo calls made by the current process: none.
func NumCgoCall() int64 { return 0 }

// Breakpoint executes a breakpoint trap.
func Breakpoint() { breakpoint() }

func breakpoint()

// abort ends the program by a trap, for those who reach it by linkname.
func abort() {
	breakpoint()
	for {
	}
}

func setMaxThreads(n int) int
func setMaxStack(n int) int
func setPanicOnFault(on int) int
func setGCPercent(n int32) int32
func setMemoryLimit(n int64) int64

// setCrashFD is pulled by runtime/debug.
//
//go:linkname setCrashFD
func setCrashFD(fd uintptr) uintptr
func setTracebackLevel(level string)
func scavengeall0()
func gcstats0(out *uint64, n int) int

//go:linkname debug_setMaxThreads runtime/debug.setMaxThreads
func debug_setMaxThreads(n int) int { return setMaxThreads(n) }

//go:linkname debug_setMaxStack runtime/debug.setMaxStack
func debug_setMaxStack(n int) int { return setMaxStack(n) }

//go:linkname debug_setPanicOnFault runtime/debug.setPanicOnFault
func debug_setPanicOnFault(on bool) bool {
	n := 0
	if on {
		n = 1
	}
	return setPanicOnFault(n) != 0
}

//go:linkname debug_setGCPercent runtime/debug.setGCPercent
func debug_setGCPercent(n int32) int32 { return setGCPercent(n) }

//go:linkname debug_setMemoryLimit runtime/debug.setMemoryLimit
func debug_setMemoryLimit(n int64) int64 { return setMemoryLimit(n) }

//go:linkname debug_SetTraceback runtime/debug.SetTraceback
func debug_SetTraceback(level string) { setTracebackLevel(level) }

//go:linkname debug_modinfo runtime/debug.modinfo
func debug_modinfo() string { return getmoduledata().modinfo }

//go:linkname debug_freeOSMemory runtime/debug.freeOSMemory
func debug_freeOSMemory() {
	GC()
	scavengeall0()
}

//go:linkname debug_readGCStats runtime/debug.readGCStats
func debug_readGCStats(pauses *[]uint64) {
	// debug.ReadGCStats provides room for 2*256+3 numbers.
	p := *pauses
	n := gcstats0(unsafe.SliceData(p), cap(p))
	*pauses = p[:n]
}

func writeheapdump(fd uintptr, stats *uint64, n int)

//go:linkname debug_WriteHeapDump runtime/debug.WriteHeapDump
func debug_WriteHeapDump(fd uintptr) {
	// The numbers of MemStats from Alloc to PauseTotalNs, the pauses, and NumGC, in this order.
	var stats [24 + 256 + 1]uint64
	m := new(MemStats)
	stopTheWorld()
	memstats0(m)
	copy(stats[:24], unsafe.Slice(&m.Alloc, 24))
	copy(stats[24:], m.PauseNs[:])
	stats[len(stats)-1] = uint64(m.NumGC)
	writeheapdump(fd, &stats[0], len(stats))
	startTheWorld()
}
