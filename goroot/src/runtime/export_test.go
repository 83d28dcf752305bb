package runtime

import (
	"internal/abi"
	"internal/goarch"
	"internal/runtime/maps"
	"internal/runtime/syscall/linux"
	"unsafe"
)

// What upstream's tests of this package look at from outside. Hooks into parts of gc's runtime that have no counterpart
// here are missing; tests/upstream/std.toml lists the tests that need them, with reasons.

const (
	PtrSize           = goarch.PtrSize
	HashLoad          = float32(7) / 8 // how full internal/runtime/maps lets groups become
	PreemptMSupported = true

	CrashStackImplemented = true

	// Of a deep stack a traceback shows so many frames at either end (crates/runtime/src/diag/traceback.rs).
	TracebackInnerFrames = 50
	TracebackOuterFrames = 50
	Raceenabled          = false

	ENOMEM      = 12
	MAP_ANON    = 0x20
	MAP_PRIVATE = 0x2
	MAP_FIXED   = 0x10
	O_WRONLY    = 0x1
	O_CREAT     = 0x40
	O_TRUNC     = 0x200
)

type (
	Mutex     = mutex
	TimeTimer = timeTimer
	G         = g
)

var (
	Nanotime             = nanotime
	Cputicks             = cputicks
	CyclesPerSecond      = pprof_cyclesPerSecond
	Usleep               = usleep
	ProcYield            = procyield
	OSYield              = osyield
	Lock                 = lock
	Unlock               = unlock
	Memmove              = memmove
	MemclrNoHeapPointers = memclrNoHeapPointers
	Entersyscall         = entersyscall
	Exitsyscall          = exitsyscall

	UseAeshash = &maps.UseAeshash
	StringHash = stringHash
	MemHash    = memhash
	MemHash32  = memhash32
	MemHash64  = memhash64

	Cheaprand   = cheaprand
	Cheaprand64 = cheaprand64
	Fastrand    = legacy_fastrand
	Fastrand64  = legacy_fastrand64
	Fastrandn   = legacy_fastrandn
)

func osyield() { syscallRaw(24, 0, 0, 0, 0, 0) }

func BytesHash(b []byte, seed uintptr) uintptr {
	return memhash(unsafe.Pointer(unsafe.SliceData(b)), seed, uintptr(len(b)))
}
func Int32Hash(i uint32, seed uintptr) uintptr { return memhash32(noescape(unsafe.Pointer(&i)), seed) }
func Int64Hash(i uint64, seed uintptr) uintptr { return memhash64(noescape(unsafe.Pointer(&i)), seed) }
func EfaceHash(i any, seed uintptr) uintptr    { return nilinterhash(noescape(unsafe.Pointer(&i)), seed) }
func IfaceHash(i interface{ F() }, seed uintptr) uintptr {
	return interhash(noescape(unsafe.Pointer(&i)), seed)
}

func ReadUnaligned64(p unsafe.Pointer) uint64 { return *(*uint64)(p) }

func MemclrBytes(b []byte) {
	memclrNoHeapPointers(unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b)))
}

// Escape moves x to the heap, if it has an address.
func Escape[T any](x T) T {
	if neverTrue {
		escaped = x
	}
	return x
}

var (
	neverTrue bool
	escaped   any
)

// blockUntil waits until done says so, for up to timeout nanoseconds.
func blockUntil(timeout int64, done func() bool) bool {
	for end := nanotime() + timeout; nanotime() < end; timeSleepNs(1e6) {
		if done() {
			return true
		}
	}
	return false
}

func queuesEmpty() bool { return finpending() == 0 }

func BlockUntilEmptyFinalizerQueue(timeout int64) bool { return blockUntil(timeout, queuesEmpty) }
func BlockUntilEmptyCleanupQueue(timeout int64) bool   { return blockUntil(timeout, queuesEmpty) }

func Envs() []string     { return envs }
func SetEnvs(e []string) { envs = e }

func SetTracebackEnv(level string) { setTracebackLevel(level) }

func Getg() *G     { return getg() }
func Goid() uint64 { return goidof(getg()) }

func FrameStartLine(f *Frame) int { return f.startLine }

// result splits what a system call returns.
func result(r, errno uintptr) (int32, int32) {
	if errno != 0 {
		return -1, int32(errno)
	}
	return int32(r), 0
}

func call(num, a, b, c uintptr) (r, errno uintptr) {
	r, _, errno = linux.Syscall6(num, a, b, c, 0, 0, 0)
	return r, errno
}

func Open(name *byte, mode, perm int32) int32 {
	r, _ := result(call(2, uintptr(unsafe.Pointer(name)), uintptr(mode), uintptr(perm)))
	return r
}

func Close(fd int32) int32 {
	r, _ := result(call(3, uintptr(fd), 0, 0))
	return r
}

func Read(fd int32, p unsafe.Pointer, n int32) int32 {
	r, errno := call(0, uintptr(fd), uintptr(p), uintptr(n))
	if errno != 0 {
		return -int32(errno)
	}
	return int32(r)
}

func Write(fd uintptr, p unsafe.Pointer, n int32) int32 { return write(fd, p, n) }

const cloexec, nonblock = 0x80000, 0x800

func pipe2(flags int32) (r, w, errno int32) {
	var fds [2]int32
	_, errno = result(call(293, uintptr(unsafe.Pointer(&fds)), uintptr(flags), 0))
	return fds[0], fds[1], errno
}

func Pipe() (r, w, errno int32)            { return pipe2(0) }
func NonblockingPipe() (r, w, errno int32) { return pipe2(cloexec | nonblock) }
func Fcntl(fd, cmd, arg int32) (int32, int32) {
	return fcntl(fd, cmd, arg)
}
func Closeonexec(fd int32) { fcntl(fd, 2, 1) }

func Mmap(addr unsafe.Pointer, n uintptr, prot, flags, fd int32, off uint32) (unsafe.Pointer, int) {
	r, _, errno := linux.Syscall6(9, uintptr(addr), n, uintptr(prot), uintptr(flags), uintptr(fd), uintptr(off))
	if errno != 0 {
		return nil, int(errno)
	}
	return unsafe.Pointer(r), 0
}

func Munmap(addr unsafe.Pointer, n uintptr) { call(11, uintptr(addr), n, 0) }

func Mincore(addr unsafe.Pointer, n uintptr, dst *byte) int32 {
	_, errno := call(27, uintptr(addr), n, uintptr(unsafe.Pointer(dst)))
	return -int32(errno)
}

func GetPhysPageSize() uintptr { return uintptr(syscall_Getpagesize()) }

// Sigisblocked reports whether the calling thread blocks signal i.
func Sigisblocked(i int) bool {
	var mask uint64
	linux.Syscall6(14, 2, 0, uintptr(unsafe.Pointer(&mask)), 8, 0, 0)
	return mask>>(i-1)&1 != 0
}

// PanicForTesting panics with an index out of range in a function of this package that is not exported.
//
//go:noinline
func PanicForTesting(b []byte, i int) byte { return unexportedPanicForTesting(b, i) }

//go:noinline
func unexportedPanicForTesting(b []byte, i int) byte { return b[i] }

// MyGenericFunc is an instance of a generic function of this package that runs code with a closure.
func MyGenericFunc[T any]() {
	func() { testWord = unsafe.Sizeof(*new(T)) }()
}

var testWord uintptr

func lockcounts() uint64
func semnwait(addr *uint32) int

// RunGetgThreadSwitchTest checks that g is right again after a goroutine has changed its thread.
func RunGetgThreadSwitchTest() {
	c := make(chan int)
	go func() {
		LockOSThread() // so that the receiver goes on on another thread
		c <- 5
	}()
	before := getg()
	<-c
	if after := getg(); before != after {
		throw("g is another one after a switch of threads")
	}
	c2 := make(chan int)
	go func() {
		LockOSThread()
		c2 <- 5
	}()
	before = getg()
	<-c2
	if after := getg(); before != after {
		throw("g is another one after a switch of threads")
	}
}

func LockOSCounts() (external, internal uint32) {
	n := lockcounts()
	return uint32(n >> 32), uint32(n)
}

func Semacquire(addr *uint32)                                { semacquire(addr, false, waitReasonSemacquire, 0) }
func Semrelease1(addr *uint32, handoff bool, skipframes int) { semrelease(addr, handoff, skipframes) }
func SemNwait(addr *uint32) uint32                           { return uint32(semnwait(addr)) }

// ReadMetricsSlow reads MemStats and metrics at one moment.
func ReadMetricsSlow(memStats *MemStats, samplesp unsafe.Pointer, n, cap int) {
	st := new(metricState)
	samples := unsafe.Slice((*metricSample)(samplesp), n)
	lock(&godebugMetrics.lock)
	counters := godebugMetrics.list
	unlock(&godebugMetrics.lock)
	stopTheWorld()
	memstats0(memStats)
	st.read()
	startTheWorld()
	for i := range samples {
		readMetric(&samples[i], st, counters)
	}
}

func SetPinnerLeakPanic(f func()) { pinnerLeakPanic = f }
func GetPinnerLeakPanic() func()  { return pinnerLeakPanic }

// DumpPrint gives what print writes for v.
func DumpPrint[T any](v T) string {
	r, w, _ := pipe2(cloexec)
	saved, _ := fcntl(2, 0, 0)
	call(33, uintptr(w), 2, 0)
	print(v)
	call(33, uintptr(saved), 2, 0)
	Close(saved)
	Close(w)
	var buf [4096]byte
	n := Read(r, unsafe.Pointer(&buf), int32(len(buf)))
	Close(r)
	return string(buf[:max(n, 0)])
}

// Longest texts that print writes for numbers.
const (
	Float64Bytes    = 24
	Float32Bytes    = 15
	Complex128Bytes = 2*Float64Bytes + len("(i)")
	Complex64Bytes  = 2*Float32Bytes + len("(i)")
)

func Acquirem() { procPin() }
func Releasem() { procUnpin() }

func MallocGC(size uintptr, t *abi.Type, needzero bool) unsafe.Pointer {
	return mallocgc(size, t, needzero)
}

func PointerMask(x any) []byte { return pointerMask(x) }

// GCTestPointerClass says what kind of memory p points to.
func GCTestPointerClass(p unsafe.Pointer) string {
	p = noescape(p)
	stopTheWorld()
	class := pointermask(p, nil, 0)
	startTheWorld()
	return [...]string{memOther: "other", memStack: "stack", memHeap: "heap", memData: "data", memBSS: "bss"}[class]
}

// GCTestIsReachable collects, and says of which of the pointers, which the caller does not hold any more, the object is still there.
func GCTestIsReachable(ptrs ...unsafe.Pointer) (mask uint64) {
	handles := make([]unsafe.Pointer, len(ptrs))
	for i, p := range ptrs {
		handles[i] = getOrAddWeakHandle(p)
	}
	clear(ptrs)
	GC()
	for i, h := range handles {
		if weakhandlestrong(h) != nil {
			mask |= 1 << i
		}
	}
	return mask
}

func heapcount(out *[2 + 2*68]uint64)
func forcegcperiod() *int64

var ForceGCPeriod = forcegcperiod()

func CountPagesInUse() (pagesInUse, counted uintptr) {
	var out [2 + 2*68]uint64
	stopTheWorld()
	heapcount(&out)
	startTheWorld()
	return uintptr(out[0]), uintptr(out[1])
}

// ReadMemStatsSlow gives the memory statistics, and the same with what the objects in the heap say put in their place.
func ReadMemStatsSlow() (base, slow MemStats) {
	var out [2 + 2*68]uint64
	stopTheWorld()
	memstats0(&base)
	heapcount(&out)
	startTheWorld()
	slow = base
	slow.Alloc = 0
	slow.Mallocs = base.Frees
	for class := range 68 {
		n, bytes := out[2+2*class], out[3+2*class]
		slow.Alloc += bytes
		slow.Mallocs += n
		if 0 < class && class < len(slow.BySize) {
			slow.BySize[class].Mallocs = base.BySize[class].Frees + n
		}
	}
	slow.TotalAlloc = base.TotalAlloc - base.Alloc + slow.Alloc
	slow.HeapAlloc = slow.Alloc
	slow.HeapObjects = slow.Mallocs - slow.Frees
	slow.HeapInuse = uint64(out[1]) * 8192
	return base, slow
}

//go:noescape
func parsebytes(p *byte, n int, out *int64) bool

func ParseByteCount(s string) (n int64, ok bool) {
	ok = parsebytes(unsafe.StringData(s), len(s), &n)
	return n, ok
}

func measureallwaits() *bool
func waitsformutex(gp *g) bool

var CasGStatusAlwaysTrack = measureallwaits()

func GIsWaitingOnMutex(gp *G) bool { return waitsformutex(gp) }
