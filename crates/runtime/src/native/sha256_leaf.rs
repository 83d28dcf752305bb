//! `crypto/internal/fips140/sha256.blockSHANI`: the SHA instructions. Upstream's Go code passes at most 64 KB at a time.

use core::arch::global_asm;

global_asm!(
    r#"
.section .rodata.goxide.sha256,"a",@progbits
.p2align 4
goxide.sha256_swap:
.byte 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12

.section ".text.crypto/internal/fips140/sha256.blockSHANI","ax",@progbits
// Four rounds with the words in \m: `n` is which four. Words further on are prepared meanwhile: \next gets its last part,
// \prev its first.
.macro goxide_rounds n, m, next, prev
.if \n < 4
movdqu \m, [rsi+\n*16]
pshufb \m, xmm8
.endif
movdqa xmm0, \m
paddd xmm0, [rax+\n*16]
sha256rnds2 xmm2, xmm1
.if \n > 2 && \n < 15
movdqa xmm7, \m
palignr xmm7, \prev, 4
paddd \next, xmm7
sha256msg2 \next, \m
.endif
pshufd xmm0, xmm0, 0x0e
sha256rnds2 xmm1, xmm2
.if \n > 0 && \n < 13
sha256msg1 \prev, \m
.endif
.endm

// blockSHANI(dig *Digest, p []byte): rdi, rsi rdx (rcx). The state is the first field.
.globl "crypto/internal/fips140/sha256.blockSHANI"
.type "crypto/internal/fips140/sha256.blockSHANI",@function
.p2align 4
"crypto/internal/fips140/sha256.blockSHANI":
shr rdx, 6
jz 2f
lea rax, [rip+"goxide.sha256_k"]
movdqa xmm8, [rip+goxide.sha256_swap]
// The instructions want the words as ABEF and CDGH.
movdqu xmm7, [rdi]
movdqu xmm2, [rdi+16]
pshufd xmm7, xmm7, 0xb1
pshufd xmm2, xmm2, 0x1b
movdqa xmm1, xmm7
palignr xmm1, xmm2, 8
pblendw xmm2, xmm7, 0xf0
.p2align 4
1:
movdqa xmm9, xmm1
movdqa xmm10, xmm2
goxide_rounds 0, xmm3, xmm4, xmm6
goxide_rounds 1, xmm4, xmm5, xmm3
goxide_rounds 2, xmm5, xmm6, xmm4
goxide_rounds 3, xmm6, xmm3, xmm5
goxide_rounds 4, xmm3, xmm4, xmm6
goxide_rounds 5, xmm4, xmm5, xmm3
goxide_rounds 6, xmm5, xmm6, xmm4
goxide_rounds 7, xmm6, xmm3, xmm5
goxide_rounds 8, xmm3, xmm4, xmm6
goxide_rounds 9, xmm4, xmm5, xmm3
goxide_rounds 10, xmm5, xmm6, xmm4
goxide_rounds 11, xmm6, xmm3, xmm5
goxide_rounds 12, xmm3, xmm4, xmm6
goxide_rounds 13, xmm4, xmm5, xmm3
goxide_rounds 14, xmm5, xmm6, xmm4
goxide_rounds 15, xmm6, xmm3, xmm5
paddd xmm1, xmm9
paddd xmm2, xmm10
add rsi, 64
dec rdx
jnz 1b
pshufd xmm7, xmm1, 0x1b
pshufd xmm2, xmm2, 0xb1
movdqa xmm1, xmm7
pblendw xmm1, xmm2, 0xf0
palignr xmm2, xmm7, 8
movdqu [rdi], xmm1
movdqu [rdi+16], xmm2
2:
ret
.size "crypto/internal/fips140/sha256.blockSHANI",.-"crypto/internal/fips140/sha256.blockSHANI"
.purgem goxide_rounds
.text
"#
);
