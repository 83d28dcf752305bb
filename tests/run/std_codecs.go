// Compression, hashes, ciphers, images, archives, big numbers.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"hash/crc64"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/big"
	"math/rand"
	"strings"
)

func data(n int) []byte {
	r := rand.New(rand.NewSource(1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Intn(8) * r.Intn(30))
	}
	return b
}

type rec struct {
	A int
	B []string
	C map[string]float64
	D *rec
}

func main() {
	d := data(100000)
	var z bytes.Buffer
	for lvl := 1; lvl <= 9; lvl += 4 {
		z.Reset()
		w, _ := gzip.NewWriterLevel(&z, lvl)
		w.Write(d)
		w.Close()
		r, err := gzip.NewReader(bytes.NewReader(z.Bytes()))
		if err != nil {
			panic(err)
		}
		got, err := io.ReadAll(r)
		fmt.Println("gzip", lvl, z.Len(), bytes.Equal(got, d), err)
	}
	z.Reset()
	zw := zlib.NewWriter(&z)
	zw.Write(d)
	zw.Close()
	zr, _ := zlib.NewReader(&z)
	got, err := io.ReadAll(zr)
	fmt.Println("zlib", bytes.Equal(got, d), err)
	_, err = io.ReadAll(flate.NewReader(strings.NewReader("garbage")))
	fmt.Println(err)
	fmt.Printf("%x\n%x\n%x\n%x\n", md5.Sum(d), sha1.Sum(d), sha256.Sum256(d), sha512.Sum512(d))
	h := fnv.New64a()
	h.Write(d)
	fmt.Println(crc32.ChecksumIEEE(d), crc32.Checksum(d, crc32.MakeTable(crc32.Castagnoli)), adler32.Checksum(d), crc64.Checksum(d, crc64.MakeTable(crc64.ECMA)), h.Sum64())
	m := hmac.New(sha256.New, []byte("key"))
	m.Write(d)
	fmt.Println(hex.EncodeToString(m.Sum(nil)))
	blk, err := aes.NewCipher([]byte("0123456789abcdef"))
	if err != nil {
		panic(err)
	}
	gcm, _ := cipher.NewGCM(blk)
	sealed := gcm.Seal(nil, make([]byte, 12), d[:1000], []byte("ad"))
	opened, err := gcm.Open(nil, make([]byte, 12), sealed, []byte("ad"))
	fmt.Printf("%x %v %v\n", sealed[:16], bytes.Equal(opened, d[:1000]), err)
	ctr := cipher.NewCTR(blk, make([]byte, 16))
	out := make([]byte, 64)
	ctr.XORKeyStream(out, d[:64])
	fmt.Println(base64.StdEncoding.EncodeToString(out))
	priv := ed25519.NewKeyFromSeed(make([]byte, 32))
	sig := ed25519.Sign(priv, d)
	fmt.Printf("%x %v\n", sig[:8], ed25519.Verify(priv.Public().(ed25519.PublicKey), d, sig))
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for y := range 30 {
		for x := range 40 {
			img.Set(x, y, color.RGBA{uint8(x * 6), uint8(y * 8), uint8(x ^ y), 255})
		}
	}
	var pb bytes.Buffer
	png.Encode(&pb, img)
	dec, name, err := image.Decode(bytes.NewReader(pb.Bytes()))
	fmt.Printf("%s %v %v %x\n", name, err, dec.At(7, 9), sha256.Sum256(pb.Bytes()))
	var ab bytes.Buffer
	zipw := zip.NewWriter(&ab)
	fw, _ := zipw.Create("a.txt")
	fw.Write(d[:5000])
	zipw.Close()
	zrd, err := zip.NewReader(bytes.NewReader(ab.Bytes()), int64(ab.Len()))
	rc, _ := zrd.File[0].Open()
	got, _ = io.ReadAll(rc)
	fmt.Println(zrd.File[0].Name, len(got), err)
	ab.Reset()
	tw := tar.NewWriter(&ab)
	tw.WriteHeader(&tar.Header{Name: "t", Size: 3, Mode: 0o644})
	tw.Write([]byte("abc"))
	tw.Close()
	hd, err := tar.NewReader(&ab).Next()
	fmt.Println(hd.Name, hd.Size, err)
	var gb bytes.Buffer
	in := rec{1, []string{"x", "y"}, map[string]float64{"pi": 3.14}, &rec{A: 2}}
	fmt.Println(gob.NewEncoder(&gb).Encode(in))
	var back rec
	fmt.Println(gob.NewDecoder(&gb).Decode(&back), back.A, back.B, back.C, back.D.A)
	xb, err := xml.MarshalIndent(struct {
		XMLName xml.Name `xml:"root"`
		ID      int      `xml:"id,attr"`
		Items   []string `xml:"items>item"`
	}{ID: 5, Items: []string{"a<", "b"}}, "", " ")
	fmt.Println(string(xb), err)
	recs, err := csv.NewReader(strings.NewReader("a,\"b,c\"\n1,2\n")).ReadAll()
	fmt.Println(recs, err)
	var bb bytes.Buffer
	binary.Write(&bb, binary.BigEndian, struct {
		A uint16
		B int32
		C [2]uint8
	}{1, -2, [2]uint8{3, 4}})
	fmt.Println(bb.Bytes())
	f := big.NewInt(1)
	for i := int64(2); i <= 200; i++ {
		f.Mul(f, big.NewInt(i))
	}
	q, rem := new(big.Int).QuoRem(f, new(big.Int).Exp(big.NewInt(7), big.NewInt(60), nil), new(big.Int))
	fmt.Println(f.BitLen(), q.String()[:30], rem, new(big.Int).GCD(nil, nil, big.NewInt(84), big.NewInt(36)), big.NewInt(1_000_003).ProbablyPrime(20))
	fl, _, _ := big.ParseFloat("2", 10, 500, big.ToNearestEven)
	fmt.Println(new(big.Float).Sqrt(fl).Text('f', 100))
	fmt.Println(new(big.Rat).Add(big.NewRat(1, 3), big.NewRat(1, 6)))
}
