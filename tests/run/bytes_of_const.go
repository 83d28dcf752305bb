// The bytes of a constant string are new at each conversion, and stay in the frame where nobody keeps them.
package main

import (
	"bytes"
	"fmt"
	"testing"
)

type octets []octet
type octet byte

var kept [][]byte

func next() []byte { return []byte("abc") }

func main() {
	a, b := next(), next()
	a[0] = 'x'
	fmt.Println(string(a), string(b), string(next()), len(a), cap(a))
	for i := range 3 {
		c := []byte("loop")
		c[i] = '_'
		kept = append(kept, c)
	}
	fmt.Printf("%s\n", kept)
	o := octets("named")
	o[0]++
	fmt.Println(o, len([]byte("")), []byte("") == nil, []byte("é"), []byte("\xff\x00"), []byte("1"))
	line := []byte("some text")
	fmt.Println(testing.AllocsPerRun(100, func() {
		if bytes.Contains(line, []byte("tex")) && bytes.IndexByte([]byte("abcdef"), 'f') == 5 && bytes.HasPrefix(line, []byte("some")) {
			line[0] ^= 0
		}
	}))
}
