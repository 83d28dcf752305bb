//! `internal/bytealg`, comparison of memory and of strings: leaves in assembly with Go's convention.
//!
//! Each has an SSE2 body; inputs of 64 bytes and more use AVX2 where the processor has it. Short inputs matter most: they
//! are loaded whole, by overlapping loads from both ends, or by one 16-byte load where that stays within the page (an
//! aligned page never ends inside of it), so no byte outside of a page that holds input is touched.
//!
//! Arguments by `docs/abi.md`: a slice is three words, so the second slice of `Compare` and `Index` is in the block at r9.
//! A byte comes in the low 8 bits of its register; the rest is undefined. May change rax rcx rdx rsi rdi r8–r11 and all
//! vector registers. No stack, so a fault here is the caller's (`io::signal`): all lies between `goxide.bytealg_lo` and `_hi`.

use core::arch::global_asm;

global_asm!(
    r#"
.section .rodata.goxide.bytealg,"a",@progbits
.p2align 4
// 16 bytes of ones before 16 of zeros: loading at +16-n keeps the first n bytes.
goxide.firstn:
.fill 16, 1, 255
.fill 16, 1, 0
.section .text.goxide.bytealg,"ax",@progbits
.globl "goxide.bytealg_lo"
.globl "goxide.bytealg_hi"
"goxide.bytealg_lo":

.macro goxide_fn name
.globl "\name"
.type "\name",@function
.p2align 4
"\name":
.endm
.macro goxide_end name
.size "\name",.-"\name"
.endm
// The low byte of \r in all bytes of \x.
.macro goxide_splat x, r
movd \x, \r
punpcklbw \x, \x
pshuflw \x, \x, 0
punpcklqdq \x, \x
.endm

// IndexByte(b []byte, c byte) int: rdi rsi (rdx) cl
goxide_fn internal/bytealg.IndexByte
mov edx, ecx
goxide_end internal/bytealg.IndexByte
// IndexByteString(s string, c byte) int: rdi rsi dl. Falls through from above.
.globl "internal/bytealg.IndexByteString"
.type "internal/bytealg.IndexByteString",@function
"internal/bytealg.IndexByteString":
goxide_splat xmm0, edx
cmp rsi, 16
jb 5f
movdqu xmm1, [rdi]
pcmpeqb xmm1, xmm0
pmovmskb eax, xmm1
test eax, eax
jnz 8f
cmp rsi, 64
jae 3f
mov ecx, 16
1:
lea r8, [rcx+16]
cmp r8, rsi
ja 2f
movdqu xmm1, [rdi+rcx]
pcmpeqb xmm1, xmm0
pmovmskb eax, xmm1
test eax, eax
jnz 7f
mov rcx, r8
jmp 1b
// The last 16, overlapping.
2:
lea rcx, [rsi-16]
movdqu xmm1, [rdi+rcx]
pcmpeqb xmm1, xmm0
pmovmskb eax, xmm1
test eax, eax
jz 9f
7:
bsf eax, eax
add rax, rcx
ret
8:
bsf eax, eax
ret
9:
mov rax, -1
ret
3:
mov ecx, 16
test byte ptr [rip+"goxide.cpu"], 1
jz 1b
vpbroadcastb ymm0, xmm0
xor ecx, ecx
lea r9, [rsi-64]
.p2align 4
4:
vpcmpeqb ymm1, ymm0, [rdi+rcx]
vpcmpeqb ymm2, ymm0, [rdi+rcx+32]
vpor ymm3, ymm1, ymm2
vpmovmskb eax, ymm3
test eax, eax
jnz 41f
add rcx, 64
cmp rcx, r9
jbe 4b
cmp rcx, rsi
je 42f
mov rcx, r9
vpcmpeqb ymm1, ymm0, [rdi+rcx]
vpcmpeqb ymm2, ymm0, [rdi+rcx+32]
vpor ymm3, ymm1, ymm2
vpmovmskb eax, ymm3
test eax, eax
jz 42f
41:
vpmovmskb eax, ymm1
vpmovmskb edx, ymm2
shl rdx, 32
or rax, rdx
bsf rax, rax
add rax, rcx
vzeroupper
ret
42:
vzeroupper
mov rax, -1
ret
// Fewer than 16.
5:
test rsi, rsi
jz 9b
lea eax, [rdi+16]
test eax, 0xff0
jz 6f
movdqu xmm1, [rdi]
pcmpeqb xmm1, xmm0
pmovmskb eax, xmm1
bsf eax, eax
jz 9b
cmp eax, esi
jae 9b
ret
// Near the end of a page: the 16 bytes that end where the input ends.
6:
movdqu xmm1, [rdi+rsi-16]
pcmpeqb xmm1, xmm0
pmovmskb eax, xmm1
mov ecx, 16
sub ecx, esi
shr eax, cl
bsf eax, eax
jz 9b
ret
goxide_end internal/bytealg.IndexByteString

// Count(b []byte, c byte) int: rdi rsi (rdx) cl
goxide_fn internal/bytealg.Count
mov edx, ecx
goxide_end internal/bytealg.Count
.globl "internal/bytealg.CountString"
.type "internal/bytealg.CountString",@function
"internal/bytealg.CountString":
goxide_splat xmm0, edx
xor eax, eax
cmp rsi, 16
jb 5f
cmp rsi, 64
jb 1f
test byte ptr [rip+"goxide.cpu"], 1
jnz 3f
1:
pxor xmm4, xmm4
pxor xmm5, xmm5
// rcx: bytes before the last, partial block
lea r8, [rdi+rsi-16]
2:
movdqu xmm1, [rdi]
pcmpeqb xmm1, xmm0
pxor xmm2, xmm2
psubb xmm2, xmm1
psadbw xmm2, xmm4
paddq xmm5, xmm2
add rdi, 16
cmp rdi, r8
jbe 2b
// The last 16 without those that were counted: rdi-r8 of them.
lea r9, [rip+goxide.firstn]
sub rdi, r8
movdqu xmm1, [r8]
pcmpeqb xmm1, xmm0
sub r9, rdi
movdqu xmm3, [r9+16]
pandn xmm3, xmm1
pxor xmm2, xmm2
psubb xmm2, xmm3
psadbw xmm2, xmm4
paddq xmm5, xmm2
movq rax, xmm5
psrldq xmm5, 8
movq rcx, xmm5
add rax, rcx
ret
3:
vpbroadcastb ymm0, xmm0
vpxor ymm4, ymm4, ymm4
vpxor ymm5, ymm5, ymm5
lea r8, [rdi+rsi-64]
.p2align 4
4:
vpcmpeqb ymm1, ymm0, [rdi]
vpcmpeqb ymm2, ymm0, [rdi+32]
vpaddb ymm1, ymm1, ymm2
vpsubb ymm1, ymm4, ymm1
vpsadbw ymm1, ymm1, ymm4
vpaddq ymm5, ymm5, ymm1
add rdi, 64
cmp rdi, r8
jbe 4b
vextracti128 xmm1, ymm5, 1
vpaddq xmm5, xmm5, xmm1
vpsrldq xmm1, xmm5, 8
vpaddq xmm5, xmm5, xmm1
vmovq rax, xmm5
// The last 64 without those that were counted.
vpcmpeqb ymm1, ymm0, [r8]
vpcmpeqb ymm2, ymm0, [r8+32]
vpmovmskb edx, ymm1
vpmovmskb r9d, ymm2
shl r9, 32
or rdx, r9
mov rcx, rdi
sub rcx, r8
cmp rcx, 64
je 41f
shr rdx, cl
popcnt rdx, rdx
add rax, rdx
41:
vzeroupper
ret
5:
test esi, esi
jz 7f
lea ecx, [rdi+16]
test ecx, 0xff0
jz 6f
movdqu xmm1, [rdi]
pcmpeqb xmm1, xmm0
lea r9, [rip+goxide.firstn+16]
sub r9, rsi
movdqu xmm3, [r9]
pand xmm1, xmm3
51:
pxor xmm4, xmm4
pxor xmm2, xmm2
psubb xmm2, xmm1
psadbw xmm2, xmm4
movq rax, xmm2
psrldq xmm2, 8
movq rcx, xmm2
add rax, rcx
7:
ret
6:
movdqu xmm1, [rdi+rsi-16]
pcmpeqb xmm1, xmm0
lea r9, [rip+goxide.firstn]
movdqu xmm3, [r9+rsi]
// ones where no input is
pandn xmm3, xmm1
movdqa xmm1, xmm3
jmp 51b
goxide_end internal/bytealg.CountString

// Compare(a, b []byte) int: rdi rsi (rdx), b in the block
goxide_fn internal/bytealg.Compare
mov rdx, [r9]
mov rcx, [r9+8]
goxide_end internal/bytealg.Compare
// cmpstring(a, b string) int: rdi rsi rdx rcx
.globl "runtime.cmpstring"
.type "runtime.cmpstring",@function
"runtime.cmpstring":
cmp rdi, rdx
je 9f
mov r8, rsi
cmp rcx, rsi
cmovb r8, rcx
cmp r8, 8
jb 5f
mov rax, [rdi]
mov r9, [rdx]
cmp rax, r9
jne 8f
cmp r8, 16
ja 2f
mov rax, [rdi+r8-8]
mov r9, [rdx+r8-8]
cmp rax, r9
je 9f
8:
bswap rax
bswap r9
cmp rax, r9
sbb eax, eax
or eax, 1
movsxd rax, eax
ret
// All equal as far as both go: the lengths decide.
9:
xor eax, eax
cmp rsi, rcx
seta al
sbb rax, 0
ret
2:
xor eax, eax
cmp r8, 64
ja 3f
21:
lea r9, [rax+16]
cmp r9, r8
jae 22f
movdqu xmm0, [rdi+rax]
movdqu xmm1, [rdx+rax]
pcmpeqb xmm0, xmm1
pmovmskb r10d, xmm0
xor r10d, 0xffff
jnz 23f
mov rax, r9
jmp 21b
22:
lea rax, [r8-16]
movdqu xmm0, [rdi+rax]
movdqu xmm1, [rdx+rax]
pcmpeqb xmm0, xmm1
pmovmskb r10d, xmm0
xor r10d, 0xffff
jz 9b
23:
bsf r10d, r10d
add rax, r10
movzx r9d, byte ptr [rdi+rax]
movzx eax, byte ptr [rdx+rax]
cmp r9d, eax
sbb eax, eax
or eax, 1
movsxd rax, eax
ret
3:
test byte ptr [rip+"goxide.cpu"], 1
jz 21b
lea r11, [r8-64]
.p2align 4
31:
vmovdqu ymm0, [rdi+rax]
vmovdqu ymm1, [rdi+rax+32]
vpcmpeqb ymm0, ymm0, [rdx+rax]
vpcmpeqb ymm1, ymm1, [rdx+rax+32]
vpand ymm2, ymm0, ymm1
vpmovmskb r10d, ymm2
cmp r10d, -1
jne 33f
add rax, 64
cmp rax, r11
jb 31b
mov rax, r11
vmovdqu ymm0, [rdi+rax]
vmovdqu ymm1, [rdi+rax+32]
vpcmpeqb ymm0, ymm0, [rdx+rax]
vpcmpeqb ymm1, ymm1, [rdx+rax+32]
vpand ymm2, ymm0, ymm1
vpmovmskb r10d, ymm2
cmp r10d, -1
jne 33f
vzeroupper
jmp 9b
33:
vpmovmskb r10d, ymm0
vpmovmskb r9d, ymm1
vzeroupper
shl r9, 32
or r10, r9
not r10
bsf r10, r10
add rax, r10
movzx r9d, byte ptr [rdi+rax]
movzx eax, byte ptr [rdx+rax]
cmp r9d, eax
sbb eax, eax
or eax, 1
movsxd rax, eax
ret
// Fewer than 8: the first and the last 4 as one number, or the first, middle and last byte.
5:
cmp r8d, 4
jb 6f
mov eax, [rdi]
mov r9d, [rdx]
mov r10d, [rdi+r8-4]
mov r11d, [rdx+r8-4]
shl r10, 32
shl r11, 32
or rax, r10
or r9, r11
cmp rax, r9
jne 8b
jmp 9b
6:
test r8d, r8d
jz 9b
mov r11, r8
shr r11, 1
movzx eax, byte ptr [rdi]
movzx r9d, byte ptr [rdx]
shl eax, 8
shl r9d, 8
movzx r10d, byte ptr [rdi+r11]
movzx r11d, byte ptr [rdx+r11]
or eax, r10d
or r9d, r11d
shl eax, 8
shl r9d, 8
movzx r10d, byte ptr [rdi+r8-1]
movzx r11d, byte ptr [rdx+r8-1]
or eax, r10d
or r9d, r11d
cmp eax, r9d
je 9b
sbb eax, eax
or eax, 1
movsxd rax, eax
ret
goxide_end runtime.cmpstring

// memequal(a, b unsafe.Pointer, n uintptr) bool: rdi rsi rdx
goxide_fn runtime.memequal
cmp rdx, 8
jb 5f
cmp rdx, 16
ja 1f
mov rax, [rdi]
mov rcx, [rdi+rdx-8]
xor rax, [rsi]
xor rcx, [rsi+rdx-8]
or rax, rcx
sete al
movzx eax, al
ret
1:
cmp rdx, 32
ja 2f
11:
movdqu xmm0, [rdi]
movdqu xmm1, [rsi]
movdqu xmm2, [rdi+rdx-16]
movdqu xmm3, [rsi+rdx-16]
pcmpeqb xmm0, xmm1
pcmpeqb xmm2, xmm3
pand xmm0, xmm2
pmovmskb eax, xmm0
cmp eax, 0xffff
sete al
movzx eax, al
ret
2:
cmp rdi, rsi
je 8f
cmp rdx, 64
jbe 22f
test byte ptr [rip+"goxide.cpu"], 1
jnz 3f
22:
movdqu xmm0, [rdi]
movdqu xmm1, [rsi]
movdqu xmm2, [rdi+16]
movdqu xmm3, [rsi+16]
pcmpeqb xmm0, xmm1
pcmpeqb xmm2, xmm3
pand xmm0, xmm2
pmovmskb eax, xmm0
cmp eax, 0xffff
jne 9f
add rdi, 32
add rsi, 32
sub rdx, 32
cmp rdx, 32
ja 22b
// 1…32 left and at least 32 before: the last 32.
lea rdi, [rdi+rdx-32]
lea rsi, [rsi+rdx-32]
mov edx, 32
jmp 11b
3:
lea rcx, [rdx-64]
xor r8d, r8d
.p2align 4
31:
vmovdqu ymm0, [rdi+r8]
vmovdqu ymm1, [rdi+r8+32]
vpcmpeqb ymm0, ymm0, [rsi+r8]
vpcmpeqb ymm1, ymm1, [rsi+r8+32]
vpand ymm0, ymm0, ymm1
vpmovmskb eax, ymm0
cmp eax, -1
jne 32f
add r8, 64
cmp r8, rcx
jb 31b
vmovdqu ymm0, [rdi+rcx]
vmovdqu ymm1, [rdi+rcx+32]
vpcmpeqb ymm0, ymm0, [rsi+rcx]
vpcmpeqb ymm1, ymm1, [rsi+rcx+32]
vpand ymm0, ymm0, ymm1
vpmovmskb eax, ymm0
cmp eax, -1
jne 32f
vzeroupper
mov eax, 1
ret
32:
vzeroupper
9:
xor eax, eax
ret
5:
cmp edx, 4
jb 6f
mov eax, [rdi]
mov ecx, [rdi+rdx-4]
xor eax, [rsi]
xor ecx, [rsi+rdx-4]
or eax, ecx
sete al
movzx eax, al
ret
6:
test edx, edx
jz 8f
mov rcx, rdx
shr rcx, 1
movzx eax, byte ptr [rdi]
movzx r8d, byte ptr [rdi+rcx]
movzx r9d, byte ptr [rdi+rdx-1]
xor al, [rsi]
xor r8b, [rsi+rcx]
xor r9b, [rsi+rdx-1]
or eax, r8d
or eax, r9d
sete al
movzx eax, al
ret
8:
mov eax, 1
ret
goxide_end runtime.memequal

// Positions r8 + (bits of r9d) have the first and the last of rcx bytes right: return the first where all of them are,
// or go to \next.
.macro goxide_candidates next, wide
70:
bsf eax, r9d
add rax, r8
cmp rcx, 8
jb 73f
add rdi, rax
xor r10d, r10d
71:
mov r11, [rdi+r10]
cmp r11, [rdx+r10]
jne 72f
add r10, 8
lea r11, [r10+8]
cmp r11, rcx
jb 71b
mov r11, [rdi+rcx-8]
cmp r11, [rdx+rcx-8]
je 75f
72:
sub rdi, rax
jmp 78f
73:
lea r11, [rdi+rax]
cmp ecx, 4
jb 74f
mov r10d, [r11]
cmp r10d, [rdx]
jne 78f
mov r10d, [r11+rcx-4]
cmp r10d, [rdx+rcx-4]
je 75f
jmp 78f
74:
cmp ecx, 3
jb 75f
movzx r10d, byte ptr [r11+1]
cmp r10b, [rdx+1]
jne 78f
75:
.ifnb \wide
vzeroupper
.endif
ret
78:
lea r10d, [r9-1]
and r9d, r10d
jnz 70b
jmp \next
.endm

// Index(a, b []byte) int: rdi rsi (rdx), b in the block
goxide_fn internal/bytealg.Index
mov rdx, [r9]
mov rcx, [r9+8]
goxide_end internal/bytealg.Index
// IndexString(a, b string) int: rdi rsi rdx rcx. Positions where the first and the last byte of b match, 16 or 32 at a
// time, are looked at more closely.
.globl "internal/bytealg.IndexString"
.type "internal/bytealg.IndexString",@function
"internal/bytealg.IndexString":
xor eax, eax
test rcx, rcx
jz 8f
// rsi: the last position where b fits
sub rsi, rcx
jl 9f
movzx eax, byte ptr [rdx]
movzx r8d, byte ptr [rdx+rcx-1]
goxide_splat xmm0, eax
goxide_splat xmm1, r8d
xor r8d, r8d
cmp rsi, 15
jb 5f
cmp rsi, 31
jb 2f
test byte ptr [rip+"goxide.cpu"], 1
jnz 3f
2:
lea r10, [rdi+rcx-1]
movdqu xmm2, [rdi+r8]
movdqu xmm3, [r10+r8]
pcmpeqb xmm2, xmm0
pcmpeqb xmm3, xmm1
pand xmm2, xmm3
pmovmskb r9d, xmm2
test r9d, r9d
jnz 7f
21:
add r8, 16
lea rax, [r8+15]
cmp rax, rsi
jbe 2b
// The last 16 positions, overlapping.
cmp r8, rsi
ja 9f
lea r8, [rsi-15]
jmp 2b
9:
mov rax, -1
8:
ret
7:
goxide_candidates 21b
3:
vpbroadcastb ymm0, xmm0
vpbroadcastb ymm1, xmm1
.p2align 4
31:
lea r10, [rdi+rcx-1]
vpcmpeqb ymm2, ymm0, [rdi+r8]
vpcmpeqb ymm3, ymm1, [r10+r8]
vpand ymm2, ymm2, ymm3
vpmovmskb r9d, ymm2
test r9d, r9d
jnz 34f
32:
add r8, 32
lea rax, [r8+31]
cmp rax, rsi
jbe 31b
cmp r8, rsi
ja 33f
lea r8, [rsi-31]
jmp 31b
33:
vzeroupper
mov rax, -1
ret
34:
goxide_candidates 32b, 1
// Fewer than 16 positions: one load for the first bytes and one for the last ones, each from where it begins, or, if it is
// near the end of a page, up to where it ends.
5:
lea eax, [rdi+16]
test eax, 0xff0
jz 51f
movdqu xmm2, [rdi]
pcmpeqb xmm2, xmm0
pmovmskb r9d, xmm2
jmp 52f
51:
movdqu xmm2, [rdi+rsi-15]
pcmpeqb xmm2, xmm0
pmovmskb r9d, xmm2
mov r11, rcx
mov ecx, 15
sub ecx, esi
shr r9d, cl
mov rcx, r11
52:
lea r11, [rdi+rcx-1]
lea eax, [r11+16]
test eax, 0xff0
jz 53f
movdqu xmm2, [r11]
pcmpeqb xmm2, xmm1
pmovmskb r10d, xmm2
mov r11, rcx
jmp 54f
53:
movdqu xmm2, [r11+rsi-15]
pcmpeqb xmm2, xmm1
pmovmskb r10d, xmm2
mov r11, rcx
mov ecx, 15
sub ecx, esi
shr r10d, cl
54:
and r9d, r10d
lea ecx, [rsi+1]
mov eax, 1
shl eax, cl
dec eax
mov rcx, r11
and r9d, eax
jz 9b
goxide_candidates 9b
goxide_end internal/bytealg.IndexString
"goxide.bytealg_hi":
.purgem goxide_fn
.purgem goxide_end
.purgem goxide_splat
.purgem goxide_candidates
.text
"#
);
