// Comparing string(b), and looking it up, copies nothing; the value is that of the moment.
package main

import (
	"bytes"
	"fmt"
	"testing"
)

type name string

//go:noinline
func change(b []byte) string { b[0] = 'z'; return "abc" }

func main() {
	long := bytes.Repeat([]byte("0123456789"), 10)
	other := bytes.Clone(long)
	m := map[string]int{string(long): 7}
	hits := 0
	fmt.Println(testing.AllocsPerRun(100, func() {
		if string(long) == string(other) && name(long) <= name(other) && bytes.Equal(long, other) && m[string(other)] == 7 {
			hits++
		}
	}), hits > 100)
	b := []byte("abc")
	fmt.Println(string(b) == change(b), string(b))
	fmt.Println(string(b) < "zbd", "zb" < string(b), string(b) != "zbc", string(b) == any("zbc"), any("q") == string(b))
}
