package runtime

import "unsafe"

func setcpuprofilerate(hz int)
func cpuProfileRead(buf *uint64, n int) int

// cpuprof is the state of the CPU profile. Only one is taken at a time: from SetCPUProfileRate(hz) to the read that says
// that it has ended.
var cpuprof struct {
	lock   mutex
	on     bool
	unread bool // the reader has not seen the end yet
	hz     int  // to be reported as the first record
}

// SetCPUProfileRate sets the CPU profiling rate to hz samples per second. If hz <= 0, profiling is turned off. If the
// profiler is on, the rate cannot be changed without first turning it off.
//
// Most programs use the runtime/pprof package or the testing package's -test.cpuprofile flag instead.
func SetCPUProfileRate(hz int) {
	hz = min(max(hz, 0), 1000000)
	lock(&cpuprof.lock)
	if hz > 0 {
		if cpuprof.on || cpuprof.unread {
			unlock(&cpuprof.lock)
			print("runtime: cannot set cpu profile rate until previous profile has finished.\n")
			return
		}
		cpuprof.on, cpuprof.unread, cpuprof.hz = true, true, hz
		setcpuprofilerate(hz)
	} else if cpuprof.on {
		setcpuprofilerate(0)
		cpuprof.on = false
	}
	unlock(&cpuprof.lock)
}

// CPUProfile panics. It formerly provided raw access to the data of the profiler.
//
// Deprecated: use runtime/pprof.
func CPUProfile() []byte { panic("CPUProfile no longer available") }

// runtime_pprof_readProfile gives the records that have come since the last call, waiting for some; eof after the last.
// A record is [length, time, count, pcs...]; tags has its label.
//
//go:linkname runtime_pprof_readProfile runtime/pprof.readProfile
func runtime_pprof_readProfile() (data []uint64, tags []unsafe.Pointer, eof bool) {
	buf := make([]uint64, 1<<13)
	for {
		lock(&cpuprof.lock)
		hz, on := cpuprof.hz, cpuprof.on
		cpuprof.hz = 0
		unlock(&cpuprof.lock)
		if hz != 0 {
			data = append(data, 3, uint64(nanotime()), uint64(hz))
			tags = append(tags, nil)
		}
		n := cpuProfileRead(&buf[0], len(buf))
		for i := 0; i < n; i += int(buf[i]) {
			rec := buf[i : i+int(buf[i])]
			at := len(data)
			data = append(data, 0, rec[1], rec[2])
			if rec[2] == 0 {
				data = append(data, rec[4:]...) // how many samples were lost
			} else {
				var x expander
				for _, pc := range rec[4:] {
					x.begin(uintptr(pc))
					for vpc, ok := x.next(); ok; vpc, ok = x.next() {
						data = append(data, uint64(vpc))
					}
				}
			}
			data[at] = uint64(len(data) - at)
			tags = append(tags, *(*unsafe.Pointer)(unsafe.Pointer(&rec[3])))
		}
		if n == 0 && !on {
			lock(&cpuprof.lock)
			cpuprof.unread = false
			unlock(&cpuprof.lock)
			return data, tags, true
		}
		if len(data) > 0 {
			return data, tags, false
		}
		timeSleepNs(100e6)
	}
}

//go:linkname pprof_cyclesPerSecond runtime/pprof.runtime_cyclesPerSecond
func pprof_cyclesPerSecond() int64 { return ticksPerSecond() }
