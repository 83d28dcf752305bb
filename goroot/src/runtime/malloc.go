package runtime

import (
	"internal/abi"
	"unsafe"
)

// The heap is Rust's (crates/runtime/src/heap, gc). Barriers around pointer stores are the compiler's; the functions here
// move memory that holds pointers in bulk.

//go:linkname mallocgc
func mallocgc(size uintptr, typ *_type, needzero bool) unsafe.Pointer

//go:linkname newobject
func newobject(typ *_type) unsafe.Pointer
func rawbytes(n uintptr) (p unsafe.Pointer, cap uintptr)
func roundupsize(size uintptr, noscan bool) uintptr
func persistentalloc(size, align uintptr) unsafe.Pointer
func findobject0(p unsafe.Pointer) (base unsafe.Pointer, size uintptr)

//go:linkname memmove
func memmove(to, from unsafe.Pointer, n uintptr)

//go:linkname memclrNoHeapPointers
func memclrNoHeapPointers(ptr unsafe.Pointer, n uintptr)
func memclrHasPointers(ptr unsafe.Pointer, n uintptr)

//go:linkname typedmemmove
func typedmemmove(typ *_type, dst, src unsafe.Pointer)
func typedmemclr(typ *_type, ptr unsafe.Pointer)
func typedmemclrpartial(typ *_type, ptr unsafe.Pointer, off, size uintptr)
func typedslicecopy0(typ *_type, dst, src unsafe.Pointer, n int)
func wbMove(typ *_type, dst, src unsafe.Pointer)
func wbZero(typ *_type, dst unsafe.Pointer)

// typedslicecopy is copy for elements of type t.
//
//go:linkname typedslicecopy
func typedslicecopy(t *_type, dst unsafe.Pointer, dstLen int, src unsafe.Pointer, srcLen int) int {
	n := min(dstLen, srcLen)
	if n == 0 || dst == src {
		return n
	}
	if t.PtrBytes == 0 {
		memmove(dst, src, uintptr(n)*t.Size_)
	} else {
		typedslicecopy0(t, dst, src, n)
	}
	return n
}

//go:linkname reflect_unsafe_New reflect.unsafe_New
func reflect_unsafe_New(t *abi.Type) unsafe.Pointer { return newobject(t) }

//go:linkname reflectlite_unsafe_New internal/reflectlite.unsafe_New
func reflectlite_unsafe_New(t *abi.Type) unsafe.Pointer { return newobject(t) }

//go:linkname reflect_unsafe_NewArray reflect.unsafe_NewArray
func reflect_unsafe_NewArray(t *abi.Type, n int) unsafe.Pointer { return newarray(t, n) }

//go:linkname reflect_memmove reflect.memmove
func reflect_memmove(to, from unsafe.Pointer, n uintptr) { memmove(to, from, n) }

//go:linkname reflect_typedmemmove reflect.typedmemmove
func reflect_typedmemmove(t *abi.Type, dst, src unsafe.Pointer) { typedmemmove(t, dst, src) }

//go:linkname reflectlite_typedmemmove internal/reflectlite.typedmemmove
func reflectlite_typedmemmove(t *abi.Type, dst, src unsafe.Pointer) { typedmemmove(t, dst, src) }

//go:linkname reflect_typedmemclr reflect.typedmemclr
func reflect_typedmemclr(t *abi.Type, p unsafe.Pointer) { typedmemclr(t, p) }

//go:linkname reflect_typedmemclrpartial reflect.typedmemclrpartial
func reflect_typedmemclrpartial(t *abi.Type, p unsafe.Pointer, off, size uintptr) {
	typedmemclrpartial(t, p, off, size)
}

//go:linkname reflect_typedslicecopy reflect.typedslicecopy
func reflect_typedslicecopy(t *abi.Type, dst, src slice) int {
	return typedslicecopy(t, dst.array, dst.len, src.array, src.len)
}

//go:linkname reflect_typedarrayclear reflect.typedarrayclear
func reflect_typedarrayclear(t *abi.Type, p unsafe.Pointer, n int) {
	size := t.Size_ * uintptr(n)
	if t.PtrBytes == 0 {
		memclrNoHeapPointers(p, size)
	} else {
		memclrHasPointers(p, size)
	}
}

// reflect_verifyNotInHeapPtr reports whether p may be the value of a pointer to a type marked not in heap.
//
//go:linkname reflect_verifyNotInHeapPtr reflect.verifyNotInHeapPtr
func reflect_verifyNotInHeapPtr(p uintptr) bool {
	base, _ := findobject0(unsafe.Pointer(p))
	return base == nil && p != ^uintptr(0)
}

// Atomic stores of pointers: barrier and store in one assembly function, where no preemption can come between them.
func atomicstorep(ptr *unsafe.Pointer, new unsafe.Pointer)
func atomicxchgp(ptr *unsafe.Pointer, new unsafe.Pointer) unsafe.Pointer
func atomiccasp(ptr *unsafe.Pointer, old, new unsafe.Pointer) bool

//go:linkname atomic_storePointer internal/runtime/atomic.storePointer
func atomic_storePointer(ptr *unsafe.Pointer, new unsafe.Pointer) { atomicstorep(ptr, new) }

//go:linkname atomic_casPointer internal/runtime/atomic.casPointer
func atomic_casPointer(ptr *unsafe.Pointer, old, new unsafe.Pointer) bool {
	return atomiccasp(ptr, old, new)
}

//go:linkname sync_atomic_StorePointer sync/atomic.StorePointer
func sync_atomic_StorePointer(ptr *unsafe.Pointer, new unsafe.Pointer) { atomicstorep(ptr, new) }

//go:linkname sync_atomic_SwapPointer sync/atomic.SwapPointer
func sync_atomic_SwapPointer(ptr *unsafe.Pointer, new unsafe.Pointer) unsafe.Pointer {
	return atomicxchgp(ptr, new)
}

//go:linkname sync_atomic_CompareAndSwapPointer sync/atomic.CompareAndSwapPointer
func sync_atomic_CompareAndSwapPointer(ptr *unsafe.Pointer, old, new unsafe.Pointer) bool {
	return atomiccasp(ptr, old, new)
}
