package runtime

import (
	"internal/abi"
	"unsafe"
)

// moduledata is what the linker tells about the program (abi::tables::ModuleData).
type moduledata struct {
	text, etext           uintptr // compiled code
	rtext, ertext         uintptr // Rust and assembly
	types, etypes         uintptr // type descriptors and names
	rodata, erodata       uintptr
	data, edata           uintptr
	bss, ebss             uintptr
	noptrdata, enoptrdata uintptr
	noptrbss, enoptrbss   uintptr
	gcdata, gcbss         uintptr // pointer masks
	functab, functablen   uintptr
	typelinks             []*abi.Type // unnamed composite types, sorted by string
	itablinks             []*itab
	inittasks             []initTask // in the order they have to run
	modinfo               string
	buildVersion          string
	godebugDefault        string
	defaultGOROOT         string
}

// initTask is the initialisation of one package.
type initTask struct {
	fn   func()
	path string
}

func getmoduledata() *moduledata

// hasData reports whether p is an address of a package-level variable.
func (md *moduledata) hasData(p unsafe.Pointer) bool {
	a := uintptr(p)
	return md.data <= a && a < md.edata || md.bss <= a && a < md.ebss ||
		md.noptrdata <= a && a < md.enoptrdata || md.noptrbss <= a && a < md.enoptrbss
}

// hasText reports whether pc is an address of code.
func (md *moduledata) hasText(pc uintptr) bool {
	return md.text <= pc && pc < md.etext || md.rtext <= pc && pc < md.ertext
}

// pcInfo describes one logical frame at a pc: a function, or one that was inlined there.
type pcInfo struct {
	entry, end      uintptr
	name, file      string
	line, startLine int
	flags           uintptr
	funcid          uintptr
}

// pcInfo.flags: those of the frame's function (abi::tables::flags; of an inlined one only the first), and whether it is inlined.
const (
	pcWrapper = 1
	pcInlined = 1 << 8
)

// hidden reports whether the frame is one the compiler made.
func (p *pcInfo) hidden() bool { return p.flags&pcWrapper != 0 }

//go:noescape
func pcinfo(pc uintptr, index int, out *pcInfo) int

//go:noescape
func callers(skip int, pcbuf *uintptr, n int) int

//go:noescape
func gcallers(gp *g, skip int, pcbuf *uintptr, n int) int

func callerfp(fp uintptr) uintptr

// A list of return addresses has an entry for each logical frame. Those of the functions around an inlined one share its
// pc; they are told apart by their index in the bits above those of any address of code. (Text lies low; what is mapped
// elsewhere, such as the vDSO, lies above vpcEnd.) The words stay short enough for the columns of profiles in text form.
const (
	vpcShift = 36
	vpcEnd   = 1 << 44
)

func splitpc(vpc uintptr) (pc uintptr, index int) {
	if vpc >= vpcEnd {
		return vpc, 0
	}
	return vpc & (1<<vpcShift - 1), int(vpc >> vpcShift)
}

// expander gives the logical frames of a list of return addresses, in the order of the list.
type expander struct {
	pc    uintptr
	index int // of the next logical frame at pc, or expanded
	// The frame before is of a function that panics: it shows its caller, even if that is a wrapper.
	panicked bool
}

const expanded = -1

// begin has next give the logical frames at the list's next return address.
func (x *expander) begin(pc uintptr) { x.pc, x.index = pc, 0 }

// next gives logical frames, innermost first, wrappers left out; false behind the last of an address.
func (x *expander) next() (vpc uintptr, ok bool) {
	var info pcInfo
	for x.index != expanded {
		i := x.index
		r := pcinfo(x.pc-1, i, &info)
		if r <= 1 {
			x.index = expanded
		} else {
			x.index++
		}
		if r == 0 {
			// Not Go code: kept as it is.
			return x.pc, i == 0
		}
		shown := !info.hidden() || x.panicked
		x.panicked = showsWrapper(info.name)
		if shown {
			return x.pc | uintptr(min(i, vpcEnd>>vpcShift-1))<<vpcShift, true
		}
	}
	return 0, false
}

// showsWrapper reports whether a wrapper that called the function of this name is listed: it is what panics then.
func showsWrapper(callee string) bool {
	return callee == "runtime.gopanic" || callee == "runtime.sigpanic" || callee == "runtime.panicwrap"
}

// callersfill writes the calling goroutine's logical frames to out, leaving out the first skip: 0 starts with
// callersfill itself.
//
//go:noinline
func callersfill(skip int, out []uintptr) int {
	var buf [64]uintptr
	var x expander
	n := 0
	for at := 0; ; { // at counts logical frames, as the argument of callers does
		got := callers(at, &buf[0], len(buf))
		for _, pc := range buf[:got] {
			x.begin(pc)
			for vpc, ok := x.next(); ok; vpc, ok = x.next() {
				at++
				if skip > 0 {
					skip--
					continue
				}
				if n < len(out) {
					out[n] = vpc
					n++
				}
				if n == len(out) {
					return n
				}
			}
		}
		if got < len(buf) {
			return n
		}
	}
}

// Frames may be used to get function, file and line information for a slice of pc values returned by Callers.
type Frames struct {
	callers []uintptr
	next    uintptr // expanded ahead of callers, if not 0
	ahead   Frame   // to be returned by the next call
	have    bool
}

// Frame is the information returned by Frames for each call frame.
type Frame struct {
	// PC is the program counter for the location in this frame: for one that calls another, of the call instruction.
	// Of a function around an inlined one it has the frame's index in upper bits, so that it leads back to the frame.
	PC uintptr

	// Func is the Func value of this call frame, nil for non-Go code and inlined functions.
	Func *Func

	// Function is the package path-qualified function name of this call frame, or empty.
	Function string

	// File and Line are the location in this frame, for non-leaf frames that of the call.
	File string
	Line int

	// startLine is the line of the func keyword.
	startLine int

	// Entry is the entry point of the function, or zero.
	Entry uintptr

	// symbol is the linker's name of the function.
	symbol string
}

// CallersFrames takes a slice of pc values returned by Callers and prepares to return function, file and line
// information. Do not change the slice until you are done with the Frames.
func CallersFrames(callers []uintptr) *Frames {
	return &Frames{callers: callers}
}

// Next returns a Frame representing the next call frame, and whether there are more. If there are no call frames, it
// returns a zero Frame and false.
func (ci *Frames) Next() (frame Frame, more bool) {
	if !ci.have {
		ci.ahead, ci.have = ci.fetch()
	}
	if !ci.have {
		return Frame{}, false
	}
	frame = ci.ahead
	ci.ahead, ci.have = ci.fetch()
	return frame, ci.have
}

func (ci *Frames) fetch() (frame Frame, ok bool) {
	var info pcInfo
	for ci.next != 0 || len(ci.callers) != 0 {
		vpc := ci.next
		if vpc != 0 {
			ci.next = 0
		} else {
			vpc, ci.callers = ci.callers[0], ci.callers[1:]
		}
		pc, index := splitpc(vpc)
		// The words are return addresses; the call is before. A function's entry is taken as it is.
		if pcinfo(pc, 0, &info) == 0 || pc != info.entry {
			pc--
		}
		r := pcinfo(pc, index, &info)
		if r == 0 {
			continue
		}
		entry := info.entry
		if info.flags&pcInlined != 0 {
			entry = entryOf(pc, index+1)
		}
		if r > 1 && len(ci.callers) != 0 {
			// Lists made by other means have no entries for the frames around an inlined one: put them in.
			outer := vpc + 1<<vpcShift
			if ci.callers[0] != outer && !wrapperAt(pc, index+1) {
				ci.next = outer
			}
		}
		frame = Frame{
			PC:        pc | uintptr(index)<<vpcShift,
			Function:  funcNameForPrint(info.name),
			File:      info.file,
			Line:      info.line,
			startLine: info.startLine,
			Entry:     entry,
			symbol:    info.name,
		}
		if info.flags&pcInlined == 0 {
			frame.Func = newFunc(&info, entry)
		}
		return frame, true
	}
	return Frame{}, false
}

// entryOf is the entry of the function that holds pc; its logical frame is the last, at index or later.
func entryOf(pc uintptr, index int) uintptr {
	var info pcInfo
	for ; ; index++ {
		if r := pcinfo(pc, index, &info); r <= 1 {
			return info.entry
		}
	}
}

func wrapperAt(pc uintptr, index int) bool {
	var info pcInfo
	return pcinfo(pc, index, &info) == 0 || info.hidden()
}

// funcNameForPrint shortens type arguments to [...].
func funcNameForPrint(name string) string {
	i := 0
	for i < len(name) && name[i] != '[' {
		i++
	}
	if i == len(name) {
		return name
	}
	b := append(make([]byte, 0, len(name)), name[:i]...)
	depth := 0
	for ; i < len(name); i++ {
		switch c := name[i]; {
		case c == '[':
			if depth == 0 {
				b = append(b, "[...]"...)
			}
			depth++
		case c == ']':
			depth--
		case depth == 0:
			b = append(b, c)
		}
	}
	return string(b)
}

// A Func represents a Go function in the running binary.
type Func struct {
	opaque struct{} // unexported field to disallow conversions
}

// funcImpl is what a Func stands for.
type funcImpl struct {
	entry   uintptr
	name    string
	file    string
	line    int
	inlined bool
}

// newFunc gives a function of the program always the same address, that of its code. Inlined ones have a funcImpl each.
func newFunc(info *pcInfo, entry uintptr) *Func {
	inlined := info.flags&pcInlined != 0
	if !inlined && getmoduledata().hasText(entry) {
		return (*Func)(unsafe.Pointer(entry))
	}
	return (*Func)(unsafe.Pointer(&funcImpl{
		entry: entry, name: info.name, file: info.file, line: info.line, inlined: inlined,
	}))
}

func (f *Func) impl() funcImpl {
	entry := uintptr(unsafe.Pointer(f))
	if !getmoduledata().hasText(entry) {
		return *(*funcImpl)(unsafe.Pointer(f))
	}
	var info pcInfo
	pcinfo(entry, 0, &info)
	return funcImpl{entry: entry, name: info.name, file: info.file, line: info.line}
}

// FuncForPC returns a *Func describing the function that contains the given program counter address, or else nil. If pc
// represents multiple functions because of inlining, it describes the innermost one, with the entry of the outermost.
func FuncForPC(pc uintptr) *Func {
	var info pcInfo
	pc, index := splitpc(pc)
	if pcinfo(pc, index, &info) == 0 {
		return nil
	}
	entry := info.entry
	if info.flags&pcInlined != 0 {
		entry = entryOf(pc, index+1)
	}
	return newFunc(&info, entry)
}

// Name returns the name of the function.
func (f *Func) Name() string {
	if f == nil {
		return ""
	}
	return funcNameForPrint(f.impl().name)
}

// Entry returns the entry address of the function.
func (f *Func) Entry() uintptr { return f.impl().entry }

// FileLine returns the file name and line number of the source code corresponding to the program counter pc, which
// should be within f.
func (f *Func) FileLine(pc uintptr) (file string, line int) {
	fn := f.impl()
	if fn.inlined {
		return fn.file, fn.line
	}
	var info pcInfo
	pc, index := splitpc(pc)
	if pcinfo(pc, index, &info) == 0 {
		return "?", 0
	}
	return info.file, info.line
}

//go:linkname runtime_FrameStartLine runtime/pprof.runtime_FrameStartLine
func runtime_FrameStartLine(f *Frame) int { return f.startLine }

//go:linkname runtime_FrameSymbolName runtime/pprof.runtime_FrameSymbolName
func runtime_FrameSymbolName(f *Frame) string {
	if f.symbol == "" {
		return f.Function
	}
	return f.symbol
}

// runtime_expandFinalInlineFrame adds the frames around the last one, for a list that was cut there.
//
//go:linkname runtime_expandFinalInlineFrame runtime/pprof.runtime_expandFinalInlineFrame
func runtime_expandFinalInlineFrame(stk []uintptr) []uintptr {
	if len(stk) == 0 {
		return stk
	}
	var x expander
	pc, index := splitpc(stk[len(stk)-1])
	x.begin(pc)
	for vpc, ok := x.next(); ok; vpc, ok = x.next() {
		if _, i := splitpc(vpc); i > index {
			stk = append(stk, vpc)
		}
	}
	return stk
}

// expandstack gives the logical frames of a list of return addresses of physical ones, at most limit of them.
func expandstack(pcs []uintptr, limit int) []uintptr {
	out := make([]uintptr, 0, len(pcs)+8)
	var x expander
	for _, pc := range pcs {
		x.begin(pc)
		for vpc, ok := x.next(); ok; vpc, ok = x.next() {
			if len(out) == limit {
				return out
			}
			out = append(out, vpc)
		}
	}
	return out
}

// logicalStack begins a stack that consists of logical frames already.
const logicalStack = ^uintptr(0)

// pprof_fpunwindExpand expands physical frames into logical ones.
//
//go:linkname pprof_fpunwindExpand
func pprof_fpunwindExpand(dst, src []uintptr) int {
	if len(src) > 0 && src[0] == logicalStack {
		return copy(dst, src[1:])
	}
	var x expander
	n := 0
	for _, pc := range src {
		x.begin(pc)
		for vpc, ok := x.next(); ok; vpc, ok = x.next() {
			if n == len(dst) {
				return n
			}
			dst[n] = vpc
			n++
		}
	}
	return n
}
