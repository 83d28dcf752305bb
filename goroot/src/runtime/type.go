package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	"unsafe"
)

// rtype adds to a type descriptor what needs offsets resolved.
type rtype struct {
	*abi.Type
}

func toRType(t *_type) rtype { return rtype{t} }

// string is the type as reflect prints it.
func (t rtype) string() string {
	s := t.nameOff(t.Str).Name()
	if t.TFlag&abi.TFlagExtraStar != 0 {
		return s[1:]
	}
	return s
}

// name is the bare name of a defined type, with its type arguments.
func (t rtype) name() string {
	if t.TFlag&abi.TFlagNamed == 0 {
		return ""
	}
	s := t.string()
	depth := 0
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case ']':
			depth++
		case '[':
			depth--
		case '.':
			if depth == 0 {
				return s[i+1:]
			}
		}
	}
	return s
}

func (t rtype) pkgpath() string {
	if u := t.Uncommon(); u != nil {
		return t.nameOff(u.PkgPath).Name()
	}
	switch t.Kind() {
	case abi.Struct:
		return (*structtype)(unsafe.Pointer(t.Type)).PkgPath.Name()
	case abi.Interface:
		return (*interfacetype)(unsafe.Pointer(t.Type)).PkgPath.Name()
	}
	return ""
}

func (t rtype) nameOff(off nameOff) name { return resolveNameOff(unsafe.Pointer(t.Type), off) }
func (t rtype) typeOff(off typeOff) *_type {
	return resolveTypeOff(unsafe.Pointer(t.Type), off)
}

// textOff is the code address for a method offset; a method the linker pruned resolves to a function that throws.
func (t rtype) textOff(off textOff) unsafe.Pointer {
	if off == -1 {
		return unsafe.Pointer(abi.FuncPCABIInternal(unreachableMethod))
	}
	md := getmoduledata()
	if md.hasType(unsafe.Pointer(t.Type)) {
		return unsafe.Pointer(md.text + uintptr(off))
	}
	p := reflectOff(int32(off))
	if p == nil {
		throw("runtime: text offset base pointer out of range")
	}
	return p
}

// unreachableMethod stands for a method that static analysis showed to be uncallable.
func unreachableMethod() {
	throw("unreachable method called. linker bug?")
}

// hasType reports whether p lies in the linker's type section, so that offsets found there are relative to it.
func (md *moduledata) hasType(p unsafe.Pointer) bool {
	return md.types <= uintptr(p) && uintptr(p) < md.etypes
}

func resolveNameOff(ptrInModule unsafe.Pointer, off nameOff) name {
	if off == 0 {
		return name{}
	}
	md := getmoduledata()
	if md.hasType(ptrInModule) {
		return name{Bytes: (*byte)(unsafe.Pointer(md.types + uintptr(off)))}
	}
	p := reflectOff(int32(off))
	if p == nil {
		throw("runtime: name offset base pointer out of range")
	}
	return name{Bytes: (*byte)(p)}
}

func resolveTypeOff(ptrInModule unsafe.Pointer, off typeOff) *_type {
	if off == 0 || off == -1 { // -1: pruned by the linker
		return nil
	}
	md := getmoduledata()
	if md.hasType(ptrInModule) {
		return (*_type)(unsafe.Pointer(md.types + uintptr(off)))
	}
	p := reflectOff(int32(off))
	if p == nil {
		throw("runtime: type offset base pointer out of range")
	}
	return (*_type)(p)
}

// pkgPath is the package path stored in a name, or "".
func pkgPath(n name) string {
	if n.Bytes == nil || *n.Data(0)&(1<<2) == 0 {
		return ""
	}
	i, l := n.ReadVarint(1)
	off := 1 + i + l
	if n.HasTag() {
		i2, l2 := n.ReadVarint(off)
		off += i2 + l2
	}
	var no nameOff
	copy((*[4]byte)(unsafe.Pointer(&no))[:], (*[4]byte)(unsafe.Pointer(n.Data(off)))[:])
	return resolveNameOff(unsafe.Pointer(n.Bytes), no).Name()
}

// reflectOffs names types, names and code that reflect makes at run time by negative offsets.
var reflectOffs struct {
	lock mutex
	ptrs []unsafe.Pointer // offset -1-i is ptrs[i]
	offs map[unsafe.Pointer]int32
}

// reflectOff is the pointer registered under off, or nil.
func reflectOff(off int32) unsafe.Pointer {
	i := -1 - int(off)
	lock(&reflectOffs.lock)
	var p unsafe.Pointer
	if 0 <= i && i < len(reflectOffs.ptrs) {
		p = reflectOffs.ptrs[i]
	}
	unlock(&reflectOffs.lock)
	return p
}

//go:linkname reflect_addReflectOff reflect.addReflectOff
func reflect_addReflectOff(ptr unsafe.Pointer) int32 {
	lock(&reflectOffs.lock)
	if reflectOffs.offs == nil {
		reflectOffs.offs = make(map[unsafe.Pointer]int32)
		// -1 marks a pruned method or type; it is never given out.
		reflectOffs.ptrs = append(reflectOffs.ptrs, nil)
	}
	off, ok := reflectOffs.offs[ptr]
	if !ok {
		off = int32(-1 - len(reflectOffs.ptrs))
		reflectOffs.ptrs = append(reflectOffs.ptrs, ptr)
		reflectOffs.offs[ptr] = off
	}
	unlock(&reflectOffs.lock)
	return off
}

//go:linkname reflect_resolveNameOff reflect.resolveNameOff
func reflect_resolveNameOff(ptrInModule unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveNameOff(ptrInModule, nameOff(off)).Bytes)
}

//go:linkname reflect_resolveTypeOff reflect.resolveTypeOff
func reflect_resolveTypeOff(rtyp unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveTypeOff(rtyp, typeOff(off)))
}

//go:linkname reflect_resolveTextOff reflect.resolveTextOff
func reflect_resolveTextOff(rtyp unsafe.Pointer, off int32) unsafe.Pointer {
	return toRType((*_type)(rtyp)).textOff(textOff(off))
}

//go:linkname reflectlite_resolveNameOff internal/reflectlite.resolveNameOff
func reflectlite_resolveNameOff(ptrInModule unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveNameOff(ptrInModule, nameOff(off)).Bytes)
}

//go:linkname reflectlite_resolveTypeOff internal/reflectlite.resolveTypeOff
func reflectlite_resolveTypeOff(rtyp unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveTypeOff(rtyp, typeOff(off)))
}

// reflect_compiledTypelinks gives reflect the unnamed composite types of the program, sorted by string.
//
//go:linkname reflect_compiledTypelinks reflect.compiledTypelinks
func reflect_compiledTypelinks() ([]*abi.Type, [][]*abi.Type) {
	return getmoduledata().typelinks, nil
}

// reflect_typelinks serves third parties that still use the older form.
//
//go:linkname reflect_typelinks reflect.typelinks
func reflect_typelinks() ([]unsafe.Pointer, [][]int32) {
	md := getmoduledata()
	offs := make([]int32, len(md.typelinks))
	for i, t := range md.typelinks {
		offs[i] = int32(uintptr(unsafe.Pointer(t)) - md.types)
	}
	return []unsafe.Pointer{unsafe.Pointer(md.types)}, [][]int32{offs}
}

// reflect_adjustAIXGCDataForRuntime is the identity everywhere but on AIX.
//
//go:linkname reflect_adjustAIXGCDataForRuntime reflect.adjustAIXGCDataForRuntime
func reflect_adjustAIXGCDataForRuntime(p *byte) *byte { return p }

//go:linkname maps_typeString internal/runtime/maps.typeString
func maps_typeString(t *abi.Type) string { return toRType(t).string() }

// getGCMask returns the pointer mask of t. Descriptors of large types hold the address of a word where the mask is put
// on first use.
func getGCMask(t *_type) *byte {
	if t.TFlag&abi.TFlagGCMaskOnDemand == 0 {
		return t.GCData
	}
	slot := (*unsafe.Pointer)(unsafe.Pointer(t.GCData))
	if p := atomic.Loadp(unsafe.Pointer(slot)); p != nil {
		return (*byte)(p)
	}
	words := t.PtrBytes / 8
	// The slot is outside the heap and the collector does not look at it.
	mask := persistentalloc((words+63)/64*8, 8)
	fillGCMask(t, mask, 0)
	// Two threads may both build the mask; either result serves.
	atomic.StorepNoWB(unsafe.Pointer(slot), mask)
	return (*byte)(mask)
}

// fillGCMask writes the mask of t at bit position bit.
func fillGCMask(t *_type, mask unsafe.Pointer, bit uintptr) {
	if t.PtrBytes == 0 {
		return
	}
	if t.TFlag&abi.TFlagGCMaskOnDemand == 0 {
		src := unsafe.Pointer(t.GCData)
		for i := uintptr(0); i < t.PtrBytes/8; i++ {
			if *(*byte)(add(src, i/8))>>(i%8)&1 != 0 {
				*(*byte)(add(mask, (bit+i)/8)) |= 1 << ((bit + i) % 8)
			}
		}
		return
	}
	switch t.Kind() {
	case abi.Array:
		a := (*arraytype)(unsafe.Pointer(t))
		for i := uintptr(0); i < a.Len; i++ {
			fillGCMask(a.Elem, mask, bit+i*a.Elem.Size_/8)
		}
	case abi.Struct:
		s := (*structtype)(unsafe.Pointer(t))
		for i := range s.Fields {
			f := &s.Fields[i]
			fillGCMask(f.Typ, mask, bit+f.Offset/8)
		}
	default:
		throw("unexpected kind with a large pointer mask")
	}
}

func pointermask(p unsafe.Pointer, out *byte, words int) int

// Results of pointermask.
const (
	memOther = iota
	memStack
	memHeap
	memData
	memBSS
)

// pointerMask gives what the collector takes for pointers among the words of *x, one byte per word. If x points to the heap, it is all
// up to the last pointer in the object.
func pointerMask(x any) []byte {
	e := efaceOf(&x)
	words := (*ptrtype)(unsafe.Pointer(e._type)).Elem.Size_ / 8
	base, size := findobject0(e.data)
	if base != nil {
		words = (uintptr(base) + size - uintptr(e.data)) / 8
	}
	ret := make([]byte, words+1)
	stopTheWorld()
	pointermask(e.data, &ret[0], int(words))
	startTheWorld()
	KeepAlive(x)
	ret = ret[:words]
	for base != nil && len(ret) > 0 && ret[len(ret)-1] == 0 {
		ret = ret[:len(ret)-1]
	}
	return ret
}

// reflect_gcbits is for reflect's tests.
//
//go:linkname reflect_gcbits reflect.gcbits
func reflect_gcbits(x any) []byte { return pointerMask(x) }
