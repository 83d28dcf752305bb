package runtime

import (
	"internal/profilerecord"
	"unsafe"
)

func foreachg(i int) *g
func gstatus(gp *g) int
func getproflabel() unsafe.Pointer
func setproflabel(p unsafe.Pointer)
func gproflabel(gp *g) unsafe.Pointer

// MemProfileRate controls the fraction of memory allocations that are recorded in the memory profile. Allocations are not
// sampled yet, which is what the value 0 says; changing it has no effect.
var MemProfileRate int

// A StackRecord describes a single execution stack.
type StackRecord struct {
	Stack0 [32]uintptr // stack trace for this record; ends at first 0 entry
}

// Stack returns the stack trace associated with the record, a prefix of r.Stack0.
func (r *StackRecord) Stack() []uintptr { return untilZero(r.Stack0[:]) }

func untilZero(pcs []uintptr) []uintptr {
	for i, pc := range pcs {
		if pc == 0 {
			return pcs[:i]
		}
	}
	return pcs
}

// A MemProfileRecord describes the live objects allocated by a particular call sequence (stack trace).
type MemProfileRecord struct {
	AllocBytes, FreeBytes     int64       // number of bytes allocated, freed
	AllocObjects, FreeObjects int64       // number of objects allocated, freed
	Stack0                    [32]uintptr // stack trace for this record; ends at first 0 entry
}

// InUseBytes returns the number of bytes in use (AllocBytes - FreeBytes).
func (r *MemProfileRecord) InUseBytes() int64 { return r.AllocBytes - r.FreeBytes }

// InUseObjects returns the number of objects in use (AllocObjects - FreeObjects).
func (r *MemProfileRecord) InUseObjects() int64 { return r.AllocObjects - r.FreeObjects }

// Stack returns the stack trace associated with the record, a prefix of r.Stack0.
func (r *MemProfileRecord) Stack() []uintptr { return untilZero(r.Stack0[:]) }

// MemProfile returns a profile of memory allocated and freed per allocation site. See MemProfileRate.
func MemProfile(p []MemProfileRecord, inuseZero bool) (n int, ok bool) { return 0, true }

//go:linkname pprof_memProfileInternal
func pprof_memProfileInternal(p []profilerecord.MemProfileRecord, inuseZero bool) (n int, ok bool) {
	return 0, true
}

// BlockProfileRecord describes blocking events originated at a particular call sequence (stack trace).
type BlockProfileRecord struct {
	Count  int64
	Cycles int64
	StackRecord
}

// SetBlockProfileRate controls the fraction of goroutine blocking events that are reported in the blocking profile.
// Events are not recorded yet: the profile is always empty.
func SetBlockProfileRate(rate int) {}

// SetMutexProfileFraction controls the fraction of mutex contention events that are reported in the mutex profile.
// Events are not recorded yet, so the rate stays 0.
func SetMutexProfileFraction(rate int) int { return 0 }

// BlockProfile returns n, the number of records in the current blocking profile.
func BlockProfile(p []BlockProfileRecord) (n int, ok bool) { return 0, true }

// MutexProfile returns n, the number of records in the current mutex profile.
func MutexProfile(p []BlockProfileRecord) (n int, ok bool) { return 0, true }

//go:linkname pprof_blockProfileInternal
func pprof_blockProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return 0, true
}

//go:linkname pprof_mutexProfileInternal
func pprof_mutexProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return 0, true
}

// blockevent is how tests of runtime/pprof make an event.
//
//go:linkname blockevent
func blockevent(cycles int64, skip int) {}

// ThreadCreateProfile returns n, the number of records in the thread creation profile: where threads are created is not
// recorded.
func ThreadCreateProfile(p []StackRecord) (n int, ok bool) { return 0, true }

//go:linkname pprof_threadCreateInternal
func pprof_threadCreateInternal(p []profilerecord.StackRecord) (n int, ok bool) { return 0, true }

// maxProfStack is the number of frames that a profile's stack has room for.
const maxProfStack = 128

//go:linkname pprof_makeProfStack
func pprof_makeProfStack() []uintptr { return make([]uintptr, maxProfStack) }

// GoroutineProfile returns n, the number of records in the active goroutine stack profile. If len(p) >= n, it copies the
// profile into p and returns n, true; otherwise it does not change p and returns n, false.
func GoroutineProfile(p []StackRecord) (n int, ok bool) {
	records := make([]profilerecord.StackRecord, len(p))
	n, ok = goroutineProfile(records, nil)
	if !ok {
		return n, false
	}
	for i := range n {
		p[i] = StackRecord{}
		copy(p[i].Stack0[:], records[i].Stack)
	}
	return n, true
}

//go:linkname pprof_goroutineProfileWithLabels
func pprof_goroutineProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	return goroutineProfile(p, labels)
}

// goroutineProfile takes the stacks of all user goroutines, the caller's first.
//
//go:noinline
func goroutineProfile(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	if len(labels) != len(p) {
		labels = nil
	}
	// Room is made before the world stops: nothing may be allocated then.
	room := make([]uintptr, len(p)*maxProfStack)
	own := make([]uintptr, maxProfStack)
	own = own[:callersfill(2, own)]
	self := getg()
	stopTheWorld()
	n = 1
	for i := 0; ; i++ {
		gp := foreachg(i)
		if gp == nil {
			break
		}
		if gp == self || gstatus(gp) != 1 {
			continue
		}
		if n < len(p) {
			buf := room[n*maxProfStack : (n+1)*maxProfStack]
			p[n].Stack = buf[:gcallers(gp, 0, &buf[0], len(buf))]
			if labels != nil {
				labels[n] = gproflabel(gp)
			}
		}
		n++
	}
	startTheWorld()
	if n > len(p) {
		return n, false
	}
	p[0].Stack = own
	if labels != nil {
		labels[0] = getproflabel()
	}
	return n, true
}

// The profile of leaked goroutines, which needs the collector's help: none are ever found.

//go:linkname pprof_goroutineLeakProfileWithLabels
func pprof_goroutineLeakProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	return 0, true
}

//go:linkname goroutineleakcount runtime/pprof.runtime_goroutineleakcount
func goroutineleakcount() int { return 0 }

//go:linkname goroutineLeakGC runtime/pprof.runtime_goroutineLeakGC
func goroutineLeakGC() {
	panic(plainError("runtime/pprof: the goroutineleak profile is not supported"))
}

//go:linkname runtime_setProfLabel runtime/pprof.runtime_setProfLabel
func runtime_setProfLabel(labels unsafe.Pointer) { setproflabel(labels) }

//go:linkname runtime_getProfLabel runtime/pprof.runtime_getProfLabel
func runtime_getProfLabel() unsafe.Pointer { return getproflabel() }
