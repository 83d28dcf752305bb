package runtime

// A MemStats records statistics about the memory allocator.
type MemStats struct {
	// General statistics.
	Alloc      uint64 // bytes of allocated heap objects
	TotalAlloc uint64 // cumulative bytes allocated for heap objects
	Sys        uint64 // total bytes of memory obtained from the OS
	Lookups    uint64 // always 0
	Mallocs    uint64 // cumulative count of heap objects allocated
	Frees      uint64 // cumulative count of heap objects freed

	// Heap memory statistics.
	HeapAlloc    uint64 // same as Alloc
	HeapSys      uint64 // bytes of heap memory obtained from the OS
	HeapIdle     uint64 // bytes in idle (unused) spans
	HeapInuse    uint64 // bytes in in-use spans
	HeapReleased uint64 // bytes of physical memory returned to the OS
	HeapObjects  uint64 // number of allocated heap objects

	// Stack memory statistics.
	StackInuse uint64 // bytes in stack segments in use
	StackSys   uint64 // bytes of stack memory obtained from the OS

	// Off-heap memory statistics.
	MSpanInuse  uint64
	MSpanSys    uint64
	MCacheInuse uint64
	MCacheSys   uint64
	BuckHashSys uint64
	GCSys       uint64
	OtherSys    uint64

	// Garbage collector statistics.
	NextGC        uint64 // target heap size of the next GC cycle
	LastGC        uint64 // time the last garbage collection finished, as nanoseconds since 1970
	PauseTotalNs  uint64
	PauseNs       [256]uint64 // circular buffer of recent stop-the-world pauses
	PauseEnd      [256]uint64 // and of when they ended
	NumGC         uint32      // completed cycles
	NumForcedGC   uint32      // cycles forced by the application
	GCCPUFraction float64     // fraction of available CPU time used by the collector
	EnableGC      bool        // always true
	DebugGC       bool        // not used

	// BySize reports per-size class allocation statistics.
	BySize [61]struct {
		Size    uint32
		Mallocs uint64
		Frees   uint64
	}
}

// memstats0 fills m. The world is stopped.
func memstats0(m *MemStats)

// ReadMemStats populates m with memory allocator statistics, up to date as of the call. It stops the world for that;
// package runtime/metrics does not.
func ReadMemStats(m *MemStats) {
	stopTheWorld()
	memstats0(m)
	startTheWorld()
}
