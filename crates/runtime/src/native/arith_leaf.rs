//! Vectors of words: `math/big` and `crypto/internal/fips140/bigmod`.
//!
//! `math/big`: z is rdi (len rsi, cap rdx), further slices in the block at r9 (three words each), scalars in rcx and r8; the
//! carry comes back in rax. All slices are as long as z. They may be the same or, for shifts, overlap in the direction that
//! the order of work allows.

use core::arch::global_asm;

global_asm!(
    r#"
.macro goxide_fn name
.section ".text.\name","ax",@progbits
.globl "\name"
.type "\name",@function
.p2align 4
"\name":
.endm
.macro goxide_end name
.size "\name",.-"\name"
.endm

// addVV, subVV(z, x, y []Word) (c Word)
.macro goxide_addsub name, op
goxide_fn \name
mov rdx, [r9]
mov rcx, [r9+24]
xor r8d, r8d
mov r9, rsi
shr r9, 2
and esi, 3
// r8: the carry between blocks, as 0 or −1. The index is moved by lea, which keeps the carry.
xor eax, eax
test r9, r9
jz 2f
1:
add r8, r8
mov r10, [rdx+rax]
mov r11, [rdx+rax+8]
\op r10, [rcx+rax]
\op r11, [rcx+rax+8]
mov [rdi+rax], r10
mov [rdi+rax+8], r11
mov r10, [rdx+rax+16]
mov r11, [rdx+rax+24]
\op r10, [rcx+rax+16]
\op r11, [rcx+rax+24]
mov [rdi+rax+16], r10
mov [rdi+rax+24], r11
lea rax, [rax+32]
sbb r8, r8
dec r9
jnz 1b
2:
test esi, esi
jz 4f
3:
add r8, r8
mov r10, [rdx+rax]
\op r10, [rcx+rax]
mov [rdi+rax], r10
lea rax, [rax+8]
sbb r8, r8
dec esi
jnz 3b
4:
mov rax, r8
neg rax
ret
goxide_end \name
.endm
goxide_addsub "math/big.addVV", adc
goxide_addsub "math/big.subVV", sbb

// lshVU(z, x []Word, s uint) (c Word): from the top down; 0 < s < 64.
goxide_fn "math/big.lshVU"
xor eax, eax
test rsi, rsi
jz 3f
mov r8, [r9]
mov r10, [r8+rsi*8-8]
shld rax, r10, cl
1:
dec rsi
jz 2f
mov r11, [r8+rsi*8-8]
shld r10, r11, cl
mov [rdi+rsi*8], r10
mov r10, r11
jmp 1b
2:
shl r10, cl
mov [rdi], r10
3:
ret
goxide_end "math/big.lshVU"

// rshVU(z, x []Word, s uint) (c Word): from the bottom up; 0 < s < 64.
goxide_fn "math/big.rshVU"
xor eax, eax
test rsi, rsi
jz 3f
mov r8, [r9]
mov r10, [r8]
shrd rax, r10, cl
xor edx, edx
dec rsi
jz 2f
1:
mov r11, [r8+rdx*8+8]
shrd r10, r11, cl
mov [rdi+rdx*8], r10
mov r10, r11
inc rdx
cmp rdx, rsi
jb 1b
2:
shr r10, cl
mov [rdi+rdx*8], r10
3:
ret
goxide_end "math/big.rshVU"

// mulAddVWW(z, x []Word, m, a Word) (c Word): z, c = x*m + a
goxide_fn "math/big.mulAddVWW"
mov r9, [r9]
test rsi, rsi
jz 3f
xor r10d, r10d
mov r11, rsi
and r11, -2
jz 2f
1:
mov rax, [r9+r10*8]
mul rcx
add rax, r8
adc rdx, 0
mov [rdi+r10*8], rax
mov r8, rdx
mov rax, [r9+r10*8+8]
mul rcx
add rax, r8
adc rdx, 0
mov [rdi+r10*8+8], rax
mov r8, rdx
add r10, 2
cmp r10, r11
jb 1b
2:
cmp r10, rsi
jae 3f
mov rax, [r9+r10*8]
mul rcx
add rax, r8
adc rdx, 0
mov [rdi+r10*8], rax
mov r8, rdx
3:
mov rax, r8
ret
goxide_end "math/big.mulAddVWW"

// addMulVVWW(z, x, y []Word, m, a Word) (c Word): z, c = x + y*m + a
.macro goxide_muladd i
mov rax, [r9+r10*8+\i*8]
mul rcx
add rax, r8
adc rdx, 0
add rax, [r11+r10*8+\i*8]
adc rdx, 0
mov [rdi+r10*8+\i*8], rax
mov r8, rdx
.endm
goxide_fn "math/big.addMulVVWW"
mov r11, [r9]
mov r9, [r9+24]
xor r10d, r10d
sub rsi, 4
jb 2f
1:
goxide_muladd 0
goxide_muladd 1
goxide_muladd 2
goxide_muladd 3
add r10, 4
cmp r10, rsi
jbe 1b
2:
add rsi, 4
cmp r10, rsi
jae 4f
3:
goxide_muladd 0
inc r10
cmp r10, rsi
jb 3b
4:
mov rax, r8
ret
goxide_end "math/big.addMulVVWW"

// addMulVVW1024(z, x *uint, y uint) (c uint) and its longer forms: z += x*y, n words.
.macro goxide_addmul name, n
goxide_fn \name
mov rcx, rdx
mov r9, rsi
mov r11, rdi
mov esi, \n
xor r8d, r8d
xor r10d, r10d
1:
goxide_muladd 0
goxide_muladd 1
goxide_muladd 2
goxide_muladd 3
add r10, 4
cmp r10, rsi
jb 1b
mov rax, r8
ret
goxide_end \name
.endm
goxide_addmul "crypto/internal/fips140/bigmod.addMulVVW1024", 16
goxide_addmul "crypto/internal/fips140/bigmod.addMulVVW1536", 24
goxide_addmul "crypto/internal/fips140/bigmod.addMulVVW2048", 32
.purgem goxide_fn
.purgem goxide_end
.purgem goxide_addsub
.purgem goxide_muladd
.purgem goxide_addmul
.text
"#
);
