package runtime

import (
	"internal/abi"
	"internal/runtime/maps"
	"internal/runtime/sys"
	"unsafe"
)

// Odd multipliers for mixing hashes.
const (
	c0 = uintptr(33054211828000289)
	c1 = uintptr(23344194077549503)
)

// Hashing of memory is that of internal/runtime/maps: its fast paths hash 4- and 8-byte keys and strings inline, so
// hashers must agree with it.

//go:linkname memhash
func memhash(p unsafe.Pointer, h, s uintptr) uintptr { return maps.MemHash(p, h, s) }

func memhash32(p unsafe.Pointer, h uintptr) uintptr { return maps.MemHash32(*(*uint32)(p), h) }
func memhash64(p unsafe.Pointer, h uintptr) uintptr { return maps.MemHash64(*(*uint64)(p), h) }

func memhash0(p unsafe.Pointer, h uintptr) uintptr   { return h }
func memhash8(p unsafe.Pointer, h uintptr) uintptr   { return memhash(p, h, 1) }
func memhash16(p unsafe.Pointer, h uintptr) uintptr  { return memhash(p, h, 2) }
func memhash128(p unsafe.Pointer, h uintptr) uintptr { return memhash(p, h, 16) }

//go:linkname strhash
func strhash(p unsafe.Pointer, h uintptr) uintptr { return maps.StrHash(*(*string)(p), h) }

// Floats: both zeros are equal, so they hash alike; NaNs are never equal, so each hashes anew.

func f32hash(p unsafe.Pointer, h uintptr) uintptr {
	f := *(*float32)(p)
	switch {
	case f == 0:
		return c1 * (c0 ^ h)
	case f != f:
		return c1 * (c0 ^ h ^ uintptr(rand()))
	}
	return memhash(p, h, 4)
}

func f64hash(p unsafe.Pointer, h uintptr) uintptr {
	f := *(*float64)(p)
	switch {
	case f == 0:
		return c1 * (c0 ^ h)
	case f != f:
		return c1 * (c0 ^ h ^ uintptr(rand()))
	}
	return memhash(p, h, 8)
}

func c64hash(p unsafe.Pointer, h uintptr) uintptr {
	return f32hash(add(p, 4), f32hash(p, h))
}

func c128hash(p unsafe.Pointer, h uintptr) uintptr {
	return f64hash(add(p, 8), f64hash(p, h))
}

func interhash(p unsafe.Pointer, h uintptr) uintptr {
	i := (*iface)(p)
	if i.tab == nil {
		return h
	}
	return ifacedatahash(i.tab.Type, &i.data, h)
}

//go:linkname nilinterhash
func nilinterhash(p unsafe.Pointer, h uintptr) uintptr {
	e := (*eface)(p)
	if e._type == nil {
		return h
	}
	return ifacedatahash(e._type, &e.data, h)
}

// ifacedatahash hashes the value whose interface data word is *data.
func ifacedatahash(t *_type, data *unsafe.Pointer, h uintptr) uintptr {
	if t.Equal == nil {
		// Checked here rather than in typehash so that the whole type is named, not the part that is at fault.
		panic(errorString("hash of unhashable type " + toRType(t).string()))
	}
	if t.IsDirectIface() {
		return c1 * typehash(t, unsafe.Pointer(data), h^c0)
	}
	return c1 * typehash(t, *data, h^c0)
}

// typehash hashes the value of type t at p as the hashers that the compiler makes would.
//
//go:linkname typehash
func typehash(t *_type, p unsafe.Pointer, h uintptr) uintptr {
	if t.TFlag&abi.TFlagRegularMemory != 0 {
		switch t.Size_ {
		case 4:
			return memhash32(p, h)
		case 8:
			return memhash64(p, h)
		}
		return memhash(p, h, t.Size_)
	}
	switch t.Kind() {
	case abi.Float32:
		return f32hash(p, h)
	case abi.Float64:
		return f64hash(p, h)
	case abi.Complex64:
		return c64hash(p, h)
	case abi.Complex128:
		return c128hash(p, h)
	case abi.String:
		return strhash(p, h)
	case abi.Interface:
		if len((*interfacetype)(unsafe.Pointer(t)).Methods) == 0 {
			return nilinterhash(p, h)
		}
		return interhash(p, h)
	case abi.Array:
		a := (*arraytype)(unsafe.Pointer(t))
		for i := uintptr(0); i < a.Len; i++ {
			h = typehash(a.Elem, add(p, i*a.Elem.Size_), h)
		}
		return h
	case abi.Struct:
		s := (*structtype)(unsafe.Pointer(t))
		for i := 0; i < len(s.Fields); {
			f := &s.Fields[i]
			i++
			if f.Name.IsBlank() || f.Typ.Size_ == 0 {
				continue
			}
			if f.Typ.TFlag&abi.TFlagRegularMemory == 0 {
				h = typehash(f.Typ, add(p, f.Offset), h)
				continue
			}
			// Plain fields without padding between them are one piece, as in compiled hashers.
			end := f.Offset + f.Typ.Size_
			for ; i < len(s.Fields); i++ {
				n := &s.Fields[i]
				if n.Name.IsBlank() || n.Typ.TFlag&abi.TFlagRegularMemory == 0 || n.Offset != end {
					break
				}
				end += n.Typ.Size_
			}
			h = memhash(add(p, f.Offset), h, end-f.Offset)
		}
		return h
	}
	panic(errorString("hash of unhashable type " + toRType(t).string()))
}

//go:linkname reflect_typehash reflect.typehash
func reflect_typehash(t *_type, p unsafe.Pointer, h uintptr) uintptr { return typehash(t, p, h) }

func memequal0(p, q unsafe.Pointer) bool   { return true }
func memequal8(p, q unsafe.Pointer) bool   { return *(*int8)(p) == *(*int8)(q) }
func memequal16(p, q unsafe.Pointer) bool  { return *(*int16)(p) == *(*int16)(q) }
func memequal32(p, q unsafe.Pointer) bool  { return *(*int32)(p) == *(*int32)(q) }
func memequal64(p, q unsafe.Pointer) bool  { return *(*int64)(p) == *(*int64)(q) }
func memequal128(p, q unsafe.Pointer) bool { return *(*[2]int64)(p) == *(*[2]int64)(q) }
func f32equal(p, q unsafe.Pointer) bool    { return *(*float32)(p) == *(*float32)(q) }
func f64equal(p, q unsafe.Pointer) bool    { return *(*float64)(p) == *(*float64)(q) }
func c64equal(p, q unsafe.Pointer) bool    { return *(*complex64)(p) == *(*complex64)(q) }
func c128equal(p, q unsafe.Pointer) bool   { return *(*complex128)(p) == *(*complex128)(q) }
func strequal(p, q unsafe.Pointer) bool    { return *(*string)(p) == *(*string)(q) }

func interequal(p, q unsafe.Pointer) bool {
	x, y := (*iface)(p), (*iface)(q)
	return x.tab == y.tab && ifaceeq(x.tab, x.data, y.data)
}

func nilinterequal(p, q unsafe.Pointer) bool {
	x, y := (*eface)(p), (*eface)(q)
	return x._type == y._type && efaceeq(x._type, x.data, y.data)
}

// efaceeq compares the data words of two interface values of the same type.
func efaceeq(t *_type, x, y unsafe.Pointer) bool {
	if t == nil {
		return true
	}
	if t.Equal == nil {
		panic(errorString("comparing uncomparable type " + toRType(t).string()))
	}
	if t.IsDirectIface() {
		// Pointers, channels and one-element wrappers of them: the words are the values.
		return x == y
	}
	return t.Equal(x, y)
}

func ifaceeq(tab *itab, x, y unsafe.Pointer) bool {
	if tab == nil {
		return true
	}
	return efaceeq(tab.Type, x, y)
}

// The functions of internal/bytealg's assembly wrappers.

//go:linkname memequal
func memequal(a, b unsafe.Pointer, size uintptr) bool

func cmpstring(a, b string) int

// memequal_varlen compares as many bytes as its closure says; only declarations of it are left.
//
//go:linkname memequal_varlen
func memequal_varlen(a, b unsafe.Pointer) bool {
	size := *(*uintptr)(unsafe.Pointer(sys.GetClosurePtr() + 8))
	return memequal(a, b, size)
}

// Hash functions that third parties reach by linkname.

//go:linkname stringHash
func stringHash(s string, seed uintptr) uintptr { return maps.StrHash(s, seed) }
