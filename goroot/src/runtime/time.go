package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

//go:linkname nanotime
func nanotime() int64
func walltime() (sec, nsec int64)
func cputicks() int64
func timeSleepNs(ns int64)
func timerStart(t *timeTimer) int
func timerStop(t *timeTimer) int
func timerReset(t *timeTimer, when, period int64) int
func timerDue() (t *timeTimer, delta int64)
func timerprocNext() *timeTimer
func timerprocArgs() (seq uintptr, delta int64)

// timeTimer is time.Timer and time.Ticker as the runtime sees them: their two fields, then its own (docs in
// abi::funcs::io). When it expires f(arg, seq, delta) is called; it must not block.
type timeTimer struct {
	c    unsafe.Pointer
	init bool
	timer
}

// timer is the runtime's part of a timeTimer.
type timer struct {
	f      func(arg any, seq uintptr, delta int64)
	arg    any
	when   int64
	period int64
	seq    uintptr
	delta  int64
	cp     unsafe.Pointer
	rt     [6]uintptr
}

//go:linkname time_now time.now
func time_now() (sec int64, nsec int32, mono int64) {
	s, ns := walltime()
	return s, int32(ns), nanotime()
}

//go:linkname time_runtimeNow time.runtimeNow
func time_runtimeNow() (sec int64, nsec int32, mono int64) {
	if b := getg().bubble; b != nil {
		// A bubble's clock is a wall clock: its readings are not comparable with those of the monotonic clock outside.
		return b.now / 1e9, int32(b.now % 1e9), 0
	}
	return time_now()
}

//go:linkname time_runtimeNano time.runtimeNano
func time_runtimeNano() int64 {
	if b := getg().bubble; b != nil {
		return b.now
	}
	return nanotime()
}

//go:linkname time_runtimeIsBubbled time.runtimeIsBubbled
func time_runtimeIsBubbled() bool { return getg().bubble != nil }

//go:linkname timeSleep time.Sleep
func timeSleep(ns int64) {
	if ns > 0 {
		timeSleepNs(ns)
	}
}

// timerprocStarted is set when the goroutine that calls expired timers' functions exists.
var timerprocStarted atomic.Uint32

func starttimerproc() {
	if timerprocStarted.Load() == 0 && timerprocStarted.CompareAndSwap(0, 1) {
		newprocSystem(timerproc)
	}
}

// timerproc calls the functions of expired timers.
func timerproc() {
	for {
		t := timerprocNext()
		seq, delta := timerprocArgs()
		t.f(t.arg, seq, delta)
	}
}

//go:linkname newTimer time.newTimer
func newTimer(when, period int64, f func(arg any, seq uintptr, delta int64), arg any, c unsafe.Pointer) *timeTimer {
	starttimerproc()
	t := new(timeTimer)
	t.f = f
	t.arg = arg
	t.when = when
	t.period = period
	t.cp = c
	t.init = true
	if timerStart(t) != 0 {
		timerCall()
	}
	return t
}

// Bits of what timerStart, timerStop and timerReset give.
const (
	timerPending = 1
	timerExpired = 2
)

// timerCall calls the function of the timer that has been found to be due.
func timerCall() {
	t, delta := timerDue()
	t.f(t.arg, t.seq, delta)
}

//go:linkname stopTimer time.stopTimer
func stopTimer(t *timeTimer) bool { return timerStop(t)&timerPending != 0 }

//go:linkname resetTimer time.resetTimer
func resetTimer(t *timeTimer, when, period int64) bool {
	r := timerReset(t, when, period)
	if r&timerExpired != 0 {
		timerCall()
	}
	return r&timerPending != 0
}

//go:linkname crypto_internal_fips140deps_time_monoTime crypto/internal/fips140deps/time.monoTime
func crypto_internal_fips140deps_time_monoTime() int64 { return nanotime() }

// haveHighResSleep is asked for by tests of package time.
//
//go:linkname haveHighResSleep
var haveHighResSleep = true

// ticksPerSecond is the rate of cputicks, measured from the start of the program.
func ticksPerSecond() int64 {
	for {
		ns := nanotime() - startNanotime
		ticks := cputicks() - startTicks
		if ns > 5e6 && ticks > 0 {
			return max(1, int64(float64(ticks)*1e9/float64(ns)))
		}
		timeSleepNs(1e6)
	}
}

// When the program started, by both clocks.
var startNanotime, startTicks int64
