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

func memprofinit(rate *int)
func memprofflush(all int)
func memprofnext(prev uintptr, out *[4]int64, pcs *uintptr, n int) uintptr

// MemProfileRate controls the fraction of memory allocations that are recorded and reported in the memory profile. The
// profiler aims to sample an average of one allocation per MemProfileRate bytes allocated.
//
// To include every allocated block in the profile, set MemProfileRate to 1. To turn off profiling entirely, set
// MemProfileRate to 0.
//
// Programs that change the memory profiling rate should do so just once, as early as possible in the execution of the
// program (for example, at the beginning of main).
var MemProfileRate int = 512 * 1024

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

// MemProfile returns a profile of memory allocated and freed per allocation site.
//
// MemProfile returns n, the number of records in the current memory profile. If len(p) >= n, MemProfile copies the
// profile into p and returns n, true. If len(p) < n, MemProfile does not change p and returns n, false.
//
// If inuseZero is true, the profile includes allocation records where r.AllocBytes > 0 but r.AllocBytes == r.FreeBytes.
//
// The returned profile may be up to two garbage collection cycles old. If there has been no garbage collection yet, it
// includes all allocations so far.
func MemProfile(p []MemProfileRecord, inuseZero bool) (n int, ok bool) {
	all := memProfile(inuseZero)
	if len(all) > len(p) {
		return len(all), false
	}
	for i := range all {
		r := &all[i]
		p[i] = MemProfileRecord{
			AllocBytes: r.AllocObjects * r.ObjectSize, FreeBytes: r.FreeObjects * r.ObjectSize,
			AllocObjects: r.AllocObjects, FreeObjects: r.FreeObjects,
		}
		copy(p[i].Stack0[:], r.Stack)
	}
	return len(all), true
}

//go:linkname pprof_memProfileInternal
func pprof_memProfileInternal(p []profilerecord.MemProfileRecord, inuseZero bool) (n int, ok bool) {
	all := memProfile(inuseZero)
	if len(all) > len(p) {
		return len(all), false
	}
	return copy(p, all), true
}

// memProfile reads the records that are visible.
func memProfile(inuseZero bool) []profilerecord.MemProfileRecord {
	memprofflush(0)
	all, any := readMemProfile(inuseZero)
	if !any {
		// No collection has made anything visible yet: take what there is.
		memprofflush(1)
		all, _ = readMemProfile(inuseZero)
	}
	return all
}

func readMemProfile(inuseZero bool) (all []profilerecord.MemProfileRecord, any bool) {
	var num [4]int64
	// Profiles leave the frames of the allocator out.
	var pcs [3 + maxProfStack]uintptr
	for b := memprofnext(0, &num, &pcs[0], len(pcs)); b != 0; b = memprofnext(b, &num, &pcs[0], len(pcs)) {
		if num[1] != 0 || num[2] != 0 {
			any = true
		}
		if !inuseZero && num[1] == num[2] {
			continue
		}
		all = append(all, profilerecord.MemProfileRecord{
			ObjectSize: num[0], AllocObjects: num[1], FreeObjects: num[2], Stack: expandstack(pcs[:num[3]], len(pcs)),
		})
	}
	return all, any
}

func threadcreatenext(prev uintptr, pcs *[32]uintptr, n *int) uintptr

// ThreadCreateProfile returns n, the number of records in the thread creation profile: one for each thread, with the stack
// of the goroutine that it was made for, which is empty if the scheduler made it for itself. If len(p) >= n, it copies the
// profile into p and returns n, true; otherwise it does not change p and returns n, false.
func ThreadCreateProfile(p []StackRecord) (n int, ok bool) {
	stacks := threadCreateStacks()
	if len(stacks) > len(p) {
		return len(stacks), false
	}
	for i, stack := range stacks {
		p[i] = StackRecord{}
		copy(p[i].Stack0[:], stack)
	}
	return len(stacks), true
}

//go:linkname pprof_threadCreateInternal
func pprof_threadCreateInternal(p []profilerecord.StackRecord) (n int, ok bool) {
	stacks := threadCreateStacks()
	if len(stacks) > len(p) {
		return len(stacks), false
	}
	for i, stack := range stacks {
		p[i].Stack = stack
	}
	return len(stacks), true
}

// threadCreateStacks is what the threads that there are were made for.
func threadCreateStacks() [][]uintptr {
	var (
		all [][]uintptr
		pcs [32]uintptr
		n   int
	)
	for m := threadcreatenext(0, &pcs, &n); m != 0; m = threadcreatenext(m, &pcs, &n) {
		all = append(all, expandstack(pcs[:n], len(pcs)))
	}
	return all
}

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
	own := make([]uintptr, maxProfStack)
	own = own[:callersfill(2, own)]
	self := getg()
	n = profileOthers(p, labels, 1, func(gp *g) bool { return gp != self && gstatus(gp) == 1 })
	if n > len(p) {
		return n, false
	}
	p[0].Stack = own
	if labels != nil {
		labels[0] = getproflabel()
	}
	return n, true
}

func goroutineleakwant()
func goroutineleakwanted() bool
func goroutineleakcount0() int
func gleaked(gp *g) bool

//go:linkname pprof_goroutineLeakProfileWithLabels
func pprof_goroutineLeakProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	if len(labels) != len(p) {
		labels = nil
	}
	n = profileOthers(p, labels, 0, gleaked)
	return n, n <= len(p)
}

// profileOthers stops the world and writes stacks and labels of the goroutines that are wanted to p and labels, from index
// first. It gives first and their number together, which may be more than p has room for.
func profileOthers(p []profilerecord.StackRecord, labels []unsafe.Pointer, first int, wanted func(*g) bool) int {
	// Room is made before the world stops: nothing may be allocated then.
	room := make([]uintptr, len(p)*maxProfStack)
	n := first
	stopTheWorld()
	for i := 0; ; i++ {
		gp := foreachg(i)
		if gp == nil {
			break
		}
		if !wanted(gp) {
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
	for i := first; i < min(n, len(p)); i++ {
		p[i].Stack = expandstack(p[i].Stack, maxProfStack)
	}
	return n
}

// goroutineleakcount is the number of goroutines that the last search found.
//
//go:linkname goroutineleakcount runtime/pprof.runtime_goroutineleakcount
func goroutineleakcount() int { return goroutineleakcount0() }

// goroutineLeakGC collects, looking for goroutines that nobody can wake.
//
//go:linkname goroutineLeakGC runtime/pprof.runtime_goroutineLeakGC
func goroutineLeakGC() {
	goroutineleakwant()
	for goroutineleakwanted() {
		GC()
	}
}

//go:linkname runtime_setProfLabel runtime/pprof.runtime_setProfLabel
func runtime_setProfLabel(labels unsafe.Pointer) { setproflabel(labels) }

//go:linkname runtime_getProfLabel runtime/pprof.runtime_getProfLabel
func runtime_getProfLabel() unsafe.Pointer { return getproflabel() }
