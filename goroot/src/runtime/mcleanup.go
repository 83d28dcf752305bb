package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	"unsafe"
)

func intinyblock(p unsafe.Pointer) bool
func refersto(obj, lo unsafe.Pointer, n uintptr) bool
func addcleanup(p unsafe.Pointer, fn *funcval) uint64
func setspecialcontext(p unsafe.Pointer, id uint64, typ string, fn uintptr)
func removecleanup(p uintptr, id uint64)
func cleanupget() *funcval

var cleanupStarted atomic.Uint32

// AddCleanup attaches a cleanup function to ptr: some time after ptr is no longer reachable, cleanup(arg) is called in a
// separate goroutine. Several may be attached, also to pointers into one object. The function is not guaranteed to run
// before the program ends, nor at all if ptr is reachable from cleanup or arg.
func AddCleanup[T, S any](ptr *T, cleanup func(S), arg S) Cleanup {
	ptr = abi.Escape(ptr)
	cleanup = abi.Escape(cleanup)
	if ptr == nil {
		panic("runtime.AddCleanup: ptr is nil")
	}
	p := unsafe.Pointer(ptr)
	var argPtr unsafe.Pointer
	if k := abi.TypeOf(arg); k != nil && (k.Kind() == abi.Pointer || k.Kind() == abi.UnsafePointer) {
		argPtr = *(*unsafe.Pointer)(unsafe.Pointer(&arg))
		if argPtr == p {
			panic("runtime.AddCleanup: ptr is equal to arg, cleanup will never run")
		}
	}
	fn := func() { cleanup(arg) }
	return addCleanup(p, abi.TypeFor[T](), argPtr, *(*unsafe.Pointer)(unsafe.Pointer(&cleanup)), *(**funcval)(unsafe.Pointer(&fn)))
}

// addCleanup is the part of AddCleanup that does not depend on types.
func addCleanup(p unsafe.Pointer, typ *_type, argPtr, cleanup unsafe.Pointer, fn *funcval) Cleanup {
	base, size := findobject0(p)
	if base == nil {
		if outsideHeap(p) {
			return Cleanup{}
		}
		panic("runtime.AddCleanup: ptr not in allocated block")
	}
	if uintptr(argPtr) >= uintptr(base) && uintptr(argPtr) < uintptr(base)+size && !intinyblock(p) {
		panic("runtime.AddCleanup: ptr is within arg, cleanup will never run")
	}
	if refersto(cleanup, base, size) {
		panic("runtime.AddCleanup: cleanup function closes over ptr, cleanup will never run")
	}
	if cleanupStarted.Load() == 0 && cleanupStarted.CompareAndSwap(0, 1) {
		newprocSystem(runCleanups)
	}
	id := addcleanup(p, fn)
	if debug.checkfinalizers != 0 {
		setspecialcontext(p, id, toRType(typ).string(), (*funcval)(cleanup).fn)
	}
	return Cleanup{id: id, ptr: uintptr(p)}
}

// runCleanups is the goroutine that runs cleanups.
func runCleanups() {
	for {
		fn := cleanupget()
		if fn == nil {
			continue
		}
		setrunsusercode(true)
		(*(*func())(unsafe.Pointer(&fn)))()
		setrunsusercode(false)
	}
}

// Cleanup is a handle to a cleanup call for a specific object.
type Cleanup struct {
	id  uint64
	ptr uintptr
}

// Stop cancels the cleanup call, unless it is queued for execution already.
func (c Cleanup) Stop() {
	if c.id != 0 {
		removecleanup(c.ptr, c.id)
	}
}
