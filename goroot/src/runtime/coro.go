package runtime

import (
	"internal/runtime/atomic"
	_ "unsafe" // for linkname
)

// coro is a suspended function that runs in alternation with its caller, for iter.Pull. gp is the goroutine that waits:
// the caller's while f runs, f's otherwise; nil until the first switch, which starts f's goroutine.
type coro struct {
	gp   *g
	f    func(*coro)
	lock coroLock
}

// coroLock says how the goroutine that made a coroutine was locked to its thread. Both sides have to be locked the same way
// when they switch; the lock goes along with the control.
type coroLock struct {
	m                  uintptr
	external, internal uint32
}

func corolock(out *coroLock)
func corostart0(f func(), made *coroLock, reason waitReason)
func goswitch(gp *g, made *coroLock, reason waitReason)
func coroexit0(gp *g, made *coroLock)

// unborn counts the coroutines that nobody has switched to yet: they are goroutines to those who count them.
var unborn atomic.Int32

// numGoroutine counts the goroutines of the program.
func numGoroutine() int { return gcount() + int(unborn.Load()) }

// newcoro makes a coroutine that will run f when first switched to.
//
//go:linkname newcoro
func newcoro(f func(*coro)) *coro {
	unborn.Add(1)
	c := &coro{f: f}
	corolock(&c.lock)
	return c
}

// coroswitch runs the goroutine that waits at c until it switches back or f returns.
//
//go:linkname coroswitch
func coroswitch(c *coro) {
	self := getg()
	if c.f != nil {
		f := c.f
		c.f = nil
		c.gp = self
		unborn.Add(-1)
		corostart0(func() { corostart(c, f) }, &c.lock, waitReasonCoroutine)
		return
	}
	next := c.gp
	if next == nil {
		throw("coroswitch on exited coro")
	}
	if next == self {
		throw("coroswitch of a goroutine to itself")
	}
	c.gp = self
	goswitch(next, &c.lock, waitReasonCoroutine)
}

func corostart(c *coro, f func(*coro)) {
	defer coroexit(c)
	f(c)
}

// coroexit gives control back for the last time; also after a Goexit in f.
func coroexit(c *coro) {
	next := c.gp
	c.gp = nil
	coroexit0(next, &c.lock)
}
