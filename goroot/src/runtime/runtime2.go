// Package runtime is the Go half of the run-time system: whatever runs Go code or needs Go types. The other half, in Rust,
// holds the scheduler, heap, collector, queues, netpoller and system calls; functions declared here without a body are
// rows of its table (crates/abi/src/funcs). Rust never calls Go, so every callback, panic and deferred call happens here.
package runtime

import (
	"internal/abi"
	"unsafe"
)

type (
	_type         = abi.Type
	itab          = abi.ITab
	interfacetype = abi.InterfaceType
	arraytype     = abi.ArrayType
	structtype    = abi.StructType
	functype      = abi.FuncType
	ptrtype       = abi.PtrType
	slicetype     = abi.SliceType
	chantype      = abi.ChanType
	uncommontype  = abi.UncommonType
	name          = abi.Name
	nameOff       = abi.NameOff
	typeOff       = abi.TypeOff
	textOff       = abi.TextOff
)

// eface and iface are the two forms of an interface value.
type eface struct {
	_type *_type
	data  unsafe.Pointer
}

type iface struct {
	tab  *itab
	data unsafe.Pointer
}

func efaceOf(p *any) *eface { return (*eface)(unsafe.Pointer(p)) }

// slice is what a slice value looks like in memory.
type slice struct {
	array unsafe.Pointer
	len   int
	cap   int
}

// funcval is what a func value points to; captured variables follow.
type funcval struct {
	fn uintptr
}

// g is the part of a goroutine that Go code may touch. Its offsets are those of abi::g; Rust's G continues after m.
type g struct {
	stackguard uintptr
	ctx        uintptr
	deferframe *deferframe
	mcache     unsafe.Pointer
	_panic     *_panic
	m          unsafe.Pointer
	bubble     *synctestBubble
}

// deferframe is the record that a function with defer statements keeps in its own frame (abi::deferframe).
// nslots closures follow it.
type deferframe struct {
	link    *deferframe
	sp      uintptr
	bp      uintptr
	landing uintptr
	segment uintptr
	list    *_defer
	bits    uintptr
	nslots  uintptr
}

// slot returns the address of open-coded closure i.
func (f *deferframe) slot(i uintptr) *func() {
	return (*func())(add(unsafe.Pointer(f), unsafe.Sizeof(*f)+i*8))
}

// _defer is a deferred call that is not open-coded.
type _defer struct {
	link *_defer
	fn   func()
}

// _panic is a running panic or Goexit. It lives in the frame of gopanic or Goexit and is linked from g.
type _panic struct {
	arg       any
	link      *_panic
	fp        uintptr     // frame pointer of the function that runs the deferred calls
	frame     *deferframe // frame whose deferred call is running
	landing   *deferframe // Goexit only: where to resume if a recovered panic would jump past it
	recovered bool
	goexit    bool

	repanicked bool // same value as the panic before it: printed once
}

// getg returns the current goroutine. The compiler replaces the call by a read of r15.
func getg() *g

// getfp returns the frame pointer of the function that contains the call. Known to the compiler.
func getfp() uintptr

// add is pointer arithmetic.
//
//go:nosplit
func add(p unsafe.Pointer, x uintptr) unsafe.Pointer {
	return unsafe.Pointer(uintptr(p) + x)
}

// noescape hides a pointer from escape analysis.
//
//go:nosplit
func noescape(p unsafe.Pointer) unsafe.Pointer {
	x := uintptr(p)
	return unsafe.Pointer(x ^ 0)
}

// alwaysFalse is never set; conditions on it keep values alive without cost.
var alwaysFalse bool

var escapeSink any

// escape makes x escape to the heap.
func escape[T any](x T) T {
	if alwaysFalse {
		escapeSink = x
	}
	return x
}

// KeepAlive marks its argument as reachable up to the call, so that its finalizer cannot run before.
//
//go:noinline
func KeepAlive(x any) {
	if alwaysFalse {
		println(x)
	}
}

// maxAlloc bounds the size of an object: the user half of the address space.
const maxAlloc = 1 << 48
