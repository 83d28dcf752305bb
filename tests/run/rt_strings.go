// Conversions between strings, bytes, runes and integers; concatenation; range over strings.
package main

import "fmt"

//go:noinline
func id[X any](x X) X { return x }

type MyString string
type MyBytes []byte

func main() {
	a, b, c := id("héllo"), id(""), id("wörld €𝄞")
	fmt.Println(a+b == a, b+a == a, a+c, a+" "+c+"!"+b, len(a+b+c+a+b+c))
	bs := []byte(c)
	bs[0] = 'W'
	fmt.Println(string(bs), c, len(bs), cap(bs) >= len(bs))
	rs := []rune(a + c)
	rs[1] = 'e'
	fmt.Println(len(rs), string(rs), string(rs[6:7]))
	for i, r := range "a\xffé\xe2\x82€\xf0\x9d\x84\x9e\xed\xa0\x80z" {
		fmt.Printf("%d:%x ", i, r)
	}
	fmt.Println()
	fmt.Printf("%q %q %q %q\n", string(rune(id(65))), string(rune(id(0x20ac))), string(rune(id(-1))), string(rune(id(0x110000))))
	fmt.Printf("%q\n", string([]rune{0xd800, 'a', 0x10ffff}))
	fmt.Printf("%q %q\n", string(id([]byte{})), string(id([]rune(nil))))
	fmt.Println(a < c, a > c, a == "héllo", a != c, "abc" < "abd", "ab" < "abc", "b" > "abc")
	s := ""
	for i := range 300 {
		s += string(rune('a' + i%26))
	}
	fmt.Println(len(s), s[290:])
	m := MyString("my")
	fmt.Println(string(m)+"s", []byte(m), MyString(MyBytes("x"))+m)
	fmt.Println([]byte("a"+a+"b"), []byte(nil) == nil, []byte("") == nil)
	x := []byte("abc")
	y := append(x[:1], "zz"...)
	fmt.Println(string(x), string(y), copy(x, "hello"), string(x))
	n := 0
	for range "日本語" {
		n++
	}
	fmt.Println(n, len("日本語"), len([]rune("日本語")))
	switch id("two") {
	case "one":
		fmt.Println(1)
	case "two":
		fmt.Println(2)
	}
	k := map[string]int{"abc": 3}
	fmt.Println(k[string([]byte{'a', 'b', 'c'})])
	single := string([]byte{200})
	fmt.Printf("%x %d\n", single, len(single))
}
