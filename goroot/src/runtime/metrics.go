package runtime

import (
	"internal/godebugs"
	"unsafe"
)

// metricSample and metricValue are runtime/metrics.Sample and Value.
type metricSample struct {
	name  string
	value metricValue
}

type metricValue struct {
	kind    metricKind
	scalar  uint64
	pointer unsafe.Pointer
}

type metricKind int

const (
	metricKindBad metricKind = iota
	metricKindUint64
	metricKindFloat64
	metricKindFloat64Histogram
)

// metricFloat64Histogram is runtime/metrics.Float64Histogram.
type metricFloat64Histogram struct {
	counts  []uint64
	buckets []float64
}

// metricState is what the metrics of one read are computed from. The world runs meanwhile; what has to add up is read together.
type metricState struct {
	mem   heapMetrics
	sched [18]uint64 // row schedmetrics0
	user  int64      // nanoseconds
}

// heapMetrics is what Rust says of memory (heap/stats.rs). The heap's objects and pages are those of one moment.
type heapMetrics struct {
	allocs, frees                    uint64 // objects, but for those in a tiny block that was there already
	allocBytes, freeBytes            uint64
	tinyAllocs                       uint64
	inUse, free, released            uint64 // bytes in spans, resident and free, returned to the system
	spans                            uint64 // bytes of span records
	stackInUse, stackSys             uint64
	mcaches, buckets, gcSys, threads uint64 // bytes of P's caches, memory profile, other metadata, threads
	goal, marked                     uint64
	scanHeap, scanStack, scanGlobals uint64
	cycles, forced                   uint64
	percent, limit                   int64
	classes                          [68]struct{ size, allocs, frees uint64 } // by size class; 0: large objects
}

func heapmetrics0(m *heapMetrics)
func schedmetrics0(out *uint64, n int)
func timehist0(which int, out *uint64, n int)

func (s *metricState) read() {
	schedmetrics0(&s.sched[0], len(s.sched))
	s.balance()
	heapmetrics0(&s.mem)
}

// objects is how many bytes the heap's objects take.
func (m *heapMetrics) objects() uint64 { return m.allocBytes - m.freeBytes }

func (m *heapMetrics) total() uint64 {
	return m.inUse + m.free + m.released + m.spans + m.stackSys + m.mcaches + m.buckets + m.gcSys + m.threads
}

// Indices of metricState.sched.
const (
	schedIdle = iota
	schedTotal
	schedGCDedicated
	schedGCIdle
	schedGCAssist
	schedGCPause
	schedScavenge
	schedCreated
	schedNotInGo
	schedRunnable
	schedRunning
	schedWaiting
	schedThreads
	schedMutexWait
	schedFinQueued
	schedFinDone
	schedCleanupQueued
	schedCleanupDone
)

// seconds is a number of nanoseconds that schedmetrics0 gives.
func (s *metricState) seconds(i int) float64 { return float64(int64(s.sched[i])) / 1e9 }

func (s *metricState) gcSeconds() float64 {
	return s.seconds(schedGCDedicated) + s.seconds(schedGCIdle) + s.seconds(schedGCAssist) + s.seconds(schedGCPause)
}

// userTime is the largest that was told. It guards against the classes, which are measured one after another, taking more than the
// time that has passed since.
var userTime struct {
	lock mutex
	ns   int64
}

// balance computes the user class, which is what the others leave and never goes back; the total is the sum of all.
func (s *metricState) balance() {
	others := int64(0)
	for _, i := range []int{schedGCDedicated, schedGCIdle, schedGCAssist, schedGCPause, schedIdle, schedScavenge} {
		others += int64(s.sched[i])
	}
	lock(&userTime.lock)
	userTime.ns = max(userTime.ns, int64(s.sched[schedTotal])-others)
	s.user = userTime.ns
	unlock(&userTime.lock)
	s.sched[schedTotal] = uint64(s.user + others)
}

// metricDef computes one metric: one of the three.
type metricDef struct {
	name string
	u    func(s *metricState) uint64
	f    func(s *metricState) float64
	h    func(s *metricState, h *metricFloat64Histogram)
}

var metricDefs = []metricDef{
	{name: "/cgo/go-to-c-calls:calls", u: func(s *metricState) uint64 { return 0 }},
	{name: "/cpu/classes/gc/mark/assist:cpu-seconds", f: func(s *metricState) float64 { return s.seconds(schedGCAssist) }},
	{name: "/cpu/classes/gc/mark/dedicated:cpu-seconds", f: func(s *metricState) float64 { return s.seconds(schedGCDedicated) }},
	{name: "/cpu/classes/gc/mark/idle:cpu-seconds", f: func(s *metricState) float64 { return s.seconds(schedGCIdle) }},
	{name: "/cpu/classes/gc/pause:cpu-seconds", f: func(s *metricState) float64 { return s.seconds(schedGCPause) }},
	{name: "/cpu/classes/gc/total:cpu-seconds", f: (*metricState).gcSeconds},
	{name: "/cpu/classes/idle:cpu-seconds", f: func(s *metricState) float64 { return s.seconds(schedIdle) }},
	// Allocation never returns memory itself.
	{name: "/cpu/classes/scavenge/assist:cpu-seconds", f: func(s *metricState) float64 { return 0 }},
	{name: "/cpu/classes/scavenge/background:cpu-seconds", f: func(s *metricState) float64 { return s.seconds(schedScavenge) }},
	{name: "/cpu/classes/scavenge/total:cpu-seconds", f: func(s *metricState) float64 { return s.seconds(schedScavenge) }},
	{name: "/cpu/classes/total:cpu-seconds", f: func(s *metricState) float64 { return s.seconds(schedTotal) }},
	{name: "/cpu/classes/user:cpu-seconds", f: func(s *metricState) float64 { return float64(s.user) / 1e9 }},
	{name: "/gc/cleanups/executed:cleanups", u: func(s *metricState) uint64 { return s.sched[schedCleanupDone] }},
	{name: "/gc/cleanups/queued:cleanups", u: func(s *metricState) uint64 { return s.sched[schedCleanupQueued] }},
	{name: "/gc/cycles/automatic:gc-cycles", u: func(s *metricState) uint64 { return s.mem.cycles - s.mem.forced }},
	{name: "/gc/cycles/forced:gc-cycles", u: func(s *metricState) uint64 { return s.mem.forced }},
	{name: "/gc/cycles/total:gc-cycles", u: func(s *metricState) uint64 { return s.mem.cycles }},
	{name: "/gc/finalizers/executed:finalizers", u: func(s *metricState) uint64 { return s.sched[schedFinDone] }},
	{name: "/gc/finalizers/queued:finalizers", u: func(s *metricState) uint64 { return s.sched[schedFinQueued] }},
	{name: "/gc/gogc:percent", u: func(s *metricState) uint64 {
		if p := s.mem.percent; p >= 0 {
			return uint64(p)
		}
		return ^uint64(0)
	}},
	{name: "/gc/gomemlimit:bytes", u: func(s *metricState) uint64 { return uint64(s.mem.limit) }},
	{name: "/gc/heap/allocs-by-size:bytes", h: func(s *metricState, h *metricFloat64Histogram) { s.bySize(h, false) }},
	{name: "/gc/heap/allocs:bytes", u: func(s *metricState) uint64 { return s.mem.allocBytes }},
	{name: "/gc/heap/allocs:objects", u: func(s *metricState) uint64 { return s.mem.allocs }},
	{name: "/gc/heap/frees-by-size:bytes", h: func(s *metricState, h *metricFloat64Histogram) { s.bySize(h, true) }},
	{name: "/gc/heap/frees:bytes", u: func(s *metricState) uint64 { return s.mem.freeBytes }},
	{name: "/gc/heap/frees:objects", u: func(s *metricState) uint64 { return s.mem.frees }},
	{name: "/gc/heap/goal:bytes", u: func(s *metricState) uint64 { return s.mem.goal }},
	{name: "/gc/heap/live:bytes", u: func(s *metricState) uint64 { return s.mem.marked }},
	{name: "/gc/heap/objects:objects", u: func(s *metricState) uint64 { return s.mem.allocs - s.mem.frees }},
	{name: "/gc/heap/tiny/allocs:objects", u: func(s *metricState) uint64 { return s.mem.tinyAllocs }},
	// The collector has no limiter that would switch assists off.
	{name: "/gc/limiter/last-enabled:gc-cycle", u: func(s *metricState) uint64 { return 0 }},
	{name: "/gc/pauses:seconds", h: func(s *metricState, h *metricFloat64Histogram) { durations(h, 4) }},
	{name: "/gc/scan/globals:bytes", u: func(s *metricState) uint64 { return s.mem.scanGlobals }},
	{name: "/gc/scan/heap:bytes", u: func(s *metricState) uint64 { return s.mem.scanHeap }},
	{name: "/gc/scan/stack:bytes", u: func(s *metricState) uint64 { return s.mem.scanStack }},
	{name: "/gc/scan/total:bytes", u: func(s *metricState) uint64 { return s.mem.scanHeap + s.mem.scanStack + s.mem.scanGlobals }},
	{name: "/gc/stack/starting-size:bytes", u: func(s *metricState) uint64 { return startingStackSize }},
	{name: "/memory/classes/heap/free:bytes", u: func(s *metricState) uint64 { return s.mem.free }},
	{name: "/memory/classes/heap/objects:bytes", u: func(s *metricState) uint64 { return s.mem.objects() }},
	{name: "/memory/classes/heap/released:bytes", u: func(s *metricState) uint64 { return s.mem.released }},
	{name: "/memory/classes/heap/stacks:bytes", u: func(s *metricState) uint64 { return s.mem.stackInUse }},
	{name: "/memory/classes/heap/unused:bytes", u: func(s *metricState) uint64 { return s.mem.inUse - s.mem.objects() }},
	{name: "/memory/classes/metadata/mcache/free:bytes", u: func(s *metricState) uint64 { return 0 }},
	{name: "/memory/classes/metadata/mcache/inuse:bytes", u: func(s *metricState) uint64 { return s.mem.mcaches }},
	{name: "/memory/classes/metadata/mspan/free:bytes", u: func(s *metricState) uint64 { return 0 }},
	{name: "/memory/classes/metadata/mspan/inuse:bytes", u: func(s *metricState) uint64 { return s.mem.spans }},
	{name: "/memory/classes/metadata/other:bytes", u: func(s *metricState) uint64 { return s.mem.gcSys }},
	{name: "/memory/classes/os-stacks:bytes", u: func(s *metricState) uint64 { return s.mem.stackSys - s.mem.stackInUse }},
	{name: "/memory/classes/other:bytes", u: func(s *metricState) uint64 { return s.mem.threads }},
	{name: "/memory/classes/profiling/buckets:bytes", u: func(s *metricState) uint64 { return s.mem.buckets }},
	{name: "/memory/classes/total:bytes", u: func(s *metricState) uint64 { return s.mem.total() }},
	{name: "/sched/gomaxprocs:threads", u: func(s *metricState) uint64 { return uint64(gomaxprocs()) }},
	{name: "/sched/goroutines-created:goroutines", u: func(s *metricState) uint64 { return s.sched[schedCreated] }},
	{name: "/sched/goroutines/not-in-go:goroutines", u: func(s *metricState) uint64 { return s.sched[schedNotInGo] }},
	{name: "/sched/goroutines/runnable:goroutines", u: func(s *metricState) uint64 { return s.sched[schedRunnable] }},
	{name: "/sched/goroutines/running:goroutines", u: func(s *metricState) uint64 { return s.sched[schedRunning] }},
	{name: "/sched/goroutines/waiting:goroutines", u: func(s *metricState) uint64 { return s.sched[schedWaiting] }},
	{name: "/sched/goroutines:goroutines", u: func(s *metricState) uint64 { return uint64(numGoroutine()) }},
	{name: "/sched/latencies:seconds", h: func(s *metricState, h *metricFloat64Histogram) { durations(h, 0) }},
	{name: "/sched/pauses/stopping/gc:seconds", h: func(s *metricState, h *metricFloat64Histogram) { durations(h, 2) }},
	{name: "/sched/pauses/stopping/other:seconds", h: func(s *metricState, h *metricFloat64Histogram) { durations(h, 1) }},
	{name: "/sched/pauses/total/gc:seconds", h: func(s *metricState, h *metricFloat64Histogram) { durations(h, 4) }},
	{name: "/sched/pauses/total/other:seconds", h: func(s *metricState, h *metricFloat64Histogram) { durations(h, 3) }},
	{name: "/sched/threads/total:threads", u: func(s *metricState) uint64 { return s.sched[schedThreads] }},
	{name: "/sync/mutex/wait/total:seconds", f: func(s *metricState) float64 { return s.seconds(schedMutexWait) }},
}

// startingStackSize is abi::g::STACK_MIN.
const startingStackSize = 2048

// bySize fills a histogram of the sizes of allocated or freed objects. A bucket ends behind the size of its class; the last is for
// large objects.
func (s *metricState) bySize(h *metricFloat64Histogram, freed bool) {
	classes := s.mem.classes[:]
	n := len(classes)
	h.counts = make([]uint64, n)
	h.buckets = make([]float64, n+1)
	h.buckets[0] = 1
	for i := range classes {
		c := &classes[(i+1)%n]
		h.buckets[i+1] = float64(c.size + 1)
		h.counts[i] = c.allocs
		if freed {
			h.counts[i] = c.frees
		}
	}
	h.buckets[n] = float64Inf(1)
}

const timeHistBuckets = 160

// durations fills a histogram of durations in seconds from one of Rust's (row timehist0).
func durations(h *metricFloat64Histogram, which int) {
	h.counts = make([]uint64, timeHistBuckets+2)
	timehist0(which, &h.counts[0], len(h.counts))
	var bounds [timeHistBuckets + 1]uint64
	timehist0(-1, &bounds[0], len(bounds))
	h.buckets = make([]float64, timeHistBuckets+3)
	h.buckets[0] = float64Inf(-1)
	for i, b := range bounds {
		h.buckets[i+1] = float64(b) / 1e9
	}
	h.buckets[timeHistBuckets+2] = float64Inf(1)
}

// float64Inf is math.Inf.
func float64Inf(sign int) float64 {
	zero := 0.0
	return float64(sign) / zero
}

// godebugMetrics are the counters that internal/godebug registers.
var godebugMetrics struct {
	lock mutex
	list []godebugMetric
}

type godebugMetric struct {
	name string
	read func() uint64
}

//go:linkname godebug_registerMetric internal/godebug.registerMetric
func godebug_registerMetric(name string, read func() uint64) {
	lock(&godebugMetrics.lock)
	for i := range godebugMetrics.list {
		if m := &godebugMetrics.list[i]; m.name == name {
			m.read = read
			unlock(&godebugMetrics.lock)
			return
		}
	}
	godebugMetrics.list = append(godebugMetrics.list, godebugMetric{name, read})
	unlock(&godebugMetrics.lock)
}

//go:linkname readMetrics runtime/metrics.runtime_readMetrics
func readMetrics(samplesp unsafe.Pointer, n int, cap int) {
	samples := unsafe.Slice((*metricSample)(samplesp), n)
	st := new(metricState)
	st.read()
	lock(&godebugMetrics.lock)
	counters := godebugMetrics.list
	unlock(&godebugMetrics.lock)
	for i := range samples {
		readMetric(&samples[i], st, counters)
	}
}

func readMetric(s *metricSample, st *metricState, counters []godebugMetric) {
	for i := range metricDefs {
		d := &metricDefs[i]
		if d.name != s.name {
			continue
		}
		switch {
		case d.u != nil:
			s.value.kind = metricKindUint64
			s.value.scalar = d.u(st)
		case d.f != nil:
			s.value.kind = metricKindFloat64
			f := d.f(st)
			s.value.scalar = *(*uint64)(unsafe.Pointer(&f))
		default:
			h := (*metricFloat64Histogram)(s.value.pointer)
			if s.value.kind != metricKindFloat64Histogram || h == nil {
				h = new(metricFloat64Histogram)
				s.value.pointer = unsafe.Pointer(h)
			}
			s.value.kind = metricKindFloat64Histogram
			d.h(st, h)
		}
		return
	}
	for i := range counters {
		if counters[i].name == s.name {
			s.value.kind = metricKindUint64
			s.value.scalar = counters[i].read()
			return
		}
	}
	for i := range godebugs.All {
		if d := &godebugs.All[i]; !d.Opaque && s.name == godebugMetricName(d) {
			// The setting's package has not counted anything.
			s.value.kind = metricKindUint64
			s.value.scalar = 0
			return
		}
	}
	s.value.kind = metricKindBad
}

func godebugMetricName(d *godebugs.Info) string {
	return "/godebug/non-default-behavior/" + d.Name + ":events"
}

//go:linkname readMetricNames runtime/metrics_test.runtime_readMetricNames
func readMetricNames() []string {
	names := make([]string, 0, len(metricDefs))
	for i := range metricDefs {
		names = append(names, metricDefs[i].name)
	}
	for i := range godebugs.All {
		if d := &godebugs.All[i]; !d.Opaque {
			names = append(names, godebugMetricName(d))
		}
	}
	return names
}
