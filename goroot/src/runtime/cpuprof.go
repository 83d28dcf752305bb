package runtime

import "unsafe"

// SetCPUProfileRate sets the CPU profiling rate to hz samples per second; 0 turns it off. Sampling is not implemented yet.
func SetCPUProfileRate(hz int) {
	if hz > 0 {
		panic(plainError("runtime: CPU profiling is not supported"))
	}
}

// CPUProfile panics. It formerly provided raw access to the data of the profiler.
//
// Deprecated: use runtime/pprof.
func CPUProfile() []byte { panic("CPUProfile no longer available") }

//go:linkname runtime_pprof_readProfile runtime/pprof.readProfile
func runtime_pprof_readProfile() (data []uint64, tags []unsafe.Pointer, eof bool) {
	return nil, nil, true
}

//go:linkname pprof_cyclesPerSecond runtime/pprof.runtime_cyclesPerSecond
func pprof_cyclesPerSecond() int64 { return ticksPerSecond() }
