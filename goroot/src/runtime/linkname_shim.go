package runtime

import (
	"internal/abi"
	"internal/runtime/maps"
	"unsafe"
)

// What widely used modules (json-iterator's reflect2, goccy/go-json, ugorji/go, gonum …) reach by linkname, although
// neither std nor the compiler needs it.

// linknameIter overlays the iterator those modules allocate, which has the layout it had before Go 1.24: only key, elem
// and typ are looked at.
type linknameIter struct {
	key  unsafe.Pointer
	elem unsafe.Pointer
	typ  *abi.MapType
	it   *maps.Iter
}

//go:linkname mapiterinit
func mapiterinit(t *abi.MapType, m *maps.Map, it *linknameIter) {
	it.typ = t
	it.it = new(maps.Iter)
	it.it.Init(t, m)
	mapiternext(it)
}

//go:linkname mapiternext
func mapiternext(it *linknameIter) {
	it.it.Next()
	it.key = it.it.Key()
	it.elem = it.it.Elem()
}

//go:linkname reflect_mapiterinit reflect.mapiterinit
func reflect_mapiterinit(t *abi.MapType, m *maps.Map, it *linknameIter) { mapiterinit(t, m, it) }

//go:linkname reflect_mapiternext reflect.mapiternext
func reflect_mapiternext(it *linknameIter) { mapiternext(it) }

//go:linkname reflect_mapiterkey reflect.mapiterkey
func reflect_mapiterkey(it *linknameIter) unsafe.Pointer { return it.it.Key() }

//go:linkname reflect_mapiterelem reflect.mapiterelem
func reflect_mapiterelem(it *linknameIter) unsafe.Pointer { return it.it.Elem() }

// heapObjectsCanMove tells those who keep addresses as numbers that they may.
//
//go:linkname heapObjectsCanMove
func heapObjectsCanMove() bool { return false }
