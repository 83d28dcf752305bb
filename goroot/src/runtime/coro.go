package runtime

import (
	"internal/runtime/atomic"
	_ "unsafe" // for linkname
)

// coro is a suspended function that runs in alternation with its caller, for iter.Pull. gp is the goroutine that waits:
// the caller's while f runs, f's otherwise; nil until the first switch, which starts f's goroutine.
type coro struct {
	gp *g
	f  func(*coro)
}

// unborn counts the coroutines that nobody has switched to yet: they are goroutines to those who count them.
var unborn atomic.Int32

// numGoroutine counts the goroutines of the program.
func numGoroutine() int { return gcount() + int(unborn.Load()) }

// newcoro makes a coroutine that will run f when first switched to.
//
//go:linkname newcoro
func newcoro(f func(*coro)) *coro {
	unborn.Add(1)
	return &coro{f: f}
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
		newproc(func() { corostart(c, f) })
		unborn.Add(-1)
		goparkToken(waitReasonCoroutine)
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
	goswitch(next, waitReasonCoroutine)
}

func corostart(c *coro, f func(*coro)) {
	defer coroexit(c)
	f(c)
}

// coroexit gives control back for the last time; also after a Goexit in f.
func coroexit(c *coro) {
	next := c.gp
	c.gp = nil
	goready(next)
}
