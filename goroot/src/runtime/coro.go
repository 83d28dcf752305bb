package runtime

import _ "unsafe" // for linkname

// coro is a suspended function that runs in alternation with its caller, for iter.Pull. gp is the goroutine that waits:
// the caller's while f runs, f's otherwise; nil until the first switch, which starts f's goroutine.
type coro struct {
	gp *g
	f  func(*coro)
}

// newcoro makes a coroutine that will run f when first switched to.
//
//go:linkname newcoro
func newcoro(f func(*coro)) *coro {
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
