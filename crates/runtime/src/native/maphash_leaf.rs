//! `internal/runtime/maps`: hashing of memory with AES rounds, keyed by the map's seed and the process's `aeskeysched`.
//!
//! A lane is 16 bytes of state made of the seed, the length and its part of the key; it takes up 16 bytes of input and is
//! scrambled by three rounds. 16, 32, 64 and 128 bytes use 1, 2, 4 and 8 lanes, whose last loads overlap; longer input goes
//! round the 8 lanes, beginning with the last 128 bytes. No byte outside of a page that holds input is read.

use core::arch::global_asm;

global_asm!(
    r#"
.section .rodata.goxide.maphash,"a",@progbits
.p2align 4
goxide.maphash_first:
.fill 16, 1, 255
.fill 16, 1, 0
// Shuffle that moves the last n bytes down: loaded at 16-n.
goxide.maphash_down:
.byte 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
.fill 16, 1, 255

.section ".text.internal/runtime/maps","ax",@progbits
.macro goxide_fn name
.globl "internal/runtime/maps.\name"
.type "internal/runtime/maps.\name",@function
.p2align 4
"internal/runtime/maps.\name":
.endm
.macro goxide_end name
.size "internal/runtime/maps.\name",.-"internal/runtime/maps.\name"
.endm
.macro goxide_key x, n
movdqu \x, [rip+"internal/runtime/maps.aeskeysched"+\n*16]
.endm
// Three rounds of each register with itself, interleaved.
.macro goxide_scramble a, b, c, d
aesenc \a, \a
aesenc \b, \b
.ifnb \c
aesenc \c, \c
aesenc \d, \d
.endif
.endm

// checkMasksAndShiftsAlignment() bool: nothing here needs alignment.
goxide_fn checkMasksAndShiftsAlignment
mov eax, 1
ret
goxide_end checkMasksAndShiftsAlignment

// memHash32AES(k uint32, h uintptr) uintptr, memHash64AES(k uint64, h uintptr) uintptr
.macro goxide_short name, insert
goxide_fn \name
movq xmm0, rsi
\insert
goxide_key xmm1, 0
goxide_key xmm2, 1
goxide_key xmm3, 2
aesenc xmm0, xmm1
aesenc xmm0, xmm2
aesenc xmm0, xmm3
movq rax, xmm0
ret
goxide_end \name
.endm
goxide_short memHash32AES, "pinsrd xmm0, edi, 2"
goxide_short memHash64AES, "pinsrq xmm0, rdi, 1"

// memHashAES(p unsafe.Pointer, h, s uintptr) uintptr
goxide_fn memHashAES
movq xmm0, rsi
pinsrw xmm0, edx, 4
pshufhw xmm0, xmm0, 0
movdqa xmm1, xmm0
goxide_key xmm8, 0
pxor xmm0, xmm8
aesenc xmm0, xmm0
cmp rdx, 16
ja 3f
jb 1f
movdqu xmm1, [rdi]
2:
pxor xmm1, xmm0
aesenc xmm1, xmm1
aesenc xmm1, xmm1
aesenc xmm1, xmm1
movq rax, xmm1
ret
1:
test rdx, rdx
jz 12f
lea eax, [rdi+16]
test eax, 0xff0
jz 11f
movdqu xmm1, [rdi]
lea rax, [rip+goxide.maphash_first+16]
sub rax, rdx
movdqu xmm2, [rax]
pand xmm1, xmm2
jmp 2b
// Near the end of a page: the 16 bytes that end with the input.
11:
movdqu xmm1, [rdi+rdx-16]
lea rax, [rip+goxide.maphash_down+16]
sub rax, rdx
movdqu xmm2, [rax]
pshufb xmm1, xmm2
jmp 2b
12:
aesenc xmm0, xmm0
movq rax, xmm0
ret
3:
cmp rdx, 32
ja 4f
goxide_key xmm8, 1
pxor xmm1, xmm8
aesenc xmm1, xmm1
movdqu xmm2, [rdi]
movdqu xmm3, [rdi+rdx-16]
pxor xmm2, xmm0
pxor xmm3, xmm1
goxide_scramble xmm2, xmm3
goxide_scramble xmm2, xmm3
goxide_scramble xmm2, xmm3
pxor xmm2, xmm3
movq rax, xmm2
ret
4:
movdqa xmm2, xmm1
movdqa xmm3, xmm1
goxide_key xmm8, 1
goxide_key xmm9, 2
goxide_key xmm10, 3
cmp rdx, 64
ja 5f
pxor xmm1, xmm8
pxor xmm2, xmm9
pxor xmm3, xmm10
aesenc xmm1, xmm1
aesenc xmm2, xmm2
aesenc xmm3, xmm3
movdqu xmm4, [rdi]
movdqu xmm5, [rdi+16]
movdqu xmm6, [rdi+rdx-32]
movdqu xmm7, [rdi+rdx-16]
pxor xmm4, xmm0
pxor xmm5, xmm1
pxor xmm6, xmm2
pxor xmm7, xmm3
6:
goxide_scramble xmm4, xmm5, xmm6, xmm7
goxide_scramble xmm4, xmm5, xmm6, xmm7
goxide_scramble xmm4, xmm5, xmm6, xmm7
pxor xmm4, xmm6
pxor xmm5, xmm7
pxor xmm4, xmm5
movq rax, xmm4
ret
// Eight lanes: xmm0-3 and xmm8-11 seeds, xmm4-7 and xmm12-15 states.
5:
movdqa xmm4, xmm1
movdqa xmm5, xmm1
movdqa xmm6, xmm1
movdqa xmm7, xmm1
pxor xmm1, xmm8
pxor xmm2, xmm9
pxor xmm3, xmm10
goxide_key xmm8, 4
goxide_key xmm9, 5
goxide_key xmm10, 6
goxide_key xmm11, 7
pxor xmm8, xmm4
pxor xmm9, xmm5
pxor xmm10, xmm6
pxor xmm11, xmm7
aesenc xmm1, xmm1
goxide_scramble xmm2, xmm3
goxide_scramble xmm8, xmm9, xmm10, xmm11
cmp rdx, 128
ja 7f
movdqu xmm4, [rdi]
movdqu xmm5, [rdi+16]
movdqu xmm6, [rdi+32]
movdqu xmm7, [rdi+48]
jmp 8f
7:
movdqu xmm4, [rdi+rdx-128]
movdqu xmm5, [rdi+rdx-112]
movdqu xmm6, [rdi+rdx-96]
movdqu xmm7, [rdi+rdx-80]
8:
movdqu xmm12, [rdi+rdx-64]
movdqu xmm13, [rdi+rdx-48]
movdqu xmm14, [rdi+rdx-32]
movdqu xmm15, [rdi+rdx-16]
pxor xmm4, xmm0
pxor xmm5, xmm1
pxor xmm6, xmm2
pxor xmm7, xmm3
pxor xmm12, xmm8
pxor xmm13, xmm9
pxor xmm14, xmm10
pxor xmm15, xmm11
// Whole blocks before the last byte; none for up to 128 bytes.
dec rdx
shr rdx, 7
jz 10f
9:
goxide_scramble xmm4, xmm5, xmm6, xmm7
goxide_scramble xmm12, xmm13, xmm14, xmm15
movdqu xmm0, [rdi]
movdqu xmm1, [rdi+16]
movdqu xmm2, [rdi+32]
movdqu xmm3, [rdi+48]
aesenc xmm4, xmm0
aesenc xmm5, xmm1
aesenc xmm6, xmm2
aesenc xmm7, xmm3
movdqu xmm0, [rdi+64]
movdqu xmm1, [rdi+80]
movdqu xmm2, [rdi+96]
movdqu xmm3, [rdi+112]
aesenc xmm12, xmm0
aesenc xmm13, xmm1
aesenc xmm14, xmm2
aesenc xmm15, xmm3
add rdi, 128
dec rdx
jnz 9b
10:
goxide_scramble xmm4, xmm5, xmm6, xmm7
goxide_scramble xmm12, xmm13, xmm14, xmm15
goxide_scramble xmm4, xmm5, xmm6, xmm7
goxide_scramble xmm12, xmm13, xmm14, xmm15
goxide_scramble xmm4, xmm5, xmm6, xmm7
goxide_scramble xmm12, xmm13, xmm14, xmm15
pxor xmm4, xmm12
pxor xmm5, xmm13
pxor xmm6, xmm14
pxor xmm7, xmm15
pxor xmm4, xmm6
pxor xmm5, xmm7
pxor xmm4, xmm5
movq rax, xmm4
ret
goxide_end memHashAES
.purgem goxide_fn
.purgem goxide_end
.purgem goxide_key
.purgem goxide_scramble
.purgem goxide_short
.text
"#
);
