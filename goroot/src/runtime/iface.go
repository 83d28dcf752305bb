package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	"internal/runtime/sys"
	"unsafe"
)

// The itab table: every itab of the program, those of the linker and those made on demand, one for each pair of interface
// and type, because code compares itabs by address. Insertion is a compare-and-swap on the bucket's head, so that no lock
// is needed; a bucket's list only ever grows at its head.
const itabBuckets = 4096

type itabNode struct {
	next *itabNode
	tab  *itab
}

var itabTable [itabBuckets]*itabNode

func itabBucket(inter *interfacetype, typ *_type) *unsafe.Pointer {
	h := inter.Type.Hash ^ typ.Hash
	h ^= h >> 12
	return (*unsafe.Pointer)(unsafe.Pointer(&itabTable[h%itabBuckets]))
}

// itabFind searches the list from n up to, and without, end.
func itabFind(n, end *itabNode, inter *interfacetype, typ *_type) *itab {
	for ; n != end; n = n.next {
		if n.tab.Inter == inter && n.tab.Type == typ {
			return n.tab
		}
	}
	return nil
}

// itabAdd enters m unless its pair is there already; the itab to be used is the result.
func itabAdd(m *itab) *itab { return itabAddNode(&itabNode{tab: m}) }

func itabAddNode(node *itabNode) *itab {
	m := node.tab
	bucket := itabBucket(m.Inter, m.Type)
	var searched *itabNode
	for {
		head := (*itabNode)(atomic.Loadp(unsafe.Pointer(bucket)))
		if old := itabFind(head, searched, m.Inter, m.Type); old != nil {
			return old
		}
		searched = head
		node.next = head
		if atomic_casPointer(bucket, unsafe.Pointer(head), unsafe.Pointer(node)) {
			return m
		}
	}
}

// itabsinit enters the linker's itabs.
func itabsinit() {
	tabs := getmoduledata().itablinks
	nodes := make([]itabNode, len(tabs))
	for i, m := range tabs {
		nodes[i].tab = m
		itabAddNode(&nodes[i])
	}
}

// getitab gives the itab for a type's use as a non-empty interface. If the type lacks a method the result is nil or,
// unless canfail, a panic.
func getitab(inter *interfacetype, typ *_type, canfail bool) *itab {
	if len(inter.Methods) == 0 {
		throw("internal error - misuse of itab")
	}
	if typ.TFlag&abi.TFlagUncommon == 0 { // no methods
		if canfail {
			return nil
		}
		missing := toRType(&inter.Type).nameOff(inter.Methods[0].Name)
		panic(&TypeAssertionError{nil, typ, &inter.Type, missing.Name()})
	}
	m := itabOf(inter, typ)
	if m.Fun[0] != 0 {
		return m
	}
	if canfail {
		return nil
	}
	panic(&TypeAssertionError{concrete: typ, asserted: &inter.Type, missingMethod: itabInit(m, false)})
}

// itabOf gives the itab of a pair, made if need be; without a first method if the type lacks one.
func itabOf(inter *interfacetype, typ *_type) *itab {
	bucket := itabBucket(inter, typ)
	m := itabFind((*itabNode)(atomic.Loadp(unsafe.Pointer(bucket))), nil, inter, typ)
	if m == nil {
		m = (*itab)(persistentalloc(unsafe.Sizeof(itab{})+uintptr(len(inter.Methods)-1)*8, 8))
		m.Inter = inter
		m.Type = typ
		// The hash serves type switches over itabs, which know only itabs of the linker.
		itabInit(m, true)
		m = itabAdd(m)
	}
	return m
}

// itabInit fills m.Fun, if fill is set, and gives the name of the first method the type lacks. Fun[0] stays 0 then.
// Both method lists are sorted the same way, so one pass is enough.
func itabInit(m *itab, fill bool) string {
	inter, typ := m.Inter, m.Type
	it, rt := toRType(&inter.Type), toRType(typ)
	x := typ.Uncommon()
	have := unsafe.Slice((*abi.Method)(add(unsafe.Pointer(x), uintptr(x.Moff))), int(x.Mcount))
	// Code addresses are stored as integers: they are nothing the collector should look at.
	fun := unsafe.Slice(&m.Fun[0], len(inter.Methods))
	var first uintptr
	j := 0
want:
	for k := range inter.Methods {
		im := &inter.Methods[k]
		itype := it.typeOff(im.Typ)
		iname := it.nameOff(im.Name)
		ipkg := pkgPath(iname)
		if ipkg == "" {
			ipkg = inter.PkgPath.Name()
		}
		for ; j < len(have); j++ {
			t := &have[j]
			tname := rt.nameOff(t.Name)
			if rt.typeOff(t.Mtyp) != itype || tname.Name() != iname.Name() {
				continue
			}
			tpkg := pkgPath(tname)
			if tpkg == "" {
				tpkg = rt.nameOff(x.PkgPath).Name()
			}
			if tname.IsExported() || tpkg == ipkg {
				code := uintptr(rt.textOff(t.Ifn))
				if k == 0 {
					first = code // set last: it says that the itab is complete
				} else if fill {
					fun[k] = code
				}
				continue want
			}
		}
		return iname.Name()
	}
	if fill {
		fun[0] = first
	}
	return ""
}

func panicdottypeE(have, want, iface *_type) {
	panic(&TypeAssertionError{iface, have, want, ""})
}

func panicdottypeI(have *itab, want, iface *_type) {
	var t *_type
	if have != nil {
		t = have.Type
	}
	panicdottypeE(t, want, iface)
}

func panicnildottype(want *_type) {
	panic(&TypeAssertionError{nil, nil, want, ""})
}

func assertE2I(inter *interfacetype, t *_type) *itab {
	if t == nil {
		panic(&TypeAssertionError{nil, nil, &inter.Type, ""})
	}
	return getitab(inter, t, false)
}

func assertE2I2(inter *interfacetype, t *_type) *itab {
	if t == nil {
		return nil
	}
	return getitab(inter, t, true)
}

// assertE2I2cached is assertE2I2 for compiled code that keeps the itab it finds, also one without methods, in cell. The
// cell is not the collector's: itabs are not in the heap. The compiler looks for calls of it where the type is known.
//
//go:noinline
func assertE2I2cached(inter *interfacetype, t *_type, cell *uintptr) *itab {
	if t == nil || t.TFlag&abi.TFlagUncommon == 0 {
		return nil
	}
	m := itabOf(inter, t)
	atomic.Storeuintptr(cell, uintptr(unsafe.Pointer(m)))
	if m.Fun[0] == 0 {
		return nil
	}
	return m
}

// typeAssert is assertE2I or assertE2I2 behind a cache that belongs to the place of the assertion.
func typeAssert(s *abi.TypeAssert, t *_type) *itab {
	var tab *itab
	if t != nil {
		tab = getitab(s.Inter, t, s.CanFail)
	} else if !s.CanFail {
		panic(&TypeAssertionError{nil, nil, &s.Inter.Type, ""})
	} else {
		return nil
	}
	old := (*abi.TypeAssertCache)(atomic.Loadp(unsafe.Pointer(&s.Cache)))
	if old == nil || !cacheDue(uint32(old.Mask)) {
		return tab
	}
	oldEntries := unsafe.Slice(&old.Entries[0], old.Mask+1)
	n := 1
	for i := range oldEntries {
		if oldEntries[i].Typ != 0 {
			n++
		}
	}
	size := cacheSize(n)
	c := (*abi.TypeAssertCache)(mallocgc(unsafe.Sizeof(*old)+uintptr(size-1)*unsafe.Sizeof(old.Entries[0]), nil, true))
	c.Mask = uintptr(size - 1)
	entries := unsafe.Slice(&c.Entries[0], size)
	put := func(e abi.TypeAssertCacheEntry) {
		h := int((*_type)(unsafe.Pointer(e.Typ)).Hash) & (size - 1)
		for entries[h].Typ != 0 {
			h = (h + 1) & (size - 1)
		}
		entries[h] = e
	}
	for i := range oldEntries {
		if oldEntries[i].Typ != 0 {
			put(oldEntries[i])
		}
	}
	put(abi.TypeAssertCacheEntry{Typ: uintptr(unsafe.Pointer(t)), Itab: uintptr(unsafe.Pointer(tab))})
	atomic_casPointer((*unsafe.Pointer)(unsafe.Pointer(&s.Cache)), unsafe.Pointer(old), unsafe.Pointer(c))
	return tab
}

// interfaceSwitch gives the number of the first case that t implements, with its itab; without one, the number of cases.
func interfaceSwitch(s *abi.InterfaceSwitch, t *_type) (int, *itab) {
	cases := unsafe.Slice(&s.Cases[0], s.NCases)
	match := len(cases)
	var tab *itab
	for i, c := range cases {
		if tab = getitab(c, t, true); tab != nil {
			match = i
			break
		}
	}
	old := (*abi.InterfaceSwitchCache)(atomic.Loadp(unsafe.Pointer(&s.Cache)))
	if old == nil || !cacheDue(uint32(old.Mask)) {
		return match, tab
	}
	oldEntries := unsafe.Slice(&old.Entries[0], old.Mask+1)
	n := 1
	for i := range oldEntries {
		if oldEntries[i].Typ != 0 {
			n++
		}
	}
	size := cacheSize(n)
	c := (*abi.InterfaceSwitchCache)(mallocgc(unsafe.Sizeof(*old)+uintptr(size-1)*unsafe.Sizeof(old.Entries[0]), nil, true))
	c.Mask = uintptr(size - 1)
	entries := unsafe.Slice(&c.Entries[0], size)
	put := func(e abi.InterfaceSwitchCacheEntry) {
		h := int((*_type)(unsafe.Pointer(e.Typ)).Hash) & (size - 1)
		for entries[h].Typ != 0 {
			h = (h + 1) & (size - 1)
		}
		entries[h] = e
	}
	for i := range oldEntries {
		if oldEntries[i].Typ != 0 {
			put(oldEntries[i])
		}
	}
	put(abi.InterfaceSwitchCacheEntry{Typ: uintptr(unsafe.Pointer(t)), Case: match, Itab: uintptr(unsafe.Pointer(tab))})
	atomic_casPointer((*unsafe.Pointer)(unsafe.Pointer(&s.Cache)), unsafe.Pointer(old), unsafe.Pointer(c))
	return match, tab
}

// cacheDue decides whether a miss is worth a new cache: rarely, and the more rarely the larger the cache is, because
// each update copies it.
func cacheDue(mask uint32) bool {
	r := cheaprand()
	return r&1023 == 0 && (r>>10)&mask == 0
}

// cacheSize is the power of two that leaves a cache of n entries at most half full.
func cacheSize(n int) int {
	return 1 << sys.Len64(uint64(n*2-1))
}

// Where a site's cache starts.
var (
	emptyTypeAssertCache      = abi.TypeAssertCache{Mask: 0}
	emptyInterfaceSwitchCache = abi.InterfaceSwitchCache{Mask: 0}
)

// convT copies *v to the heap, for the data word of an interface.
func convT(t *_type, v unsafe.Pointer) unsafe.Pointer {
	x := mallocgc(t.Size_, t, true)
	typedmemmove(t, x, v)
	return x
}

// convTnoptr is convT for types without pointers.
func convTnoptr(t *_type, v unsafe.Pointer) unsafe.Pointer {
	x := mallocgc(t.Size_, t, false)
	memmove(x, v, t.Size_)
	return x
}

// The following serve every type of that layout. Small numbers and empty values need no memory of their own.

func convT16(val uint16) unsafe.Pointer {
	if val < uint16(len(staticuint64s)) {
		return unsafe.Pointer(&staticuint64s[val])
	}
	x := mallocgc(2, nil, false)
	*(*uint16)(x) = val
	return x
}

func convT32(val uint32) unsafe.Pointer {
	if val < uint32(len(staticuint64s)) {
		return unsafe.Pointer(&staticuint64s[val])
	}
	x := mallocgc(4, nil, false)
	*(*uint32)(x) = val
	return x
}

func convT64(val uint64) unsafe.Pointer {
	if val < uint64(len(staticuint64s)) {
		return unsafe.Pointer(&staticuint64s[val])
	}
	x := mallocgc(8, nil, false)
	*(*uint64)(x) = val
	return x
}

func convTstring(val string) unsafe.Pointer {
	if val == "" {
		return unsafe.Pointer(&zeroVal[0])
	}
	p := new(string)
	*p = val
	return unsafe.Pointer(escape(p))
}

func convTslice(val []byte) unsafe.Pointer {
	if unsafe.SliceData(val) == nil {
		return unsafe.Pointer(&zeroVal[0])
	}
	p := new([]byte)
	*p = val
	return unsafe.Pointer(escape(p))
}

// staticuint64s holds the numbers below 256, so that their conversion to an interface needs no allocation.
var staticuint64s = [256]uint64{
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
	0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f,
	0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f,
	0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f,
	0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f,
	0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f,
	0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f,
	0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f,
	0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f,
	0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f,
	0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
	0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf,
	0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf,
	0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf,
	0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef,
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
}

// zeroVal is the zero value of every type of up to 1024 bytes: missing map elements, reflect.Zero.
//
//go:linkname zeroVal
var zeroVal [abi.ZeroValSize]byte

// getStaticuint64s serves reflect, which must not write to the array.
//
//go:linkname getStaticuint64s
func getStaticuint64s() *[256]uint64 { return &staticuint64s }

//go:linkname reflect_ifaceE2I reflect.ifaceE2I
func reflect_ifaceE2I(inter *interfacetype, e eface, dst *iface) {
	*dst = iface{assertE2I(inter, e._type), e.data}
}

//go:linkname reflectlite_ifaceE2I internal/reflectlite.ifaceE2I
func reflectlite_ifaceE2I(inter *interfacetype, e eface, dst *iface) {
	*dst = iface{assertE2I(inter, e._type), e.data}
}
