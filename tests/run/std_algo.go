// Sorting, regular expressions, big numbers, hashes, compression, templates, time, random numbers.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"container/heap"
	"container/list"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"io"
	"maps"
	"math"
	"math/big"
	"math/bits"
	"math/rand"
	randv2 "math/rand/v2"
	"regexp"
	"slices"
	"sort"
	"strings"
	"text/template"
	"time"
	"unicode"
)

type person struct {
	name string
	age  int
}

type ih []int

func (h ih) Len() int           { return len(h) }
func (h ih) Less(i, j int) bool { return h[i] < h[j] }
func (h ih) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *ih) Push(x any)        { *h = append(*h, x.(int)) }
func (h *ih) Pop() any {
	o := *h
	x := o[len(o)-1]
	*h = o[:len(o)-1]
	return x
}

func main() {
	ps := []person{{"Al", 30}, {"Bo", 25}, {"Cy", 30}, {"Di", 20}}
	sort.SliceStable(ps, func(i, j int) bool { return ps[i].age < ps[j].age })
	fmt.Println(ps)
	slices.SortFunc(ps, func(a, b person) int { return cmp.Or(-cmp.Compare(a.age, b.age), strings.Compare(a.name, b.name)) })
	fmt.Println(ps)
	r := rand.New(rand.NewSource(42))
	xs := make([]int, 2000)
	for i := range xs {
		xs[i] = r.Intn(10000)
	}
	ys := slices.Clone(xs)
	sort.Ints(xs)
	slices.Sort(ys)
	i, ok := slices.BinarySearch(xs, xs[777])
	fmt.Println(slices.IsSorted(xs), slices.Equal(xs, ys), xs[:5], xs[i] == xs[777], ok)
	h := &ih{5, 2, 8}
	heap.Init(h)
	heap.Push(h, 1)
	for h.Len() > 0 {
		fmt.Print(heap.Pop(h), " ")
	}
	l := list.New()
	l.PushBack(1)
	l.PushFront(0)
	for e := l.Front(); e != nil; e = e.Next() {
		fmt.Print(e.Value, " ")
	}
	fmt.Println()
	re := regexp.MustCompile(`(\w+)@(\w+)\.com`)
	s := "bob@example.com, alice@test.com; nobody@x.org"
	fmt.Println(re.FindAllStringSubmatch(s, -1), re.ReplaceAllString(s, "$2:$1"), re.FindStringIndex(s))
	fmt.Println(regexp.MustCompile(`^(a+)+$`).MatchString(strings.Repeat("a", 30)+"b"), regexp.MustCompile(`(?i)h[aeiou]l+o\b`).FindString("say HeLLo there"))
	a, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	b := big.NewInt(987654321)
	fmt.Println(new(big.Int).Mul(a, b), new(big.Int).Exp(big.NewInt(3), big.NewInt(200), nil), new(big.Int).Mod(a, b), new(big.Int).GCD(nil, nil, a, b))
	f := new(big.Int).MulRange(1, 60)
	fmt.Println(f, f.BitLen(), new(big.Int).Sqrt(f), big.NewInt(1000003).ProbablyPrime(10))
	fmt.Println(new(big.Rat).Add(big.NewRat(1, 3), big.NewRat(1, 6)), new(big.Float).SetPrec(100).Quo(big.NewFloat(1), big.NewFloat(3)))
	fmt.Printf("%x\n%x\n%x\n", md5.Sum([]byte("go")), sha256.Sum256([]byte("go")), sha512.Sum512([]byte("go")))
	m := hmac.New(sha256.New, []byte("key"))
	m.Write([]byte("msg"))
	hf := fnv.New64a()
	hf.Write([]byte("hello"))
	fmt.Printf("%x %08x %x\n", m.Sum(nil), crc32.ChecksumIEEE([]byte("hello world")), hf.Sum64())
	blk, _ := aes.NewCipher([]byte("0123456789abcdef"))
	g, _ := cipher.NewGCM(blk)
	ct := g.Seal(nil, make([]byte, 12), []byte("secret"), nil)
	pt, err := g.Open(nil, make([]byte, 12), ct, nil)
	fmt.Printf("%x %s %v\n", ct, pt, err)
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	sig := ed25519.Sign(key, []byte("m"))
	fmt.Printf("%x %v\n", sig[:8], ed25519.Verify(key.Public().(ed25519.PublicKey), []byte("m"), sig))
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	for i := range 1000 {
		fmt.Fprintf(zw, "line %d of the text\n", i)
	}
	zw.Close()
	zr, err := gzip.NewReader(&buf)
	data, err2 := io.ReadAll(zr)
	fmt.Println(err, err2, len(data), crc32.ChecksumIEEE(data))
	tm := template.Must(template.New("t").Funcs(template.FuncMap{"up": strings.ToUpper}).Parse("{{range $i, $p := .}}{{if $i}}, {{end}}{{$p.N | up | printf \"%-4s\"}}={{len $p.L}}{{else}}none{{end}}\n"))
	var sb strings.Builder
	err = tm.Execute(&sb, []struct {
		N string
		L []int
	}{{"ab", []int{1}}, {"c", nil}})
	fmt.Print(sb.String(), err, "\n")
	t := time.Date(2024, time.February, 28, 23, 59, 59, 123456789, time.UTC)
	fmt.Println(t.Add(time.Second).Format(time.RFC3339Nano), t.AddDate(0, 0, 2).Weekday(), t.YearDay(), t.Unix(), t.Truncate(time.Hour).Format("Jan _2 15:04 2006"))
	p, err := time.Parse("2006-01-02 15:04:05 -0700", "2023-12-25 08:30:00 +0200")
	fmt.Println(p.UTC(), err, t.Sub(p).Round(time.Minute))
	_, err = time.Parse(time.Kitchen, "25:00PM")
	fmt.Println(err)
	fmt.Println(math.Sqrt(2), math.Pow(2, 0.5), math.Sin(1), math.Exp(1), math.Log(10), math.Floor(-1.5), math.Round(2.5), math.Mod(7, -3), math.Hypot(3, 4), math.Cbrt(27), math.Gamma(5), math.FMA(2, 3, 4))
	hi, lo := bits.Mul64(1<<63, 6)
	q, rem := bits.Div64(1, 5, 7)
	fmt.Println(bits.OnesCount(255), bits.LeadingZeros32(1), bits.TrailingZeros(8), bits.Reverse8(1), bits.RotateLeft32(1, 31), hi, lo, q, rem, bits.Len(1023))
	fmt.Println(r.Intn(100), r.Float64(), r.Perm(5), randv2.New(randv2.NewPCG(1, 2)).IntN(1000), randv2.New(randv2.NewChaCha8([32]byte{1})).Uint64())
	fmt.Println(unicode.IsUpper('É'), unicode.ToLower('É') == 'é', unicode.Is(unicode.Han, '世'), string(unicode.ToTitle('ß')))
	mm := map[string]int{"b": 2, "a": 1, "c": 3}
	fmt.Println(slices.Sorted(maps.Keys(mm)), slices.Max(xs) == xs[len(xs)-1], slices.Index([]string{"x", "y"}, "y"), slices.Collect(slices.Chunk([]int{1, 2, 3, 4, 5}, 2)), slices.Compact([]int{1, 1, 2, 2, 1}))
}
