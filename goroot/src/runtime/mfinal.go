package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	"unsafe"
)

func addfinalizer(p unsafe.Pointer, fn *funcval, nret uintptr, fint *_type, ot *ptrtype) bool
func removefinalizer(p unsafe.Pointer)
func finget(out *[5]uintptr) int
func finpending() uint64
func setrunsusercode(on bool)

// finalizer is what finget gives: the object, its function, the size of its results, the type of its parameter and the
// object's type.
type finalizer struct {
	arg  unsafe.Pointer
	fn   unsafe.Pointer
	nret uintptr
	fint *_type
	ot   *ptrtype
}

// reflectcallmove is called by reflectcall to hand the results on: those in memory with barriers, pointers in registers
// to where the collector looks.
func reflectcallmove(typ *_type, dst, src unsafe.Pointer, size uintptr, regs *abi.RegArgs) {
	if size > 0 {
		reflectcallmove0(typ, dst, src, size)
	}
	for i := range regs.Ints {
		if regs.ReturnIsPtr.Get(i) {
			regs.Ptrs[i] = unsafe.Pointer(regs.Ints[i])
		}
	}
}

func reflectcallmove0(typ *_type, dst, src unsafe.Pointer, size uintptr)

// reflectcall calls fn with a stack part and registers; see docs/abi.md.
//
//go:linkname reflectcall
func reflectcall(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)

var fingStarted atomic.Uint32

// runFinalizers is the goroutine that runs all finalizers, one after the other.
func runFinalizers() {
	var f finalizer
	for {
		if finget((*[5]uintptr)(noescape(unsafe.Pointer(&f)))) == 0 {
			continue
		}
		setrunsusercode(true)
		runFinalizer(&f)
		setrunsusercode(false)
		f = finalizer{}
	}
}

func runFinalizer(f *finalizer) {
	var regs abi.RegArgs
	switch f.fint.Kind() {
	case abi.Pointer:
		regs.Ints[0] = uintptr(f.arg)
		regs.Ptrs[0] = f.arg
	case abi.Interface:
		word := unsafe.Pointer(&f.ot.Type)
		if it := (*interfacetype)(unsafe.Pointer(f.fint)); len(it.Methods) != 0 {
			// SetFinalizer has checked that the type implements it.
			word = unsafe.Pointer(assertE2I(it, &f.ot.Type))
		}
		regs.Ints[0] = uintptr(word)
		regs.Ptrs[0] = word
		regs.Ints[1] = uintptr(f.arg)
		regs.Ptrs[1] = f.arg
	default:
		throw("bad type kind in finalizer")
	}
	// Results are dropped; those that do not fit in registers go to a block.
	size := f.nret
	var block unsafe.Pointer
	if size != 0 {
		block = mallocgc(size, nil, true)
	}
	reflectcall(nil, f.fn, block, uint32(size), 0, uint32(size), &regs)
	KeepAlive(f.arg)
}

// SetFinalizer sets the finalizer of obj: a function that is called with obj in a goroutine of its own some time after
// obj has become unreachable. A nil finalizer clears it.
//
// The argument obj must be a pointer to an object allocated by new, a composite literal or the address of a local
// variable; finalizer must take one argument to which obj's type can be assigned. Otherwise SetFinalizer may end the
// program. New code should use AddCleanup, which is less error-prone.
func SetFinalizer(obj any, finalizer any) {
	e := efaceOf(&obj)
	etyp := e._type
	if etyp == nil {
		throw("runtime.SetFinalizer: first argument is nil")
	}
	ename := toRType(etyp).string()
	if etyp.Kind() != abi.Pointer {
		throw("runtime.SetFinalizer: first argument is " + ename + ", not pointer")
	}
	ot := (*ptrtype)(unsafe.Pointer(etyp))
	base, _ := findobject0(e.data)
	if base == nil {
		if outsideHeap(e.data) {
			return // never freed, so never finalized
		}
		throw("runtime.SetFinalizer: pointer not in allocated block")
	}
	if e.data != base && (ot.Elem.Pointers() || ot.Elem.Size_ >= 16) {
		// Small objects without pointers may share a block.
		throw("runtime.SetFinalizer: pointer not at beginning of allocated block")
	}
	f := efaceOf(&finalizer)
	ftyp := f._type
	if ftyp == nil {
		removefinalizer(e.data)
		return
	}
	fname := toRType(ftyp).string()
	if ftyp.Kind() != abi.Func {
		throw("runtime.SetFinalizer: second argument is " + fname + ", not a function")
	}
	ft := (*functype)(unsafe.Pointer(ftyp))
	if ft.IsVariadic() {
		throw("runtime.SetFinalizer: cannot pass " + ename + " to finalizer " + fname + " because dotdotdot")
	}
	if ft.InCount != 1 || !finalizerAccepts(ft.InSlice()[0], etyp) {
		throw("runtime.SetFinalizer: cannot pass " + ename + " to finalizer " + fname)
	}
	nret := uintptr(0)
	for _, t := range ft.OutSlice() {
		nret = (nret+uintptr(t.Align_)-1)&^(uintptr(t.Align_)-1) + t.Size_
	}
	nret = (nret + 7) &^ 7
	if fingStarted.Load() == 0 && fingStarted.CompareAndSwap(0, 1) {
		newprocSystem(runFinalizers)
	}
	if !addfinalizer(e.data, (*funcval)(f.data), nret, ft.InSlice()[0], ot) {
		throw("runtime.SetFinalizer: finalizer already set")
	}
	if debug.checkfinalizers != 0 {
		setspecialcontext(e.data, 0, toRType(ot.Elem).string(), (*funcval)(f.data).fn)
	}
}

// finalizerAccepts reports whether a value of the pointer type etyp can be passed as a parameter of type fint.
func finalizerAccepts(fint, etyp *_type) bool {
	if fint == etyp {
		return true
	}
	switch fint.Kind() {
	case abi.Pointer:
		return (fint.Uncommon() == nil || etyp.Uncommon() == nil) && fint.Elem() == etyp.Elem()
	case abi.Interface:
		it := (*interfacetype)(unsafe.Pointer(fint))
		return len(it.Methods) == 0 || assertE2I2(it, etyp) != nil
	}
	return false
}

// outsideHeap reports whether p is an address of static data or of a zero-size object.
func outsideHeap(p unsafe.Pointer) bool {
	return p == zerobase0() || getmoduledata().hasData(p)
}

func zerobase0() unsafe.Pointer

// blockUntilEmptyFinalizerQueue waits until nothing is left to finalize or timeout nanoseconds have passed.
//
//go:linkname blockUntilEmptyFinalizerQueue
func blockUntilEmptyFinalizerQueue(timeout int64) bool {
	start := nanotime()
	for nanotime()-start < timeout {
		if finpending() == 0 {
			return true
		}
		gosched()
	}
	return false
}

//go:linkname unique_runtime_blockUntilEmptyCleanupQueue unique.runtime_blockUntilEmptyCleanupQueue
func unique_runtime_blockUntilEmptyCleanupQueue(timeout int64) bool {
	return blockUntilEmptyFinalizerQueue(timeout)
}

//go:linkname sync_test_runtime_blockUntilEmptyCleanupQueue sync_test.runtime_blockUntilEmptyCleanupQueue
func sync_test_runtime_blockUntilEmptyCleanupQueue(timeout int64) bool {
	return blockUntilEmptyFinalizerQueue(timeout)
}
