package runtime

import "unsafe"

// scase is one case of a select statement as the compiler lays it out.
type scase struct {
	c    *hchan
	elem unsafe.Pointer
}

func selectgo0(cas0 *scase, order0 *uint16, nsends, nrecvs int, block bool) int
func selectgo1(cas0 *scase, order0 *uint16, nsends, nrecvs int) int

// selectgo chooses among the cases at cas0, sends before receives. It gives the case's number, -1 for default, and, for a
// receive, whether a value came.
func selectgo(cas0 *scase, order0 *uint16, nsends, nrecvs int, block bool) (int, bool) {
	t, n := blockstart()
	r := selectgo0(cas0, order0, nsends, nrecvs, block)
	for r == -3 {
		// The timer of one of the channels has expired.
		timerCall()
		r = selectgo0(cas0, order0, nsends, nrecvs, block)
	}
	if r == -2 {
		// Woken: the queues have to be left before the result is known.
		r = selectgo1(cas0, order0, nsends, nrecvs)
	}
	if t != 0 {
		blockend(t, n, 1)
	}
	if r == -1 {
		return -1, false
	}
	switch r >> 32 {
	case 0:
		return int(uint32(r)), false
	case 2:
		panic(plainError("send on closed channel"))
	}
	return int(uint32(r)), true
}

// runtimeSelect is reflect's form of a case.
type runtimeSelect struct {
	dir selectDir
	typ unsafe.Pointer
	ch  *hchan
	val unsafe.Pointer
}

type selectDir int

const (
	_ selectDir = iota
	selectSend
	selectRecv
	selectDefault
)

//go:linkname reflect_rselect reflect.rselect
func reflect_rselect(cases []runtimeSelect) (int, bool) {
	if len(cases) == 0 {
		block()
	}
	sel := make([]scase, len(cases))
	orig := make([]int, len(cases))
	nsends, nrecvs := 0, 0
	dflt := -1
	for i := range cases {
		rc := &cases[i]
		var j int
		switch rc.dir {
		case selectDefault:
			dflt = i
			continue
		case selectSend:
			j = nsends
			nsends++
		case selectRecv:
			nrecvs++
			j = len(cases) - nrecvs
		}
		sel[j] = scase{c: rc.ch, elem: rc.val}
		orig[j] = i
	}
	if nsends+nrecvs == 0 {
		return dflt, false
	}
	if nsends+nrecvs < len(cases) {
		// Close the gap that the default case left between sends and receives.
		copy(sel[nsends:], sel[len(cases)-nrecvs:])
		copy(orig[nsends:], orig[len(cases)-nrecvs:])
	}
	order := make([]uint16, 2*(nsends+nrecvs))
	chosen, ok := selectgo(&sel[0], &order[0], nsends, nrecvs, dflt == -1)
	if chosen < 0 {
		return dflt, ok
	}
	i := orig[chosen]
	return i, ok && cases[i].dir == selectRecv
}
