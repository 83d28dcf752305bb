// Byte searches, comparison, hashing of memory and XOR at every length and alignment, with input that ends at the end of
// a page behind which nothing may be read, and input that begins at the beginning of one.
package main

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"hash/maphash"
	"strings"
	"syscall"
	"unsafe"
)

const page = 4096

// guarded is some pages with no access before and behind.
func guarded(pages int) []byte {
	b, err := syscall.Mmap(-1, 0, (pages+2)*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	for _, at := range []int{0, (pages + 1) * page} {
		if err := syscall.Mprotect(b[at:at+page], syscall.PROT_NONE); err != nil {
			panic(err)
		}
	}
	return b[page : (pages+1)*page : (pages+1)*page]
}

// ends gives n bytes at the beginning, at the end and at some places inside of m, across the page boundary too.
func ends(m []byte, n int) [][]byte {
	r := [][]byte{m[:n:n], m[len(m)-n:]}
	for _, at := range []int{1, 7, 31, page - 1, page - 15, page - 16, page - n/2, len(m) - n - 1, len(m) - n - 9} {
		if at >= 0 && at+n <= len(m) {
			r = append(r, m[at:at+n:at+n])
		}
	}
	return r
}

func str(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func indexByte(b []byte, c byte) int {
	for i, x := range b {
		if x == c {
			return i
		}
	}
	return -1
}

func count(b []byte, c byte) (n int) {
	for _, x := range b {
		if x == c {
			n++
		}
	}
	return
}

func compare(a, b []byte) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			if a[i] < b[i] {
				return -1
			}
			return 1
		}
	}
	return len(a) - len(b)
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func index(s, sep []byte) int {
	for i := 0; i+len(sep) <= len(s); i++ {
		if compare(s[i:i+len(sep)], sep) == 0 {
			return i
		}
	}
	return -1
}

type rng uint64

func (r *rng) next() uint64 {
	x := uint64(*r)
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	*r = rng(x)
	return x
}

func check(ok bool, what string, args ...any) {
	if !ok {
		panic(what + fmt.Sprint(args...))
	}
}

func bytesAndCounts(m []byte) {
	r := rng(1)
	for n := 0; n < 300; n++ {
		for _, s := range ends(m, n) {
			for k := 0; k < 4; k++ {
				// What is searched for is everywhere around the input, so that reading too much would show.
				for i := range m {
					m[i] = 'x'
				}
				for i := range s {
					s[i] = byte('a' + r.next()%3)
				}
				if n > 0 && k > 0 {
					s[int(r.next()%uint64(n))] = 'x'
					s[int(r.next()%uint64(n))] = 'x'
				}
				check(bytes.IndexByte(s, 'x') == indexByte(s, 'x'), "IndexByte", n, k)
				check(strings.IndexByte(str(s), 'x') == indexByte(s, 'x'), "IndexByteString", n, k)
				for _, c := range []byte("xa") {
					check(bytes.Count(s, []byte{c}) == count(s, c), "Count", n, k)
					check(strings.Count(str(s), string(rune(c))) == count(s, c), "CountString", n, k)
				}
			}
		}
	}
	big := make([]byte, 1<<20)
	for i := range big {
		big[i] = byte(i % 251)
	}
	check(bytes.Count(big, []byte{250}) == count(big, 250), "Count of many")
	check(bytes.IndexByte(big, 255) == -1, "IndexByte of many")
}

func compares(m, o []byte) {
	r := rng(2)
	for n := 0; n < 300; n++ {
		as, bs := ends(m, n), ends(o, n)
		for i, a := range as {
			b := bs[(i*5+1)%len(bs)]
			for j := range m {
				m[j], o[j] = 1, 2
			}
			for j := range a {
				a[j] = byte(r.next())
			}
			copy(b, a)
			check(bytes.Equal(a, b) && str(a) == str(b), "Equal", n)
			check(bytes.Compare(a, b) == 0, "Compare equal", n)
			if n == 0 {
				continue
			}
			for k := 0; k < 8; k++ {
				at := int(r.next() % uint64(n))
				old := b[at]
				b[at] ^= byte(1 << (r.next() & 7))
				check(!bytes.Equal(a, b) && str(a) != str(b), "not Equal", n, at)
				want := sign(compare(a, b))
				check(bytes.Compare(a, b) == want, "Compare", n, at)
				check(strings.Compare(str(a), str(b)) == want, "strings.Compare", n, at)
				check((str(a) < str(b)) == (want < 0), "<", n, at)
				b[at] = old
				short := b[:at]
				check(bytes.Compare(a, short) == 1 && bytes.Compare(short, a) == -1, "Compare of lengths", n, at)
			}
		}
	}
}

func indexes(m []byte) {
	r := rng(3)
	sep := make([]byte, 70)
	edge := guarded(1)
	for n := 0; n < 200; n++ {
		for _, s := range ends(m, n) {
			for k := 0; k < 6; k++ {
				letters := uint64(2 + k/3)
				for i := range m {
					m[i] = byte('a' + r.next()%letters)
				}
				l := int(r.next() % 70)
				if k%2 == 0 {
					l = int(r.next() % 6)
				}
				p := sep[:l]
				if l <= n && k%3 != 0 {
					at := int(r.next() % uint64(n-l+1))
					copy(p, s[at:])
				} else {
					for i := range p {
						p[i] = byte('a' + r.next()%letters)
					}
				}
				// The needle at the end of a page.
				q := edge[len(edge)-l:]
				copy(q, p)
				want := index(s, q)
				check(bytes.Index(s, q) == want, "Index", n, l)
				check(strings.Index(str(s), str(q)) == want, "strings.Index", n, l)
				check(strings.Contains(str(s), str(q)) == (want >= 0), "Contains", n, l)
			}
		}
	}
}

func hashes(m []byte) {
	seed := maphash.MakeSeed()
	seen := map[uint64]int{}
	for n := 0; n < 300; n++ {
		var first uint64
		for k, s := range ends(m, n) {
			for i := range m {
				m[i] = byte(k)
			}
			for i := range s {
				s[i] = byte(i * 7)
			}
			h := maphash.Bytes(seed, s)
			if k == 0 {
				first = h
			}
			check(h == first, "hash depends on the place", n)
			check(maphash.String(seed, str(s)) == h, "hash of a string", n)
			if n > 0 {
				s[k%n] ^= 0x40
				check(maphash.Bytes(seed, s) != h, "hash ignores a byte", n, k%n)
			}
			if n > 0 {
				s[n-1-k%n] ^= 0x11
				check(maphash.Bytes(seed, s) != h, "hash ignores a byte", n, n-1-k%n)
			}
		}
		seen[first]++
	}
	check(len(seen) == 300, "hashes of prefixes collide")
	// Keys of maps of all sizes, at page ends.
	keys := map[string]int{}
	for n := 0; n < 200; n++ {
		for _, s := range ends(m, n) {
			for i := range s {
				s[i] = byte(n + i)
			}
			keys[string(s)] = n
		}
	}
	check(len(keys) == 200, "keys")
	for n := 0; n < 200; n++ {
		for _, s := range ends(m, n) {
			for i := range s {
				s[i] = byte(n + i)
			}
			check(keys[str(s)] == n, "lookup", n)
		}
	}
}

func xors(m, o []byte) {
	r := rng(4)
	dst := make([]byte, 400)
	for n := 0; n < 300; n++ {
		for i, a := range ends(m, n) {
			b := ends(o, n)[i]
			for j := range a {
				a[j], b[j] = byte(r.next()), byte(r.next())
			}
			for j := range dst {
				dst[j] = 77
			}
			d := dst[i : i+n]
			check(subtle.XORBytes(d, a, b) == n, "XORBytes")
			for j, x := range d {
				check(x == a[j]^b[j], "XORBytes", n, j)
			}
			check(dst[i+n] == 77 && (i == 0 || dst[i-1] == 77), "XORBytes writes too much", n)
		}
	}
}

func main() {
	m, o := guarded(2), guarded(2)
	bytesAndCounts(m)
	compares(m, o)
	indexes(m)
	hashes(m)
	xors(m, o)
	// A fault in a search is the caller's.
	func() {
		defer func() { fmt.Println("fault:", recover() != nil) }()
		var p *[64]byte
		fmt.Println(bytes.IndexByte(p[:], 1))
	}()
	fmt.Println("ok")
}
