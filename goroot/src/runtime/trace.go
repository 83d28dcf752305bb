package runtime

import (
	"internal/runtime/atomic"
	"internal/trace/tracev2"
	"unsafe"
)

// Execution traces. Events are written by Rust (crates/runtime/src/diag/trace.rs); this file turns its buffers, and the
// stacks and strings that events refer to by number, into the stream that internal/trace reads, one generation at a time.

func traceTurn(stop bool) uint64
func traceBatch(gen uint64, out *[4]uintptr) int
func traceStack(i int, out *uintptr) int
func traceUser(kind, n int, a, b, c uint64)
func traceOn() int

// traceGenPeriod is how long a generation lasts (ns).
var traceGenPeriod int64 = 1e9

var trace struct {
	adv     mutex // held by whoever ends a generation
	running atomic.Bool
	epoch   atomic.Uint32 // number of the trace

	lock    mutex // guards what follows
	queue   [][]byte
	reader  *g     // waits for the queue to fill
	taker   *g     // called ReadTrace last
	active  bool   // something may still be added to the queue
	header  bool   // the reader has yet to get the header
	read    uint64 // generations that the reader has seen the end of
	ended   uint64 // generations that have been added
	waiters []*g   // for read to change

	// Strings of annotations. Those of the generation before are written once more: an event may come just after its end.
	strings map[string]uint64
	list    []traceStr
	prev    []traceStr
	nextID  uint64
}

type traceStr struct {
	id uint64
	s  string
}

// Numbers of strings: those of wait reasons begin at 1, the others are known to Rust too.
const (
	traceStringPreempted = 100
	traceStringSTWGC     = 101
	traceStringSTWOther  = 102
	traceStringGosched   = 103
	traceUserStrings     = 1000
	traceFrameStrings    = 1 << 40
)

// StartTrace enables tracing for the current process. While tracing, the data is buffered and available via ReadTrace.
// StartTrace returns an error if tracing is already enabled.
//
// Most clients should use the runtime/trace package.
func StartTrace() error {
	lock(&trace.adv)
	lock(&trace.lock)
	if trace.active || len(trace.queue) > 0 {
		unlock(&trace.lock)
		unlock(&trace.adv)
		return errorString("tracing is already enabled")
	}
	trace.active, trace.header = true, true
	trace.read, trace.ended = 0, 0
	trace.strings, trace.list, trace.prev, trace.nextID = nil, nil, nil, traceUserStrings
	unlock(&trace.lock)
	traceStop(func() { traceTurn(false) })
	trace.running.Store(true)
	unlock(&trace.adv)
	epoch := trace.epoch.Add(1)
	newprocSystem(func() { traceAdvancer(epoch) })
	return nil
}

// StopTrace stops tracing, if it was previously enabled. It returns after all reads for the trace have completed.
func StopTrace() { traceAdvance(true) }

// traceStop calls f with the world stopped.
func traceStop(f func()) {
	worldsemaAcquire()
	stopTheWorldWithSema(2)
	f()
	startTheWorldWithSema()
	worldsemaRelease()
}

// traceAdvancer ends generations from time to time as long as tracing is on.
func traceAdvancer(epoch uint32) {
	for {
		timeSleepNs(traceGenPeriod)
		if !trace.running.Load() || trace.epoch.Load() != epoch {
			return
		}
		traceAdvance(false)
	}
}

// traceAdvance ends the current generation and begins the next, or stops tracing. It returns when the generation has been
// read.
//
//go:linkname traceAdvance
func traceAdvance(stopTrace bool) {
	lock(&trace.adv)
	if !trace.running.Load() {
		unlock(&trace.adv)
		return
	}
	var gen uint64
	traceStop(func() { gen = traceTurn(stopTrace) })
	if stopTrace {
		trace.running.Store(false)
	}
	chunks := traceGeneration(gen)
	lock(&trace.lock)
	trace.queue = append(trace.queue, chunks...)
	trace.ended++
	want := trace.ended
	trace.active = !stopTrace
	reader := trace.reader
	trace.reader = nil
	unlock(&trace.lock)
	unlock(&trace.adv)
	if reader != nil {
		goready(reader)
	}
	for {
		lock(&trace.lock)
		if trace.read >= want {
			unlock(&trace.lock)
			return
		}
		trace.waiters = append(trace.waiters, getg())
		unlock(&trace.lock)
		goparkToken(waitReasonTraceReader)
	}
}

// traceCrash ends the generation on behalf of a panic that will end the program, so that the trace's reader gets all that has
// happened. A panic of the reader itself leaves nobody to wait for.
func traceCrash() {
	lock(&trace.lock)
	taker := trace.taker
	unlock(&trace.lock)
	if taker != getg() {
		traceAdvance(false)
	}
}

// ReadTrace returns the next chunk of binary tracing data, blocking until data is available. If tracing is turned off and
// all the data accumulated while it was on has been returned, ReadTrace returns nil. The caller must copy the returned
// data before calling ReadTrace again. ReadTrace must be called from one goroutine at a time.
func ReadTrace() (buf []byte) {
	lock(&trace.lock)
	trace.taker = getg()
	if trace.header {
		trace.header = false
		unlock(&trace.lock)
		return []byte("go 1.26 trace\x00\x00\x00")
	}
	for len(trace.queue) == 0 {
		// Whoever waits for the end of a generation to be read: it has been.
		trace.read = trace.ended
		waiters := trace.waiters
		trace.waiters = nil
		active := trace.active
		if active {
			trace.reader = getg()
		}
		unlock(&trace.lock)
		for _, w := range waiters {
			goready(w)
		}
		if !active {
			return nil
		}
		goparkToken(waitReasonTraceReader)
		lock(&trace.lock)
	}
	buf = trace.queue[0]
	trace.queue = trace.queue[1:]
	unlock(&trace.lock)
	return buf
}

// traceWriter builds one batch.
type traceWriter struct{ buf []byte }

func (w *traceWriter) byte(b byte) { w.buf = append(w.buf, b) }

func (w *traceWriter) number(v uint64) {
	for v >= 0x80 {
		w.buf = append(w.buf, byte(v)|0x80)
		v >>= 7
	}
	w.buf = append(w.buf, byte(v))
}

// traceFrame puts the head of a batch in front of its content.
func traceFrame(gen, m, time uint64, content []byte) []byte {
	w := traceWriter{make([]byte, 0, len(content)+50)}
	w.byte(byte(tracev2.EvEventBatch))
	w.number(gen)
	w.number(m)
	w.number(time)
	w.number(uint64(len(content)))
	return append(w.buf, content...)
}

// traceNoThread is the M of batches that belong to none.
const traceNoThread = ^uint64(0)

// traceMaxBatch bounds the content of a batch.
const traceMaxBatch = tracev2.MaxBatchSize - 100

// traceGeneration makes the chunks of a generation that has ended.
func traceGeneration(gen uint64) (chunks [][]byte) {
	var out [4]uintptr
	for traceBatch(gen, &out) != 0 {
		content := unsafe.Slice((*byte)(unsafe.Pointer(out[2])), out[3])
		chunks = append(chunks, traceFrame(gen, uint64(out[0]), uint64(out[1]), content))
	}

	now := uint64(nanotime())
	var w traceWriter
	w.byte(byte(tracev2.EvSync))
	w.byte(byte(tracev2.EvFrequency))
	w.number(traceClockUnitsPerSecond())
	w.byte(byte(tracev2.EvClockSnapshot))
	sec, nsec, mono := time_now()
	w.number(uint64(mono) - now)
	w.number(uint64(mono))
	w.number(uint64(sec))
	w.number(uint64(nsec))
	chunks = append(chunks, traceFrame(gen, traceNoThread, now, w.buf))

	frames := traceFrames{ids: make(map[string]uint64)}
	chunks = traceStacks(gen, now, chunks, &frames)

	lock(&trace.lock)
	list, prev := trace.list, trace.prev
	trace.strings, trace.list, trace.prev = nil, nil, list
	unlock(&trace.lock)
	w.buf = append(w.buf[:0], byte(tracev2.EvStrings))
	add := func(id uint64, s string) {
		s = s[:min(len(s), tracev2.MaxEventTrailerDataSize)]
		if len(w.buf)+len(s)+30 > traceMaxBatch {
			chunks = append(chunks, traceFrame(gen, traceNoThread, now, w.buf))
			w.buf = append(w.buf[:0], byte(tracev2.EvStrings))
		}
		w.byte(byte(tracev2.EvString))
		w.number(id)
		w.number(uint64(len(s)))
		w.buf = append(w.buf, s...)
	}
	for i, s := range traceReasons {
		add(uint64(i)+1, s)
	}
	add(traceStringPreempted, "preempted")
	add(traceStringSTWGC, "GC mark termination")
	add(traceStringSTWOther, "unknown")
	add(traceStringGosched, "runtime.Gosched")
	for _, s := range frames.list {
		add(s.id, s.s)
	}
	for _, s := range prev {
		add(s.id, s.s)
	}
	for _, s := range list {
		add(s.id, s.s)
	}
	chunks = append(chunks, traceFrame(gen, traceNoThread, now, w.buf))
	return append(chunks, []byte{byte(tracev2.EvEndOfGeneration)})
}

// traceStacks adds the batches of the generation's stacks.
func traceStacks(gen, now uint64, chunks [][]byte, names *traceFrames) [][]byte {
	var raw [1 + 128]uintptr
	var stack []Frame
	w := traceWriter{[]byte{byte(tracev2.EvStacks)}}
	var one traceWriter
	for i := 0; ; i++ {
		n := traceStack(i, &raw[0])
		if n < 0 {
			break
		}
		if n == 0 {
			continue
		}
		one.buf = one.buf[:0]
		stack = stack[:0]
		for frames, more := CallersFrames(expandstack(raw[1:1+n], tracev2.MaxFramesPerStack)), true; more; {
			var f Frame
			f, more = frames.Next()
			if f.PC != 0 && f.Function != "" && len(stack) < tracev2.MaxFramesPerStack {
				stack = append(stack, f)
			}
		}
		// Stacks of samples, with odd numbers, are as in profiles.
		for raw[0]&1 == 0 && len(stack) > 1 && traceOwnFrame(stack[0].Function, stack[1].Function) {
			stack = stack[1:]
		}
		for _, f := range stack {
			one.number(uint64(f.PC))
			one.number(names.id(f.Function))
			one.number(names.id(f.File))
			one.number(uint64(f.Line))
		}
		count := uint64(len(stack))
		if len(w.buf)+len(one.buf)+30 > traceMaxBatch {
			chunks = append(chunks, traceFrame(gen, traceNoThread, now, w.buf))
			w.buf = append(w.buf[:0], byte(tracev2.EvStacks))
		}
		w.byte(byte(tracev2.EvStack))
		w.number(uint64(raw[0]))
		w.number(count)
		w.buf = append(w.buf, one.buf...)
	}
	return append(chunks, traceFrame(gen, traceNoThread, now, w.buf))
}

// traceOwnFrame says whether the innermost function of a stack is part of the machinery below what the program called, which is
// left out: of functions of the runtime the outermost stays, if it is the program's own code that calls it.
func traceOwnFrame(name, caller string) bool {
	for _, p := range [...]string{"internal/sync.", "sync.runtime_", "internal/poll.runtime_", "internal/poll.(*pollDesc).",
		"internal/runtime/", "syscall.Syscall", "syscall.RawSyscall", "syscall.rawSyscall", "syscall.runtime_"} {
		if hasPrefix(name, p) {
			return true
		}
	}
	if !hasPrefix(name, "runtime.") {
		return false
	}
	for _, p := range [...]string{"runtime.", "internal/", "sync.", "syscall.", "time.", "os.", "iter."} {
		if hasPrefix(caller, p) {
			return true
		}
	}
	return false
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

// traceFrames numbers the names in the frames of one generation.
type traceFrames struct {
	ids  map[string]uint64
	list []traceStr
}

func (f *traceFrames) id(s string) uint64 {
	id, ok := f.ids[s]
	if !ok {
		id = traceFrameStrings + uint64(len(f.list))
		f.ids[s] = id
		f.list = append(f.list, traceStr{id, s})
	}
	return id
}

// traceString gives the number of a string in the current generation.
func traceString(s string) uint64 {
	lock(&trace.lock)
	id, ok := trace.strings[s]
	if !ok {
		if trace.strings == nil {
			trace.strings = make(map[string]uint64)
		}
		id = trace.nextID
		trace.nextID++
		trace.list = append(trace.list, traceStr{id, s})
		trace.strings[s] = id
	}
	unlock(&trace.lock)
	return id
}

// traceReasons says why goroutines block, by wait reason (sched/runtime2.rs; a test compares their number).
var traceReasons = [...]string{
	0:  "unspecified",
	1:  "GC mark assist wait for work",
	2:  "network",
	3:  "forever",
	4:  "forever",
	5:  "select",
	6:  "forever",
	7:  "GC mark assist wait for work",
	8:  "GC background sweeper wait",
	9:  "system goroutine wait",
	10: "chan receive",
	11: "chan send",
	12: "system goroutine wait",
	13: "system goroutine wait",
	14: "sync",
	15: "sleep",
	16: "sync.(*Cond).Wait",
	17: "sync",
	18: "sync",
	19: "sync",
	20: "sync",
	21: "system goroutine wait",
	22: "wait until GC ends",
	23: "system goroutine wait",
	24: "system goroutine wait",
	25: "preempted",
	26: "wait for debug call",
	27: "unspecified",
	28: "unspecified",
	29: "unspecified",
	30: "unspecified",
	31: "unspecified",
	32: "unspecified",
	33: "coroutine",
	34: "GC weak to strong wait",
	35: "synctest",
	36: "synctest",
	37: "chan receive",
	38: "chan send",
	39: "select",
	40: "sync",
	41: "system goroutine wait",
	42: "system goroutine wait",
}

// Kinds of annotations, as they follow EvUserTaskBegin.
const (
	traceTaskBegin = iota
	traceTaskEnd
	traceRegionBegin
	traceRegionEnd
	traceLog
)

//go:linkname trace_userTaskCreate runtime/trace.userTaskCreate
func trace_userTaskCreate(id, parentID uint64, taskType string) {
	if traceOn() != 0 {
		traceUser(traceTaskBegin, 3, id, parentID, traceString(taskType))
	}
}

//go:linkname trace_userTaskEnd runtime/trace.userTaskEnd
func trace_userTaskEnd(id uint64) {
	if traceOn() != 0 {
		traceUser(traceTaskEnd, 1, id, 0, 0)
	}
}

//go:linkname trace_userRegion runtime/trace.userRegion
func trace_userRegion(id, mode uint64, name string) {
	if traceOn() == 0 {
		return
	}
	kind := traceRegionBegin
	if mode != 0 {
		kind = traceRegionEnd
	}
	traceUser(kind, 2, id, traceString(name), 0)
}

//go:linkname trace_userLog runtime/trace.userLog
func trace_userLog(id uint64, category, message string) {
	if traceOn() != 0 {
		traceUser(traceLog, 3, id, traceString(category), traceString(message))
	}
}

//go:linkname traceClockUnitsPerSecond runtime/trace.runtime_traceClockUnitsPerSecond
func traceClockUnitsPerSecond() uint64 { return 1e9 }

//go:linkname traceClockNow
func traceClockNow() uint64 { return uint64(nanotime()) }
