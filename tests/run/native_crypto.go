// Hashes, ciphers, checksums and big integers at all lengths, alignments and at the ends of pages: digests of all results,
// the same as those of the reference toolchain.
package main

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"math/big"
	"runtime"
	"syscall"
	"time"
)

const page = 4096

// guarded is memory with nothing accessible before and behind.
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

type rng uint64

func (r *rng) next() uint64 {
	x := uint64(*r)
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	*r = rng(x)
	return x
}

func (r *rng) fill(b []byte) {
	for i := range b {
		b[i] = byte(r.next() >> 24)
	}
}

// all is a digest of what went through it, in plain Go.
type all uint64

func (a *all) add(b ...byte) {
	for _, x := range b {
		*a = (*a ^ all(x)) * 1099511628211
	}
}

func hashes(m []byte) {
	for _, h := range []struct {
		name string
		h    func() hash.Hash
	}{
		{"md5", md5.New}, {"sha1", sha1.New}, {"sha256", sha256.New}, {"sha512", sha512.New}, {"sha384", sha512.New384},
		{"sha3", func() hash.Hash { return sha3.New256() }},
	} {
		r := rng(7)
		sum := all(1)
		for n := 0; n < 700; n++ {
			s := m[len(m)-n:]
			if n&1 == 1 {
				s = m[:n]
			}
			r.fill(s)
			d := h.h()
			d.Write(s)
			sum.add(d.Sum(nil)...)
			// In two parts, at another alignment.
			d.Reset()
			k := 0
			if n > 0 {
				k = int(r.next() % uint64(n))
			}
			d.Write(s[:k])
			d.Write(s[k:])
			sum.add(d.Sum(nil)...)
		}
		big := make([]byte, 300000)
		r.fill(big)
		d := h.h()
		d.Write(big[1:])
		sum.add(d.Sum(nil)...)
		fmt.Printf("%s %x\n", h.name, sum)
	}
}

func checksums(m []byte) {
	r := rng(9)
	var a, b all
	table := crc32.MakeTable(crc32.Castagnoli)
	add := func(s []byte) {
		start := uint32(r.next())
		a.add(binary.LittleEndian.AppendUint32(nil, crc32.Update(start, crc32.IEEETable, s))...)
		b.add(binary.LittleEndian.AppendUint32(nil, crc32.Update(start, table, s))...)
	}
	r.fill(m)
	for n := 0; n < 1200; n++ {
		add(m[len(m)-n:])
		add(m[:n])
		add(m[n&15 : n&15+n])
	}
	big := make([]byte, 400000)
	r.fill(big)
	for _, n := range []int{4031, 4032, 4033, 8190, 65536, 65537, 65536 + 64, 65600 + 16, 399999} {
		add(big[:n])
		add(big[len(big)-n:])
	}
	fmt.Printf("crc32 %x castagnoli %x\n", a, b)
}

func ciphers(m, o []byte) {
	r := rng(11)
	for _, size := range []int{16, 24, 32} {
		var ecb, ctr, gcm, cbc all
		key := make([]byte, size)
		for k := 0; k < 20; k++ {
			r.fill(key)
			b, _ := aes.NewCipher(key)
			src, dst := m[len(m)-16:], o[len(o)-16:]
			r.fill(src)
			b.Encrypt(dst, src)
			ecb.add(dst...)
			back := make([]byte, 16)
			b.Decrypt(back, dst)
			if !bytes.Equal(back, src) {
				panic("Decrypt")
			}
			b.Decrypt(dst, src)
			ecb.add(dst...)
		}
		b, _ := aes.NewCipher(key)
		iv := make([]byte, 16)
		for n := 0; n < 400; n++ {
			src, dst := m[len(m)-n:], o[len(o)-n:]
			if n&1 == 1 {
				src, dst = m[:n], o[1:n+1]
			}
			r.fill(src)
			r.fill(iv)
			if n%3 == 0 {
				// The counter runs over.
				for i := 3 + n%8; i < 16; i++ {
					iv[i] = 0xff
				}
			}
			s := cipher.NewCTR(b, iv)
			k := 0
			if n > 0 {
				k = int(r.next() % uint64(n))
			}
			s.XORKeyStream(dst[:k], src[:k])
			s.XORKeyStream(dst[k:], src[k:])
			ctr.add(dst...)
			whole := n &^ 15
			cipher.NewCBCEncrypter(b, iv).CryptBlocks(dst[:whole], src[:whole])
			cbc.add(dst[:whole]...)
			cipher.NewCBCDecrypter(b, iv).CryptBlocks(dst[:whole], src[:whole])
			cbc.add(dst[:whole]...)
		}
		for _, nonceSize := range []int{12, 7, 16, 33} {
			g, _ := cipher.NewGCMWithNonceSize(b, nonceSize)
			nonce := make([]byte, nonceSize)
			for n := 0; n < 420; n += 1 + n/200 {
				src := m[len(m)-n:]
				r.fill(src)
				r.fill(nonce)
				aad := make([]byte, int(r.next()%200))
				r.fill(aad)
				out := g.Seal(o[len(o)-n-16:len(o)-n-16], nonce, src, aad)
				gcm.add(out...)
				back, err := g.Open(nil, nonce, out, aad)
				if err != nil || !bytes.Equal(back, src) {
					panic("Open")
				}
				out[int(r.next()%uint64(len(out)))] ^= 4
				if _, err := g.Open(nil, nonce, out, aad); err == nil {
					panic("forged")
				}
			}
		}
		g, _ := cipher.NewGCM(b)
		big := make([]byte, 200001)
		r.fill(big)
		out := g.Seal(nil, big[:12], big, big[:100000])
		gcm.add(out...)
		// In place.
		inplace, err := g.Open(out[:0], big[:12], out, big[:100000])
		if err != nil || !bytes.Equal(inplace, big) {
			panic("Open of much")
		}
		fmt.Printf("aes-%d %x ctr %x cbc %x gcm %x\n", size*8, ecb, ctr, cbc, gcm)
	}
}

func integers() {
	r := rng(13)
	var sum all
	num := func(words int) *big.Int {
		b := make([]byte, words*8)
		r.fill(b)
		switch r.next() & 7 {
		case 0:
			for i := range b {
				b[i] = 0xff
			}
		case 1:
			clear(b[:len(b)/2])
		case 2:
			clear(b[len(b)/2:])
		}
		return new(big.Int).SetBytes(b)
	}
	add := func(x *big.Int) { sum.add(x.Bytes()...) }
	for n := 0; n < 70; n++ {
		for k := 0; k < 12; k++ {
			x, y := num(n), num(int(r.next()%70))
			add(new(big.Int).Add(x, y))
			add(new(big.Int).Sub(x, y))
			add(new(big.Int).Mul(x, y))
			add(new(big.Int).Mul(x, x))
			s := uint(r.next() % 200)
			add(new(big.Int).Lsh(x, s))
			add(new(big.Int).Rsh(x, s))
			z := new(big.Int).Set(x)
			z.Lsh(z, s)
			z.Rsh(z, s)
			if z.Cmp(x) != 0 {
				panic("shifts")
			}
			z.Add(z, z)
			z.Sub(z, x)
			if z.Cmp(x) != 0 {
				panic("sums")
			}
			if y.Sign() != 0 {
				q, m := new(big.Int).DivMod(x, y, new(big.Int))
				add(q)
				add(m)
				if q.Mul(q, y).Add(q, m).Cmp(x) != 0 {
					panic("quotient")
				}
			}
			sum.add([]byte(x.String())...)
		}
	}
	p, q := num(40), num(40)
	m := new(big.Int).SetBit(num(40), 0, 1)
	add(p.Exp(p, q, m))
	fmt.Printf("big %x\n", sum)
}

// A modulus of each size that has its own code.
func signatures() {
	var sum all
	for _, bits := range []int{1024, 1536, 2048, 3072} {
		r := rng(17 + bits)
		prime := func() *big.Int {
			b := make([]byte, bits/16)
			r.fill(b)
			b[0] |= 0xc0
			x := new(big.Int).SetBit(new(big.Int).SetBytes(b), 0, 1)
			for e := big.NewInt(65537); ; x.Add(x, big.NewInt(2)) {
				one := new(big.Int).Sub(x, big.NewInt(1))
				if x.ProbablyPrime(1) && new(big.Int).GCD(nil, nil, e, one).IsInt64() && new(big.Int).GCD(nil, nil, e, one).Int64() == 1 {
					return x
				}
			}
		}
		p, q := prime(), prime()
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: new(big.Int).ModInverse(big.NewInt(65537), phi), Primes: []*big.Int{p, q}}
		k.Precompute()
		d := sha256.Sum256([]byte("text"))
		s, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, d[:])
		if err != nil {
			panic(err)
		}
		if err := rsa.VerifyPKCS1v15(&k.PublicKey, crypto.SHA256, d[:], s); err != nil {
			panic(err)
		}
		sum.add(s...)
	}
	fmt.Printf("rsa %x\n", sum)
}

// A goroutine in a long operation can be stopped.
func stops() {
	big := make([]byte, 64<<20)
	b, _ := aes.NewCipher(big[:16])
	g, _ := cipher.NewGCM(b)
	stop := make(chan bool)
	done := make(chan bool)
	go func() {
		out := make([]byte, 0, len(big)+16)
		for {
			select {
			case <-stop:
				close(done)
				return
			default:
			}
			g.Seal(out, big[:12], big, nil)
			sha512.Sum512(big[:16<<20])
			sha1.Sum(big[:16<<20])
			crc32.ChecksumIEEE(big)
		}
	}()
	worst := time.Duration(0)
	for i := 0; i < 5; i++ {
		time.Sleep(time.Millisecond)
		begin := time.Now()
		runtime.GC()
		worst = max(worst, time.Since(begin))
	}
	close(stop)
	<-done
	fmt.Println("stopped in time:", worst < time.Second)
}

func main() {
	m, o := guarded(2), guarded(2)
	hashes(m)
	checksums(m)
	ciphers(m, o)
	integers()
	signatures()
	stops()
}
