package runtime

import (
	"internal/runtime/math"
	"unsafe"
)

func newarray(t *_type, n int) unsafe.Pointer {
	if n == 1 {
		return mallocgc(t.Size_, t, true)
	}
	mem, overflow := math.MulUintptr(t.Size_, uintptr(n))
	if overflow || mem > maxAlloc || n < 0 {
		panic(plainError("runtime: allocation size out of range"))
	}
	return mallocgc(mem, t, true)
}

func makeslice(et *_type, len, cap int) unsafe.Pointer {
	mem, overflow := math.MulUintptr(et.Size_, uintptr(cap))
	if overflow || mem > maxAlloc || len < 0 || len > cap {
		// With a bad length the capacity is bad too if it was not given: name the length.
		mem, overflow := math.MulUintptr(et.Size_, uintptr(len))
		if overflow || mem > maxAlloc || len < 0 {
			panicmakeslicelen()
		}
		panicmakeslicecap()
	}
	return mallocgc(mem, et, true)
}

// makeslicebuf is makeslice for a slice that does not outlive the caller's frame, in which buf of size bytes is: what fits
// goes there.
func makeslicebuf(buf unsafe.Pointer, size uintptr, et *_type, len, cap int) unsafe.Pointer {
	if uint(len) <= uint(cap) && uintptr(cap) <= size/et.Size_ {
		memclrNoHeapPointers(buf, et.Size_*uintptr(cap))
		return buf
	}
	return makeslice(et, len, cap)
}

func makeslice64(et *_type, len, cap int64) unsafe.Pointer { return makeslice(et, int(len), int(cap)) }

// makeslicecopy allocates a slice of tolen elements and copies up to fromlen into it.
func makeslicecopy(et *_type, tolen, fromlen int, from unsafe.Pointer) unsafe.Pointer {
	mem, overflow := math.MulUintptr(et.Size_, uintptr(tolen))
	if overflow || mem > maxAlloc || tolen < 0 {
		panicmakeslicelen()
	}
	n := min(tolen, fromlen)
	copymem := et.Size_ * uintptr(n)
	if et.PtrBytes != 0 {
		to := mallocgc(mem, et, true)
		typedslicecopy0(et, to, from, n)
		return to
	}
	to := mallocgc(mem, nil, false)
	memmove(to, from, copymem)
	if copymem < mem {
		memclrNoHeapPointers(add(to, copymem), mem-copymem)
	}
	return to
}

// growslice0 allocates; a nil result means that the length is out of range.
func growslice0(oldPtr unsafe.Pointer, newLen, oldCap, num int, et *_type) (p unsafe.Pointer, newcap int)

// growslice makes room for num more elements, newLen in all. The old ones are copied; the caller sets the new ones.
func growslice(oldPtr unsafe.Pointer, newLen, oldCap, num int, et *_type) slice {
	p, newcap := growslice0(oldPtr, newLen, oldCap, num, et)
	if p == nil {
		panic(errorString("growslice: len out of range"))
	}
	return slice{p, newLen, newcap}
}

// appendbuf is room in a frame for the elements of a slice that append makes and that does not outlive it
// (crates/opt/src/module/appends.rs).
type appendbuf struct {
	et  *_type
	cap int // elements that fit; 0 once it is in use
	mem [4]uint64
}

// growslicefew is growslice for an append that lists its elements. The optimiser puts growslice or growslicebuf in its place.
//
//go:noinline
func growslicefew(oldPtr unsafe.Pointer, newLen, oldCap, num int, et *_type) slice {
	return growslice(oldPtr, newLen, oldCap, num, et)
}

// growslicebuf is growslice for such a slice: its first elements go to b, once.
func growslicebuf(oldPtr unsafe.Pointer, newLen, oldCap, num int, b *appendbuf) slice {
	if newLen == num && uint(newLen) <= uint(b.cap) {
		n := b.cap
		b.cap = 0
		b.mem = [4]uint64{}
		return slice{unsafe.Pointer(&b.mem), newLen, n}
	}
	return growslice(oldPtr, newLen, oldCap, num, b.et)
}

// growslicestep is growslice for a slice whose capacity matters when it moves to the heap: its capacity in b is what would
// fit there anyway, so elements are copied from b to b.
//
//go:noinline
func growslicestep(oldPtr unsafe.Pointer, newLen, oldCap, num int, et *_type) slice {
	return growslice(oldPtr, newLen, oldCap, num, et)
}

func growslicestepbuf(oldPtr unsafe.Pointer, newLen, oldCap, num int, b *appendbuf) slice {
	et := b.et
	if uint(newLen) > uint(b.cap) {
		return growslice(oldPtr, newLen, oldCap, num, et)
	}
	mem := unsafe.Pointer(&b.mem)
	if old := newLen - num; oldPtr != mem && old != 0 {
		memmove(mem, oldPtr, uintptr(old)*et.Size_)
	}
	cap := roundupsize(uintptr(newLen)*et.Size_, et.PtrBytes == 0) / et.Size_
	memclrNoHeapPointers(add(mem, uintptr(newLen)*et.Size_), (cap-uintptr(newLen))*et.Size_)
	return slice{mem, newLen, int(cap)}
}

// inappendbuf tells whether elements are in b, which is nil in a function that has no such buffers.
//
//go:noinline
func inappendbuf(p unsafe.Pointer, b *appendbuf) bool {
	return b != nil && uintptr(p)-uintptr(unsafe.Pointer(b)) < unsafe.Sizeof(*b)
}

// noappendbuf is p, which is known not to be in any buffer of the caller's.
//
//go:noinline
func noappendbuf(p unsafe.Pointer) unsafe.Pointer { return p }

// moveslice copies a slice from the caller's frame to the heap; keep: with its capacity.
func moveslice(old unsafe.Pointer, len, cap int, et *_type, keep bool) slice {
	if !keep {
		if len == 0 {
			return slice{zerobase0(), 0, 0}
		}
		cap = int(roundupsize(uintptr(len)*et.Size_, et.PtrBytes == 0) / et.Size_)
	}
	n := len
	if keep {
		n = cap
	}
	mem, copied := uintptr(cap)*et.Size_, uintptr(n)*et.Size_
	if et.PtrBytes != 0 {
		to := mallocgc(mem, et, true)
		typedslicecopy0(et, to, old, n)
		return slice{to, len, cap}
	}
	to := mallocgc(mem, nil, false)
	memmove(to, old, copied)
	memclrNoHeapPointers(add(to, copied), mem-copied)
	return slice{to, len, cap}
}

//go:linkname reflect_growslice reflect.growslice
func reflect_growslice(et *_type, old slice, num int) slice {
	// Unlike append, reflect keeps what lies between length and capacity and does not set the new elements.
	num -= old.cap - old.len
	s := growslice(old.array, old.cap+num, old.cap, num, et)
	if et.PtrBytes == 0 {
		from := uintptr(old.cap) * et.Size_
		memclrNoHeapPointers(add(s.array, from), uintptr(s.len)*et.Size_-from)
	}
	s.len = old.len
	return s
}

// bytealg_MakeNoZero is make([]byte, n) with undefined contents.
//
//go:linkname bytealg_MakeNoZero internal/bytealg.MakeNoZero
func bytealg_MakeNoZero(n int) []byte {
	if uintptr(n) > maxAlloc {
		panicmakeslicelen()
	}
	p, c := rawbytes(uintptr(n))
	return unsafe.Slice((*byte)(p), int(c))[:n]
}

// unsafe.Slice and unsafe.String.

func panicunsafeslicelen()     { panic(errorString("unsafe.Slice: len out of range")) }
func panicunsafeslicenilptr()  { panic(errorString("unsafe.Slice: ptr is nil and len is not zero")) }
func panicunsafestringlen()    { panic(errorString("unsafe.String: len out of range")) }
func panicunsafestringnilptr() { panic(errorString("unsafe.String: ptr is nil and len is not zero")) }

//go:linkname reflect_unsafeslice reflect.unsafeslice
func reflect_unsafeslice(et *_type, ptr unsafe.Pointer, n int) {
	if n < 0 {
		panicunsafeslicelen()
	}
	if et.Size_ == 0 && ptr == nil && n > 0 {
		panicunsafeslicenilptr()
	}
	mem, overflow := math.MulUintptr(et.Size_, uintptr(n))
	if overflow || mem > -uintptr(ptr) {
		if ptr == nil {
			panicunsafeslicenilptr()
		}
		panicunsafeslicelen()
	}
}
