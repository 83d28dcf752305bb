package runtime

import "unsafe"

// tmpBuf is a buffer in the caller's frame for a string or slice that does not outlive the frame. The functions that take
// one are not inlined: escape analysis wants to see the calls.
type tmpBuf [32]byte

// concatstrings joins a. A string that lies in a stack buffer must not be an operand unless the result may not outlive it
// either, because a single non-empty operand is returned as it is.
//
//go:noinline
func concatstrings(buf *tmpBuf, a []string) string {
	total, count, last := 0, 0, 0
	for i := range a {
		n := len(a[i])
		if n == 0 {
			continue
		}
		if total+n < total {
			throw("string concatenation too long")
		}
		total += n
		count++
		last = i
	}
	switch count {
	case 0:
		return ""
	case 1:
		return a[last]
	}
	p := stringspace(buf, total)
	at := p
	for i := range a {
		if n := len(a[i]); n != 0 {
			memmove(at, unsafe.Pointer(unsafe.StringData(a[i])), uintptr(n))
			at = add(at, uintptr(n))
		}
	}
	return unsafe.String((*byte)(p), total)
}

//go:noinline
func concatstring2(buf *tmpBuf, a, b string) string {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	total := len(a) + len(b)
	if total < 0 {
		throw("string concatenation too long")
	}
	p := stringspace(buf, total)
	memmove(p, unsafe.Pointer(unsafe.StringData(a)), uintptr(len(a)))
	memmove(add(p, uintptr(len(a))), unsafe.Pointer(unsafe.StringData(b)), uintptr(len(b)))
	return unsafe.String((*byte)(p), total)
}

// concatbytes is []byte of the concatenation.
//
//go:noinline
func concatbytes(buf *tmpBuf, a []string) []byte {
	total := 0
	for i := range a {
		if total+len(a[i]) < total {
			throw("string concatenation too long")
		}
		total += len(a[i])
	}
	if total == 0 {
		return []byte{}
	}
	b := bytespace(buf, total)
	at := 0
	for i := range a {
		at += copy(b[at:], a[i])
	}
	return b
}

// stringspace is room for n bytes, in buf if they fit. Its contents are undefined.
func stringspace(buf *tmpBuf, n int) unsafe.Pointer {
	if buf != nil && n <= len(buf) {
		return unsafe.Pointer(buf)
	}
	return mallocgc(uintptr(n), nil, false)
}

// bytespace is a slice of length n, in buf if it fits, whose contents up to n are undefined and zero beyond.
func bytespace(buf *tmpBuf, n int) []byte {
	if buf != nil && n <= len(buf) {
		*buf = tmpBuf{}
		return buf[:n]
	}
	p, c := rawbytes(uintptr(n))
	return unsafe.Slice((*byte)(p), int(c))[:n]
}

//go:noinline
func slicebytetostring(buf *tmpBuf, ptr *byte, n int) string {
	if n == 0 {
		return ""
	}
	if n == 1 {
		return unsafe.String((*byte)(unsafe.Pointer(&staticuint64s[*ptr])), 1)
	}
	p := stringspace(buf, n)
	memmove(p, unsafe.Pointer(ptr), uintptr(n))
	return unsafe.String((*byte)(p), n)
}

// slicebytetostringtmp is the string with the slice's own memory.
func slicebytetostringtmp(ptr *byte, n int) string {
	return unsafe.String(ptr, n)
}

//go:noinline
func stringtoslicebyte(buf *tmpBuf, s string) []byte {
	b := bytespace(buf, len(s))
	copy(b, s)
	return b
}

//go:noinline
func stringtoslicerune(buf *[32]rune, s string) []rune {
	n := countrunes(s)
	var a []rune
	if buf != nil && n <= len(buf) {
		*buf = [32]rune{}
		a = buf[:n]
	} else {
		if uintptr(n) > maxAlloc/4 {
			throw("out of memory")
		}
		p, c := rawbytes(uintptr(n) * 4)
		a = unsafe.Slice((*rune)(p), int(c/4))[:n]
	}
	n = 0
	for _, r := range s {
		a[n] = r
		n++
	}
	return a
}

//go:noinline
func slicerunetostring(buf *tmpBuf, a []rune) string {
	var one [4]byte
	n := 0
	for _, r := range a {
		n += encoderune(one[:], r)
	}
	if n == 0 {
		return ""
	}
	// Slack, in case another goroutine changes the slice between the two passes.
	p := stringspace(buf, n+3)
	b := unsafe.Slice((*byte)(p), n+3)
	at := 0
	for _, r := range a {
		if at >= n {
			break
		}
		at += encoderune(b[at:], r)
	}
	return unsafe.String((*byte)(p), at)
}

//go:noinline
func intstring(buf *[4]byte, v int64) string {
	var b []byte
	if buf != nil {
		b = buf[:]
	} else {
		b = unsafe.Slice((*byte)(mallocgc(4, nil, false)), 4)
	}
	if int64(rune(v)) != v {
		v = runeError
	}
	n := encoderune(b, rune(v))
	return unsafe.String(&b[0], n)
}

// findnull is the length of the zero-terminated string s.
func findnull(s *byte) int {
	if s == nil {
		return 0
	}
	n := 0
	for *(*byte)(add(unsafe.Pointer(s), uintptr(n))) != 0 {
		n++
	}
	return n
}

// gostring copies a zero-terminated string.
//
//go:linkname gostring
func gostring(p *byte) string {
	n := findnull(p)
	if n == 0 {
		return ""
	}
	b := make([]byte, n)
	memmove(unsafe.Pointer(&b[0]), unsafe.Pointer(p), uintptr(n))
	return unsafe.String(&b[0], n)
}

//go:linkname internal_syscall_gostring internal/syscall/unix.gostring
func internal_syscall_gostring(p *byte) string { return gostring(p) }

// atoi64 parses a decimal number; the whole of s must be one.
func atoi64(s string) (int64, bool) {
	neg := false
	if len(s) > 1 && s[0] == '-' {
		neg = true
		s = s[1:]
	}
	if s == "" || len(s) > 18 {
		return 0, false
	}
	n := int64(0)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}
