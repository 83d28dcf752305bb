package runtime

import "unsafe"

// Bubbles of testing/synctest need a clock and idle detection of their own in the scheduler, which are missing: entering
// one is refused. The questions other packages ask all have the answer "not in a bubble".

//go:linkname synctestRun internal/synctest.Run
func synctestRun(f func()) {
	panic(plainError("testing/synctest: bubbles are not supported"))
}

//go:linkname synctestWait internal/synctest.Wait
func synctestWait() { panic(plainError("goroutine is not in a bubble")) }

//go:linkname synctest_isInBubble internal/synctest.IsInBubble
func synctest_isInBubble() bool { return false }

//go:linkname synctest_associate internal/synctest.associate
func synctest_associate(p unsafe.Pointer) int { return 0 }

//go:linkname synctest_disassociate internal/synctest.disassociate
func synctest_disassociate(p unsafe.Pointer) {}

//go:linkname synctest_isAssociated internal/synctest.isAssociated
func synctest_isAssociated(p unsafe.Pointer) bool { return false }

//go:linkname synctest_acquire internal/synctest.acquire
func synctest_acquire() any { return nil }

//go:linkname synctest_release internal/synctest.release
func synctest_release(b any) {}

//go:linkname synctest_inBubble internal/synctest.inBubble
func synctest_inBubble(b any, f func()) { f() }
