package runtime

import "unsafe"

// Bubbles of testing/synctest. Which goroutines of a bubble wait is counted in Rust (crates/runtime/src/io/synctest.rs);
// here is the loop of the goroutine that owns the bubble, which calls the functions of its timers.

// synctestBubble is the record of a bubble. Rust's part contains no pointers into the heap.
type synctestBubble struct {
	now   int64
	id    uint64
	done  uintptr // the goroutine that runs the bubble's function has ended
	total int     // goroutines, the root included
	rt    [20]uintptr
}

func synctestEnter(b *synctestBubble, now int64)
func synctestLeave(b *synctestBubble)
func synctestTimer(b *synctestBubble) int
func synctestIdle(b *synctestBubble)
func synctestAdvance(b *synctestBubble) int
func synctestWait0() int
func synctestWait1()
func synctestAcquire(b *synctestBubble)
func synctestRelease(b *synctestBubble)
func synctestAssociate(p unsafe.Pointer, add bool) int
func synctestDisassociate(p unsafe.Pointer)

// synctestEpoch is the time at which bubbles begin: midnight UTC 2000-01-01.
const synctestEpoch = 946684800000000000

//go:linkname synctestRun internal/synctest.Run
func synctestRun(f func()) {
	gp := getg()
	if gp.bubble != nil {
		panic("synctest.Run called from within a synctest bubble")
	}
	b := new(synctestBubble)
	synctestEnter(b, synctestEpoch)
	defer synctestLeave(b)
	newproc(f)
	for {
		for synctestTimer(b) != 0 {
			timerCall()
		}
		synctestIdle(b)
		if synctestAdvance(b) == 0 {
			break
		}
	}
	if b.total != 1 {
		reason := "deadlock: all goroutines in bubble are blocked"
		if b.done != 0 {
			reason = "deadlock: main bubble goroutine has exited but blocked goroutines remain"
		}
		panic(synctestDeadlockError{reason, b})
	}
}

// synctestDeadlockError is the value of the panic about a bubble whose goroutines wait for each other for ever.
type synctestDeadlockError struct {
	reason string
	bubble *synctestBubble
}

func (e synctestDeadlockError) Error() string { return e.reason }

// deadlockedBubble is the bubble whose deadlock ends the program, if that is why it ends.
var deadlockedBubble *synctestBubble

//go:linkname synctestWait internal/synctest.Wait
func synctestWait() {
	if getg().bubble == nil {
		panic("goroutine is not in a bubble")
	}
	if synctestWait0() != 0 {
		panic("wait already in progress")
	}
	synctestWait1()
}

//go:linkname synctest_isInBubble internal/synctest.IsInBubble
func synctest_isInBubble() bool { return getg().bubble != nil }

//go:linkname synctest_associate internal/synctest.associate
func synctest_associate(p unsafe.Pointer) int { return synctestAssociate(p, true) }

//go:linkname synctest_disassociate internal/synctest.disassociate
func synctest_disassociate(p unsafe.Pointer) { synctestDisassociate(p) }

//go:linkname synctest_isAssociated internal/synctest.isAssociated
func synctest_isAssociated(p unsafe.Pointer) bool { return synctestAssociate(p, false) == 1 }

//go:linkname synctest_acquire internal/synctest.acquire
func synctest_acquire() any {
	b := getg().bubble
	if b == nil {
		return nil
	}
	synctestAcquire(b)
	return b
}

//go:linkname synctest_release internal/synctest.release
func synctest_release(b any) { synctestRelease(b.(*synctestBubble)) }

//go:linkname synctest_inBubble internal/synctest.inBubble
func synctest_inBubble(b any, f func()) {
	gp := getg()
	if gp.bubble != nil {
		panic("goroutine is already bubbled")
	}
	gp.bubble = b.(*synctestBubble)
	defer func() { gp.bubble = nil }()
	f()
}
