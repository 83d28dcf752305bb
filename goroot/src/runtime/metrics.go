package runtime

import "unsafe"

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

// metricDef computes one metric. Those described by runtime/metrics and missing here read as bad, which is what the
// package's documentation says of a metric that a runtime does not have.
type metricDef struct {
	name string
	read func(m *MemStats) uint64
}

var metricDefs = []metricDef{
	{"/gc/cycles/automatic:gc-cycles", func(m *MemStats) uint64 { return uint64(m.NumGC - m.NumForcedGC) }},
	{"/gc/cycles/forced:gc-cycles", func(m *MemStats) uint64 { return uint64(m.NumForcedGC) }},
	{"/gc/cycles/total:gc-cycles", func(m *MemStats) uint64 { return uint64(m.NumGC) }},
	{"/gc/gogc:percent", func(m *MemStats) uint64 {
		old := setGCPercent(100)
		setGCPercent(old)
		return uint64(int64(old))
	}},
	{"/gc/gomemlimit:bytes", func(m *MemStats) uint64 { return uint64(setMemoryLimit(-1)) }},
	{"/gc/heap/allocs:bytes", func(m *MemStats) uint64 { return m.TotalAlloc }},
	{"/gc/heap/allocs:objects", func(m *MemStats) uint64 { return m.Mallocs }},
	{"/gc/heap/frees:bytes", func(m *MemStats) uint64 { return m.TotalAlloc - m.Alloc }},
	{"/gc/heap/frees:objects", func(m *MemStats) uint64 { return m.Frees }},
	{"/gc/heap/goal:bytes", func(m *MemStats) uint64 { return m.NextGC }},
	{"/gc/heap/live:bytes", func(m *MemStats) uint64 { return m.HeapAlloc }},
	{"/gc/heap/objects:objects", func(m *MemStats) uint64 { return m.HeapObjects }},
	{"/memory/classes/heap/free:bytes", func(m *MemStats) uint64 { return m.HeapIdle - m.HeapReleased }},
	{"/memory/classes/heap/objects:bytes", func(m *MemStats) uint64 { return m.HeapAlloc }},
	{"/memory/classes/heap/released:bytes", func(m *MemStats) uint64 { return m.HeapReleased }},
	{"/memory/classes/heap/stacks:bytes", func(m *MemStats) uint64 { return m.StackInuse }},
	{"/memory/classes/heap/unused:bytes", func(m *MemStats) uint64 { return m.HeapInuse - m.HeapAlloc }},
	{"/memory/classes/metadata/mcache/free:bytes", func(m *MemStats) uint64 { return m.MCacheSys - m.MCacheInuse }},
	{"/memory/classes/metadata/mcache/inuse:bytes", func(m *MemStats) uint64 { return m.MCacheInuse }},
	{"/memory/classes/metadata/mspan/free:bytes", func(m *MemStats) uint64 { return m.MSpanSys - m.MSpanInuse }},
	{"/memory/classes/metadata/mspan/inuse:bytes", func(m *MemStats) uint64 { return m.MSpanInuse }},
	{"/memory/classes/metadata/other:bytes", func(m *MemStats) uint64 { return m.GCSys }},
	{"/memory/classes/os-stacks:bytes", func(m *MemStats) uint64 { return m.StackSys - m.StackInuse }},
	{"/memory/classes/other:bytes", func(m *MemStats) uint64 { return m.OtherSys }},
	{"/memory/classes/profiling/buckets:bytes", func(m *MemStats) uint64 { return m.BuckHashSys }},
	{"/memory/classes/total:bytes", func(m *MemStats) uint64 { return m.Sys }},
	{"/sched/gomaxprocs:threads", func(m *MemStats) uint64 { return uint64(gomaxprocs()) }},
	{"/sched/goroutines:goroutines", func(m *MemStats) uint64 { return uint64(gcount()) }},
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
	var m MemStats
	memstats0(&m)
	lock(&godebugMetrics.lock)
	counters := godebugMetrics.list
	unlock(&godebugMetrics.lock)
	for i := range samples {
		readMetric(&samples[i], &m, counters)
	}
}

func readMetric(s *metricSample, m *MemStats, counters []godebugMetric) {
	for i := range metricDefs {
		if metricDefs[i].name == s.name {
			s.value.kind = metricKindUint64
			s.value.scalar = metricDefs[i].read(m)
			return
		}
	}
	for i := range counters {
		if counters[i].name == s.name {
			s.value.kind = metricKindUint64
			s.value.scalar = counters[i].read()
			return
		}
	}
	const godebugPrefix = "/godebug/non-default-behavior/"
	if len(s.name) > len(godebugPrefix) && s.name[:len(godebugPrefix)] == godebugPrefix {
		// Described, but the setting's package has not counted anything.
		s.value.kind = metricKindUint64
		s.value.scalar = 0
		return
	}
	s.value.kind = metricKindBad
}

//go:linkname readMetricNames runtime/metrics_test.runtime_readMetricNames
func readMetricNames() []string {
	names := make([]string, 0, len(metricDefs))
	for i := range metricDefs {
		names = append(names, metricDefs[i].name)
	}
	return names
}
