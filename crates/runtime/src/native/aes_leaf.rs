//! `crypto/internal/fips140/aes`: single blocks and counter mode, with the AES instructions.
//!
//! Round keys are what `native.…expandKeyAsm` wrote: 16 bytes each, in the order they are used.

use core::arch::global_asm;

global_asm!(
    r#"
.section .rodata.goxide.aes,"a",@progbits
.p2align 4
// All bytes reversed; then 0 … 7 to add.
goxide.aes_reverse:
.byte 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0
.quad 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0
.section ".text.crypto/internal/fips140/aes","ax",@progbits
.macro goxide_fn name
.globl "crypto/internal/fips140/aes.\name"
.type "crypto/internal/fips140/aes.\name",@function
.p2align 4
"crypto/internal/fips140/aes.\name":
.endm
.macro goxide_end name
.size "crypto/internal/fips140/aes.\name",.-"crypto/internal/fips140/aes.\name"
.endm
.macro goxide_round op, off
movdqu xmm1, [rsi+\off]
\op xmm0, xmm1
.endm

// encryptBlockAsm, decryptBlockAsm(nr int, xk *uint32, dst, src *byte): rdi rsi rdx rcx
.macro goxide_block name, round, last
goxide_fn \name
movdqu xmm0, [rcx]
movdqu xmm1, [rsi]
pxor xmm0, xmm1
add rsi, 16
cmp edi, 12
je 2f
jb 3f
goxide_round \round, 0
goxide_round \round, 16
add rsi, 32
2:
goxide_round \round, 0
goxide_round \round, 16
add rsi, 32
3:
goxide_round \round, 0
goxide_round \round, 16
goxide_round \round, 32
goxide_round \round, 48
goxide_round \round, 64
goxide_round \round, 80
goxide_round \round, 96
goxide_round \round, 112
goxide_round \round, 128
goxide_round \last, 144
movdqu [rdx], xmm0
ret
goxide_end \name
.endm
goxide_block encryptBlockAsm, aesenc, aesenclast
goxide_block decryptBlockAsm, aesdec, aesdeclast

// ctrBlocksNAsm(nr int, xk *[60]uint32, dst, src *[N*16]byte, ivlo, ivhi uint64): rdi rsi rdx rcx r8, ivhi in the block.
// Counters are 128-bit numbers, stored with the most significant byte first.
.macro goxide_counter x, first
.ifb \first
add r8, 1
adc r9, 0
.endif
mov rax, r9
mov r10, r8
bswap rax
bswap r10
movq \x, rax
pinsrq \x, r10, 1
.endm
.macro goxide_xor x, i
movdqu xmm8, [rcx+\i*16]
pxor \x, xmm8
movdqu [rdx+\i*16], \x
.endm
.macro goxide_each n, op
\op xmm0, xmm8
.if \n > 1
\op xmm1, xmm8
.endif
.if \n > 2
\op xmm2, xmm8
\op xmm3, xmm8
.endif
.if \n > 4
\op xmm4, xmm8
\op xmm5, xmm8
\op xmm6, xmm8
\op xmm7, xmm8
.endif
.endm
.macro goxide_count x, i
movdqa \x, [rax+16+\i*16]
paddq \x, xmm8
pshufb \x, xmm9
.endm
.macro goxide_ctr n
goxide_fn ctrBlocks\n\()Asm
mov r9, [r9]
.if \n == 8
// Unless the low half runs over, the counters are the first one plus 0 … 7.
cmp r8, -8
ja 1f
lea rax, [rip+goxide.aes_reverse]
movq xmm8, r8
pinsrq xmm8, r9, 1
test byte ptr [rip+"goxide.cpu"], 2
jnz 4f
movdqa xmm9, [rax]
goxide_count xmm0, 0
goxide_count xmm1, 1
goxide_count xmm2, 2
goxide_count xmm3, 3
goxide_count xmm4, 4
goxide_count xmm5, 5
goxide_count xmm6, 6
goxide_count xmm7, 7
jmp 3f
// Two blocks in a register.
4:
vinserti128 ymm8, ymm8, xmm8, 1
vbroadcasti128 ymm9, [rax]
vpaddq ymm0, ymm8, [rax+16]
vpaddq ymm1, ymm8, [rax+48]
vpaddq ymm2, ymm8, [rax+80]
vpaddq ymm3, ymm8, [rax+112]
vbroadcasti128 ymm10, [rsi]
vpshufb ymm0, ymm0, ymm9
vpshufb ymm1, ymm1, ymm9
vpshufb ymm2, ymm2, ymm9
vpshufb ymm3, ymm3, ymm9
vpxor ymm0, ymm0, ymm10
vpxor ymm1, ymm1, ymm10
vpxor ymm2, ymm2, ymm10
vpxor ymm3, ymm3, ymm10
dec edi
5:
add rsi, 16
vbroadcasti128 ymm10, [rsi]
vaesenc ymm0, ymm0, ymm10
vaesenc ymm1, ymm1, ymm10
vaesenc ymm2, ymm2, ymm10
vaesenc ymm3, ymm3, ymm10
dec edi
jnz 5b
vbroadcasti128 ymm10, [rsi+16]
vaesenclast ymm0, ymm0, ymm10
vaesenclast ymm1, ymm1, ymm10
vaesenclast ymm2, ymm2, ymm10
vaesenclast ymm3, ymm3, ymm10
vpxor ymm0, ymm0, [rcx]
vpxor ymm1, ymm1, [rcx+32]
vpxor ymm2, ymm2, [rcx+64]
vpxor ymm3, ymm3, [rcx+96]
vmovdqu [rdx], ymm0
vmovdqu [rdx+32], ymm1
vmovdqu [rdx+64], ymm2
vmovdqu [rdx+96], ymm3
vzeroupper
ret
1:
.endif
goxide_counter xmm0, first
.if \n > 1
goxide_counter xmm1
.endif
.if \n > 2
goxide_counter xmm2
goxide_counter xmm3
.endif
.if \n > 4
goxide_counter xmm4
goxide_counter xmm5
goxide_counter xmm6
goxide_counter xmm7
.endif
3:
movdqu xmm8, [rsi]
goxide_each \n, pxor
dec edi
2:
add rsi, 16
movdqu xmm8, [rsi]
goxide_each \n, aesenc
dec edi
jnz 2b
movdqu xmm8, [rsi+16]
goxide_each \n, aesenclast
goxide_xor xmm0, 0
.if \n > 1
goxide_xor xmm1, 1
.endif
.if \n > 2
goxide_xor xmm2, 2
goxide_xor xmm3, 3
.endif
.if \n > 4
goxide_xor xmm4, 4
goxide_xor xmm5, 5
goxide_xor xmm6, 6
goxide_xor xmm7, 7
.endif
ret
goxide_end ctrBlocks\n\()Asm
.endm
goxide_ctr 1
goxide_ctr 2
goxide_ctr 4
goxide_ctr 8
.purgem goxide_fn
.purgem goxide_end
.purgem goxide_round
.purgem goxide_block
.purgem goxide_counter
.purgem goxide_xor
.purgem goxide_each
.purgem goxide_ctr
.purgem goxide_count
.text

// xorBytes(dst, a, b *byte, n int): rdi rsi rdx rcx
.section ".text.crypto/internal/fips140/subtle.xorBytes","ax",@progbits
.globl "crypto/internal/fips140/subtle.xorBytes"
.type "crypto/internal/fips140/subtle.xorBytes",@function
.p2align 4
"crypto/internal/fips140/subtle.xorBytes":
cmp rcx, 16
jb 3f
cmp rcx, 64
jb 2f
1:
movdqu xmm0, [rsi]
movdqu xmm1, [rsi+16]
movdqu xmm2, [rsi+32]
movdqu xmm3, [rsi+48]
movdqu xmm4, [rdx]
movdqu xmm5, [rdx+16]
movdqu xmm6, [rdx+32]
movdqu xmm7, [rdx+48]
pxor xmm0, xmm4
pxor xmm1, xmm5
pxor xmm2, xmm6
pxor xmm3, xmm7
movdqu [rdi], xmm0
movdqu [rdi+16], xmm1
movdqu [rdi+32], xmm2
movdqu [rdi+48], xmm3
add rsi, 64
add rdx, 64
add rdi, 64
sub rcx, 64
cmp rcx, 64
jae 1b
cmp rcx, 16
jb 3f
2:
movdqu xmm0, [rsi]
movdqu xmm1, [rdx]
pxor xmm0, xmm1
movdqu [rdi], xmm0
add rsi, 16
add rdx, 16
add rdi, 16
sub rcx, 16
cmp rcx, 16
jae 2b
3:
test cl, 8
jz 4f
mov rax, [rsi]
xor rax, [rdx]
mov [rdi], rax
add rsi, 8
add rdx, 8
add rdi, 8
4:
test cl, 4
jz 5f
mov eax, [rsi]
xor eax, [rdx]
mov [rdi], eax
add rsi, 4
add rdx, 4
add rdi, 4
5:
and ecx, 3
jz 7f
6:
movzx eax, byte ptr [rsi]
xor al, [rdx]
mov [rdi], al
inc rsi
inc rdx
inc rdi
dec ecx
jnz 6b
7:
ret
.size "crypto/internal/fips140/subtle.xorBytes",.-"crypto/internal/fips140/subtle.xorBytes"
.text
"#
);
