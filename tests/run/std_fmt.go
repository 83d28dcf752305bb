// Formatting, scanning, conversion.
package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

type P struct {
	X, Y int
	n    *P
	M    map[string]float64
}

func main() {
	p := P{1, -2, nil, map[string]float64{"b": 2.5, "a": math.Pi}}
	fmt.Printf("%v %+v %#v %T\n", p, p, p, p)
	fmt.Printf("%d|%5d|%-5d|%05d|%x|%X|%o|%b|%c|%q|%U\n", 42, 42, 42, 42, 255, 255, 8, 5, 'A', 'é', 0x1F600)
	fmt.Printf("%f %.2f %8.3f %e %g %G %v\n", 3.14159, 2.71828, 1.0, 123456.789, 1e21, 1e-7, float32(0.1))
	fmt.Printf("%s|%10s|%-10s|%q|%x|% x|%.2s\n", "hi", "hi", "hi", "a\"b\n", "hex", "hex", "trunc")
	fmt.Printf("%t %v %p %v\n", true, nil, nil, []any{1, "a", nil, 2.5, []byte("x")})
	fmt.Printf("%v %v %v\n", math.Inf(1), math.NaN(), -0.0)
	fmt.Printf("%6.2f|%-8v|%+d|%x|%X\n", 1.005, "s", 5, []byte{1, 171}, "Hi")
	fmt.Printf("%[2]d %[1]d %d %!|%z %d\n", 1, 2, 3)
	fmt.Printf("%v %s\n", errors.New("err"), fmt.Errorf("w: %w", os.ErrNotExist))
	fmt.Printf("%v %v\n", time.Duration(3723)*time.Second, 1500*time.Microsecond)
	fmt.Println(strconv.Itoa(-45), strconv.Quote("\x00é☺"), strconv.FormatFloat(1.0/3, 'g', -1, 32), strconv.FormatInt(-255, 16))
	n, err := strconv.Atoi("12x")
	fmt.Println(n, err)
	f, err := strconv.ParseFloat("1e400", 64)
	fmt.Println(f, err)
	b, err := strconv.ParseBool("true")
	fmt.Println(b, err)
	u, err := strconv.ParseUint("18446744073709551615", 10, 64)
	fmt.Println(u, err)
	var a int
	var s string
	var fl float64
	k, err := fmt.Sscanf("7 abc 2.5", "%d %s %f", &a, &s, &fl)
	fmt.Println(k, err, a, s, fl)
	k, err = fmt.Sscan("1 2", &a, &fl)
	fmt.Println(k, err, a, fl)
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, "a\tbbb\tc")
	fmt.Fprintln(w, "aaaa\tb\tccccc")
	w.Flush()
	fmt.Println(strings.Fields("  a b  c "), strings.Split("a,b,c", ","), strings.Repeat("ab", 3), strings.Title("hello world"))
	fmt.Println(strings.NewReplacer("a", "1", "b", "2").Replace("abcab"), strings.EqualFold("Straße", "STRASSE"), strings.Map(func(r rune) rune { return r + 1 }, "HAL"))
	fmt.Println(strings.Index("chicken", "ken"), strings.LastIndex("go gopher", "go"), strings.TrimFunc("123abc456", func(r rune) bool { return r < 'a' }))
	for _, x := range []float64{0, 1, 0.1, 1e6, 1e20, 1e21, 123456789, 1.5e-5, 5e-324, math.MaxFloat64} {
		fmt.Print(x, " ")
	}
	fmt.Println()
	fmt.Printf("%v %+.3e %08.3f %x\n", 1+2i, complex(1, -1), -3.14159, 1.5)
	type E int
	fmt.Printf("%v %d %s\n", E(3), E(3), E(3))
	fmt.Printf("%3c|%-3c|%03d|%+q|%#x|%#o|%#q\n", 'x', 'y', -5, "é", 255, 8, "raw`")
	fmt.Printf("%*d|%-*d|%.*f\n", 5, 1, 5, 2, 2, 3.14159)
}
