package runtime

import "internal/runtime/atomic"

// mutex guards the few tables of the Go half. Critical sections are short, so waiting is yielding.
type mutex struct {
	key uint32
}

func lock(l *mutex) {
	for i := 0; !atomic.Cas(&l.key, 0, 1); i++ {
		if i < 4 {
			procyield(30)
		} else {
			gosched()
		}
	}
}

func unlock(l *mutex) {
	if atomic.Xchg(&l.key, 0) != 1 {
		throw("unlock of unlocked lock")
	}
}

func procyield(n uint32)
