package runtime

import "unsafe"

// Channels are Rust's; this file raises their panics.

// hchan is opaque to Go.
type hchan struct{}

// Results of chansend0 and chanrecv0.
const (
	chanNotSelected = 0
	chanSent        = 1
	chanRecvClosed  = 1
	chanSendClosed  = 2
	chanReceived    = 3
	chanTimerDue    = 4
)

func makechan0(t *chantype, size int) *hchan
func chansend0(c *hchan, elem unsafe.Pointer, block bool) int
func chanrecv0(c *hchan, elem unsafe.Pointer, block bool) int
func closechan0(c *hchan) int
func chanlen(c *hchan) int
func chancap(c *hchan) int
func block0()

// block is `select {}`.
func block() { block0() }

func makechan64(t *chantype, size int64) *hchan { return makechan(t, int(size)) }

func makechan(t *chantype, size int) *hchan {
	c := makechan0(t, size)
	if c == nil {
		panic(plainError("makechan: size out of range"))
	}
	return c
}

func chansend(c *hchan, elem unsafe.Pointer, block bool) bool {
	r := chansend0(c, elem, block)
	if r == chanSendClosed {
		panic(plainError("send on closed channel"))
	}
	return r == chanSent
}

func chansend1(c *hchan, elem unsafe.Pointer) {
	t, n := blockstart()
	chansend(c, elem, true)
	if t != 0 {
		blockend(t, n, 1)
	}
}

// chanrecv receives. If it is the channel of a timer that has expired, the timer's function comes first.
//
// Like chanrecv1 it is not inlined: both are locations of their own in profiles.
//
//go:noinline
func chanrecv(c *hchan, elem unsafe.Pointer, block bool) int {
	for {
		r := chanrecv0(c, elem, block)
		if r != chanTimerDue {
			return r
		}
		timerCall()
	}
}

//go:noinline
func chanrecv1(c *hchan, elem unsafe.Pointer) {
	t, n := blockstart()
	chanrecv(c, elem, true)
	if t != 0 {
		blockend(t, n, 1)
	}
}

func chanrecv2(c *hchan, elem unsafe.Pointer) bool {
	t, n := blockstart()
	r := chanrecv(c, elem, true)
	if t != 0 {
		blockend(t, n, 1)
	}
	return r == chanReceived
}

// selectnbsend is a select of one send and a default.
func selectnbsend(c *hchan, elem unsafe.Pointer) bool { return chansend(c, elem, false) }

// selectnbrecv is a select of one receive and a default.
func selectnbrecv(elem unsafe.Pointer, c *hchan) (selected, received bool) {
	r := chanrecv(c, elem, false)
	return r != chanNotSelected, r == chanReceived
}

func closechan(c *hchan) {
	switch closechan0(c) {
	case 1:
		panic(plainError("close of nil channel"))
	case 2:
		panic(plainError("close of closed channel"))
	}
}

//go:linkname reflect_makechan reflect.makechan
func reflect_makechan(t *chantype, size int) *hchan { return makechan(t, size) }

//go:linkname reflect_chansend reflect.chansend0
func reflect_chansend(c *hchan, elem unsafe.Pointer, nb bool) bool { return chansend(c, elem, !nb) }

//go:linkname reflect_chanrecv reflect.chanrecv
func reflect_chanrecv(c *hchan, nb bool, elem unsafe.Pointer) (selected, received bool) {
	r := chanrecv(c, elem, !nb)
	return r != chanNotSelected, r == chanReceived
}

//go:linkname reflect_chanlen reflect.chanlen
func reflect_chanlen(c *hchan) int { return chanlen(c) }

//go:linkname reflectlite_chanlen internal/reflectlite.chanlen
func reflectlite_chanlen(c *hchan) int { return chanlen(c) }

//go:linkname reflect_chancap reflect.chancap
func reflect_chancap(c *hchan) int { return chancap(c) }

//go:linkname reflect_chanclose reflect.chanclose
func reflect_chanclose(c *hchan) { closechan(c) }
