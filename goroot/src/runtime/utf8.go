package runtime

import _ "unsafe" // for linkname

// UTF-8, without which strings cannot be converted; unicode/utf8 is above this package.
const (
	runeError    = '\uFFFD'
	runeSelf     = 0x80
	maxRune      = '\U0010FFFF'
	surrogateMin = 0xD800
	surrogateMax = 0xDFFF
)

func countrunes(s string) int {
	n := 0
	for range s {
		n++
	}
	return n
}

// decoderune decodes the character that starts at s[k], for which s[k] >= runeSelf, and gives the position after it.
// An invalid one is one byte of runeError.
//
//go:linkname decoderune
func decoderune(s string, k int) (r rune, pos int) {
	b0 := rune(s[k])
	rest := len(s) - k
	if rest >= 2 {
		b1 := rune(s[k+1])
		if b1&0xC0 == 0x80 {
			b1 &= 0x3F
			if b0&0xE0 == 0xC0 {
				if r := b0&0x1F<<6 | b1; r >= runeSelf {
					return r, k + 2
				}
			} else if rest >= 3 {
				b2 := rune(s[k+2])
				if b2&0xC0 == 0x80 {
					b2 &= 0x3F
					if b0&0xF0 == 0xE0 {
						r := b0&0x0F<<12 | b1<<6 | b2
						if r >= 0x800 && (r < surrogateMin || r > surrogateMax) {
							return r, k + 3
						}
					} else if rest >= 4 && b0&0xF8 == 0xF0 {
						b3 := rune(s[k+3])
						if b3&0xC0 == 0x80 {
							r := b0&0x07<<18 | b1<<12 | b2<<6 | b3&0x3F
							if 0x10000 <= r && r <= maxRune {
								return r, k + 4
							}
						}
					}
				}
			}
		}
	}
	return runeError, k + 1
}

// encoderune writes r at the start of p, which must have room for it, and gives the number of bytes.
func encoderune(p []byte, r rune) int {
	if uint32(r) < runeSelf {
		p[0] = byte(r)
		return 1
	}
	if uint32(r) < 0x800 {
		_ = p[1]
		p[0] = 0xC0 | byte(r>>6)
		p[1] = 0x80 | byte(r)&0x3F
		return 2
	}
	if uint32(r) > maxRune || surrogateMin <= r && r <= surrogateMax {
		r = runeError
	}
	if r < 0x10000 {
		_ = p[2]
		p[0] = 0xE0 | byte(r>>12)
		p[1] = 0x80 | byte(r>>6)&0x3F
		p[2] = 0x80 | byte(r)&0x3F
		return 3
	}
	_ = p[3]
	p[0] = 0xF0 | byte(r>>18)
	p[1] = 0x80 | byte(r>>12)&0x3F
	p[2] = 0x80 | byte(r>>6)&0x3F
	p[3] = 0x80 | byte(r)&0x3F
	return 4
}
