package runtime

import (
	"internal/profilerecord"
	"internal/runtime/atomic"
)

// The profiles of waiting: which stacks waited (block), which stacks held what others waited for (mutex). The places
// that may wait measure around the runtime's row when a profile is on, and report here.

func setmutexprof(on bool)
func gparks() int

var (
	blockprofilerate atomic.Uint64 // ticks; 0: off
	mutexprofilerate atomic.Uint64 // one event in so many; 0: off
)

// waitBucket counts the events of one stack.
type waitBucket struct {
	next   *waitBucket // same hash
	older  *waitBucket // all of the profile
	hash   uintptr
	stk    []uintptr // logicalStack, then the frames
	count  float64
	cycles int64
}

type waitProfile struct {
	lock   mutex
	newest *waitBucket
	n      int
	hash   [1024]*waitBucket
}

var blockProfile, mutexProfile waitProfile

// add counts an event of the stack stk.
func (p *waitProfile) add(stk []uintptr, count float64, cycles int64) {
	h := uintptr(0)
	for _, pc := range stk {
		h = (h<<5 | h>>59) ^ pc
		h *= 0x9e3779b97f4a7c15
	}
	slot := &p.hash[h>>54]
	var fresh *waitBucket
	for {
		lock(&p.lock)
		b := *slot
		for b != nil && !(b.hash == h && sameStack(b.stk, stk)) {
			b = b.next
		}
		if b == nil && fresh != nil {
			fresh.next, fresh.older = *slot, p.newest
			*slot, p.newest = fresh, fresh
			p.n++
			b = fresh
		}
		if b != nil {
			b.count += count
			b.cycles += cycles
			unlock(&p.lock)
			return
		}
		unlock(&p.lock)
		fresh = &waitBucket{hash: h, stk: append([]uintptr(nil), stk...)}
	}
}

func sameStack(a, b []uintptr) bool {
	if len(a) != len(b) {
		return false
	}
	for i, x := range a {
		if x != b[i] {
			return false
		}
	}
	return true
}

// SetBlockProfileRate controls the fraction of goroutine blocking events that are reported in the blocking profile. The
// profiler aims to sample an average of one blocking event per rate nanoseconds spent blocked.
//
// To include every blocking event in the profile, pass rate = 1. To turn off profiling entirely, pass rate <= 0.
func SetBlockProfileRate(rate int) {
	var r uint64
	switch {
	case rate <= 0:
	case rate == 1:
		r = 1
	default:
		r = max(1, uint64(float64(rate)*float64(ticksPerSecond())/1e9))
	}
	blockprofilerate.Store(r)
}

// SetMutexProfileFraction controls the fraction of mutex contention events that are reported in the mutex profile. On
// average 1/rate events are reported. The previous rate is returned.
//
// To turn off profiling entirely, pass rate 0. To just read the current rate, pass rate < 0.
func SetMutexProfileFraction(rate int) int {
	old := mutexprofilerate.Load()
	if rate >= 0 {
		mutexprofilerate.Store(uint64(rate))
		setmutexprof(rate > 0)
	}
	return int(old)
}

// blockstart begins the measurement of a wait: 0 if nobody wants to know.
func blockstart() (ticks int64, parks int) {
	if blockprofilerate.Load() == 0 {
		return 0, 0
	}
	return cputicks(), gparks()
}

// blockend reports a wait that began with blockstart, if the goroutine was parked in it. skip is as for blockevent,
// counted from the caller of blockend.
//
//go:noinline
func blockend(ticks int64, parks int, skip int) {
	if gparks() != parks {
		blockevent(cputicks()-ticks, skip+1)
	}
}

// blockevent reports a wait of so many ticks; skip frames are left out of the stack, blockevent's own first. Tests of runtime/pprof
// call it too.
//
//go:linkname blockevent
//go:noinline
func blockevent(cycles int64, skip int) {
	cycles = max(cycles, 1)
	rate := int64(blockprofilerate.Load())
	if rate <= 0 || rate > cycles && int64(cheaprand64()>>1)%rate > cycles {
		return
	}
	var stk [1 + maxProfStack]uintptr
	stk[0] = logicalStack
	n := 1 + callersfill(skip+1, stk[1:])
	if cycles < rate {
		// Short waits are sampled: each stands for several.
		blockProfile.add(stk[:n], float64(rate)/float64(cycles), rate)
	} else {
		blockProfile.add(stk[:n], 1, cycles)
	}
}

// mutexevent reports that somebody waited so many ticks for what the caller releases.
//
//go:noinline
func mutexevent(cycles int64, skip int) {
	rate := int64(mutexprofilerate.Load())
	if rate <= 0 || int64(cheaprand64()>>1)%rate != 0 {
		return
	}
	var stk [1 + maxProfStack]uintptr
	stk[0] = logicalStack
	n := 1 + callersfill(skip+1, stk[1:])
	mutexProfile.add(stk[:n], float64(rate), rate*max(cycles, 0))
}

// BlockProfileRecord describes blocking events originated at a particular call sequence (stack trace).
type BlockProfileRecord struct {
	Count  int64
	Cycles int64
	StackRecord
}

// records copies the profile to out if there is room.
func (p *waitProfile) records(room int, put func(i int, b *waitBucket)) (n int, ok bool) {
	lock(&p.lock)
	n, ok = p.n, p.n <= room
	if ok {
		i := 0
		for b := p.newest; b != nil; b = b.older {
			put(i, b)
			i++
		}
	}
	unlock(&p.lock)
	return n, ok
}

func (p *waitProfile) public(out []BlockProfileRecord) (n int, ok bool) {
	return p.records(len(out), func(i int, b *waitBucket) {
		r := &out[i]
		*r = BlockProfileRecord{Count: max(int64(b.count), 1), Cycles: b.cycles}
		copy(r.Stack0[:], b.stk[1:])
	})
}

func (p *waitProfile) internal(out []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return p.records(len(out), func(i int, b *waitBucket) {
		out[i] = profilerecord.BlockProfileRecord{Count: max(int64(b.count), 1), Cycles: b.cycles, Stack: b.stk}
	})
}

// BlockProfile returns n, the number of records in the current blocking profile. If len(p) >= n, it copies the profile
// into p and returns n, true. If len(p) < n, it does not change p and returns n, false.
func BlockProfile(p []BlockProfileRecord) (n int, ok bool) { return blockProfile.public(p) }

// MutexProfile returns n, the number of records in the current mutex profile, as BlockProfile does.
func MutexProfile(p []BlockProfileRecord) (n int, ok bool) { return mutexProfile.public(p) }

//go:linkname pprof_blockProfileInternal
func pprof_blockProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return blockProfile.internal(p)
}

//go:linkname pprof_mutexProfileInternal
func pprof_mutexProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return mutexProfile.internal(p)
}
