package runtime

import "internal/abi"

// A Pinner is a set of Go objects each pinned to a fixed location in memory. Objects never move here, so to pin one is to
// keep it reachable until Unpin. The Pinner itself has to be kept alive meanwhile.
type Pinner struct {
	*pinner
}

type pinner struct {
	refs []any
}

// Pin pins a Go object, preventing it from being freed until Unpin. The argument must be a pointer.
func (p *Pinner) Pin(pointer any) {
	e := efaceOf(&pointer)
	if e._type == nil {
		panic(errorString("runtime.Pinner: argument is nil"))
	}
	if k := e._type.Kind(); k != abi.Pointer && k != abi.UnsafePointer {
		panic(errorString("runtime.Pinner: argument is not a pointer: " + toRType(e._type).string()))
	}
	if p.pinner == nil {
		p.pinner = new(pinner)
		SetFinalizer(p.pinner, func(i *pinner) {
			if len(i.refs) != 0 {
				pinnerLeakPanic()
			}
		})
	}
	p.refs = append(p.refs, pointer)
}

// Unpin unpins all pinned objects of the Pinner.
func (p *Pinner) Unpin() {
	if p.pinner != nil {
		p.refs = nil
	}
}

// pinnerLeakPanic is called when a Pinner dies that still pins something; tests replace it.
var pinnerLeakPanic = func() {
	panic(errorString("runtime.Pinner: found leaking pinned pointer; forgot to call Unpin?"))
}
