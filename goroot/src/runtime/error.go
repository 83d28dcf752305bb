package runtime

import (
	"internal/abi"
	"internal/bytealg"
)

// Error identifies a run time error.
type Error interface {
	error

	// RuntimeError does nothing; having it makes a type a runtime error.
	RuntimeError()
}

// A TypeAssertionError explains a failed type assertion.
type TypeAssertionError struct {
	_interface    *_type
	concrete      *_type
	asserted      *_type
	missingMethod string // a method of asserted that concrete lacks
}

func (*TypeAssertionError) RuntimeError() {}
func (e *TypeAssertionError) Error() string {
	inter := "interface"
	if e._interface != nil {
		inter = toRType(e._interface).string()
	}
	as := toRType(e.asserted).string()
	if e.concrete == nil {
		return "interface conversion: " + inter + " is nil, not " + as
	}
	cs := toRType(e.concrete).string()
	if e.missingMethod != "" {
		return "interface conversion: " + cs + " is not " + as + ": missing method " + e.missingMethod
	}
	msg := "interface conversion: " + inter + " is " + cs + ", not " + as
	if cs == as {
		// The names are the same, so say where the types differ.
		if toRType(e.concrete).pkgpath() != toRType(e.asserted).pkgpath() {
			msg += " (types from different packages)"
		} else {
			msg += " (types from different scopes)"
		}
	}
	return msg
}

// errorString is a runtime error with a fixed text.
type errorString string

func (e errorString) RuntimeError() {}
func (e errorString) Error() string { return "runtime error: " + string(e) }

// errorAddressString is a memory fault at a known address.
type errorAddressString struct {
	msg  string
	addr uintptr
}

func (e errorAddressString) RuntimeError() {}
func (e errorAddressString) Error() string { return "runtime error: " + e.msg }

// Addr is the address that could not be accessed. Available if debug.SetPanicOnFault is on; it is a hint only.
func (e errorAddressString) Addr() uintptr { return e.addr }

// plainError is a runtime error whose text does not start with "runtime error: ".
type plainError string

func (e plainError) RuntimeError() {}
func (e plainError) Error() string { return string(e) }

// A PanicNilError happens when code calls panic(nil), unless GODEBUG=panicnil=1.
type PanicNilError struct {
	// Keeps the type from being convertible to and from any other.
	_ [0]*PanicNilError
}

func (*PanicNilError) Error() string { return "runtime error: panic called with nil argument" }
func (*PanicNilError) RuntimeError() {}

// A boundsError is an index or slice expression out of range. x may be unsigned; y fits in an int.
type boundsError struct {
	x      int64
	y      int
	signed bool
	code   abi.BoundsErrorCode
}

// Texts by abi.BoundsErrorCode; %x and %y stand for the operands.
var boundsErrorFmts = [...]string{
	abi.BoundsIndex:      "index out of range [%x] with length %y",
	abi.BoundsSliceAlen:  "slice bounds out of range [:%x] with length %y",
	abi.BoundsSliceAcap:  "slice bounds out of range [:%x] with capacity %y",
	abi.BoundsSliceB:     "slice bounds out of range [%x:%y]",
	abi.BoundsSlice3Alen: "slice bounds out of range [::%x] with length %y",
	abi.BoundsSlice3Acap: "slice bounds out of range [::%x] with capacity %y",
	abi.BoundsSlice3B:    "slice bounds out of range [:%x:%y]",
	abi.BoundsSlice3C:    "slice bounds out of range [%x:%y:]",
	abi.BoundsConvert:    "cannot convert slice with length %x to array or pointer to array with length %y",
}

// The same where x is negative.
var boundsNegErrorFmts = [...]string{
	abi.BoundsIndex:      "index out of range [%x]",
	abi.BoundsSliceAlen:  "slice bounds out of range [:%x]",
	abi.BoundsSliceAcap:  "slice bounds out of range [:%x]",
	abi.BoundsSliceB:     "slice bounds out of range [%x:]",
	abi.BoundsSlice3Alen: "slice bounds out of range [::%x]",
	abi.BoundsSlice3Acap: "slice bounds out of range [::%x]",
	abi.BoundsSlice3B:    "slice bounds out of range [:%x:]",
	abi.BoundsSlice3C:    "slice bounds out of range [%x::]",
}

func (e boundsError) RuntimeError() {}
func (e boundsError) Error() string {
	format := boundsErrorFmts[e.code]
	if e.signed && e.x < 0 {
		format = boundsNegErrorFmts[e.code]
	}
	b := append(make([]byte, 0, 100), "runtime error: "...)
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b = append(b, format[i])
			continue
		}
		i++
		if format[i] == 'x' {
			b = appendIntStr(b, e.x, e.signed)
		} else {
			b = appendIntStr(b, int64(e.y), true)
		}
	}
	return string(b)
}

// itoa writes val in decimal at the end of buf and returns the digits.
func itoa(buf []byte, val uint64) []byte {
	i := len(buf) - 1
	for val >= 10 {
		buf[i] = byte(val%10 + '0')
		i--
		val /= 10
	}
	buf[i] = byte(val + '0')
	return buf[i:]
}

func appendIntStr(b []byte, v int64, signed bool) []byte {
	if signed && v < 0 {
		b = append(b, '-')
		v = -v
	}
	var buf [20]byte
	return append(b, itoa(buf[:], uint64(v))...)
}

type stringer interface {
	String() string
}

// printpanicval prints the value of a panic. Values of basic types print as such, of types derived from them with the
// type's name, others by type and address (preprintpanics has replaced errors and Stringers by their text).
func printpanicval(v any) {
	switch v := v.(type) {
	case nil:
		print("nil")
	case bool:
		print(v)
	case int:
		print(v)
	case int8:
		print(v)
	case int16:
		print(v)
	case int32:
		print(v)
	case int64:
		print(v)
	case uint:
		print(v)
	case uint8:
		print(v)
	case uint16:
		print(v)
	case uint32:
		print(v)
	case uint64:
		print(v)
	case uintptr:
		print(v)
	case float32:
		print(v)
	case float64:
		print(v)
	case complex64:
		print(v)
	case complex128:
		print(v)
	case string:
		printindented(v)
	default:
		printanycustomtype(v)
	}
}

func printanycustomtype(i any) {
	e := efaceOf(&i)
	ts := toRType(e._type).string()
	p := e.data
	switch e._type.Kind() {
	case abi.String:
		print(ts, `("`)
		printindented(*(*string)(p))
		print(`")`)
	case abi.Bool:
		print(ts, "(", *(*bool)(p), ")")
	case abi.Int:
		print(ts, "(", *(*int)(p), ")")
	case abi.Int8:
		print(ts, "(", *(*int8)(p), ")")
	case abi.Int16:
		print(ts, "(", *(*int16)(p), ")")
	case abi.Int32:
		print(ts, "(", *(*int32)(p), ")")
	case abi.Int64:
		print(ts, "(", *(*int64)(p), ")")
	case abi.Uint:
		print(ts, "(", *(*uint)(p), ")")
	case abi.Uint8:
		print(ts, "(", *(*uint8)(p), ")")
	case abi.Uint16:
		print(ts, "(", *(*uint16)(p), ")")
	case abi.Uint32:
		print(ts, "(", *(*uint32)(p), ")")
	case abi.Uint64:
		print(ts, "(", *(*uint64)(p), ")")
	case abi.Uintptr:
		print(ts, "(", *(*uintptr)(p), ")")
	case abi.Float32:
		print(ts, "(", *(*float32)(p), ")")
	case abi.Float64:
		print(ts, "(", *(*float64)(p), ")")
	case abi.Complex64:
		print(ts, *(*complex64)(p))
	case abi.Complex128:
		print(ts, *(*complex128)(p))
	default:
		print("(", ts, ") ", p)
	}
}

// printindented prints s with a tab after each newline, so that the text of a panic cannot be taken for a traceback.
func printindented(s string) {
	for {
		i := bytealg.IndexByteString(s, '\n')
		if i < 0 {
			break
		}
		i++
		print(s[:i])
		print("\t")
		s = s[i:]
	}
	print(s)
}

// panicwrap reports a value method called through a nil pointer; name is the pointer wrapper's symbol, "pkg.(*T).M".
func panicwrap(name string) {
	i := bytealg.IndexByteString(name, '(')
	j := bytealg.IndexByteString(name, ')')
	if i < 1 || j < i+2 || j+2 > len(name) {
		throw("panicwrap: unexpected method name: " + name)
	}
	// name[i+1] is the star; the dot before the parenthesis and the one after it are kept.
	pkg, typ, meth := name[:i], name[i+2:j], name[j+1:]
	panic(plainError("value method " + pkg + typ + meth + " called using nil *" + typ + " pointer"))
}
