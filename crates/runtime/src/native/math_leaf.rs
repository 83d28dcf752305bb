//! Package `math`: Exp, Log, Hypot, Floor, Ceil, Trunc, Max, Min, and the fused multiply-add.
//!
//! Exp, Log and Hypot give the very bits that gc's programs print on amd64: the order of operations, and where they are fused
//! (if `math.useFMA`), is part of what they promise. Arguments and results are in xmm0 and xmm1.

use core::arch::global_asm;

global_asm!(
    r#"
.section .rodata.goxide.math,"a",@progbits
.p2align 4
goxide.math_abs:
.quad 0x7fffffffffffffff, 0
goxide.math_exp:
// The reciprocals of 8!, 7!, … 2!, then 1 and 2
.double 2.4801587301587301587e-5, 1.9841269841269841270e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3
.double 4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1.0, 2.0
goxide.math_log2e:
.double 1.4426950408889634073599246810018920
// ln 2 in two parts
goxide.math_ln2:
.double 0.69314718055966295651160180568695068359375, 0.28235290563031577122588448175013436025525412068e-12
goxide.math_overflow:
.double 7.09782712893384e+02
goxide.math_16th:
.double 0.0625
// Log: √½, ln 2 in two other parts, and the series' coefficients 7…1
goxide.math_log:
.double 7.07106781186547524401e-01, 6.93147180369123816490e-01, 1.90821492927058770002e-10
goxide.math_logseries:
.double 1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01
.double 2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01

.macro goxide_fn name
.section ".text.math.\name","ax",@progbits
.globl "math.\name"
.type "math.\name",@function
.p2align 4
"math.\name":
.endm
.macro goxide_end name
.size "math.\name",.-"math.\name"
.endm

// archExp(x float64) float64: x = k·ln 2 + r; r/16 by a series for exp−1, squared four times, times 2^k.
.macro goxide_horner i
mulsd xmm1, xmm0
addsd xmm1, [rdx+\i*8]
.endm
.macro goxide_fused i
vfmadd213sd xmm1, xmm0, [rdx+\i*8]
.endm
// y ← y·(y + 2), which is (y+1)² − 1
.macro goxide_square
movsd xmm1, [rdx+64]
addsd xmm1, xmm0
mulsd xmm0, xmm1
.endm
goxide_fn archExp
movq rax, xmm0
mov rcx, rax
btr rcx, 63
mov r8, 0x7ff0000000000000
cmp rcx, r8
jge 6f
comisd xmm0, [rip+goxide.math_overflow]
ja 5f
lea rdx, [rip+goxide.math_exp]
movsd xmm1, [rip+goxide.math_log2e]
mulsd xmm1, xmm0
cvtsd2si ecx, xmm1
xorps xmm1, xmm1
cvtsi2sd xmm1, ecx
lea rax, [rip+goxide.math_ln2]
cmp byte ptr [rip+"math.useFMA"], 0
jne 3f
movsd xmm2, [rax]
mulsd xmm2, xmm1
subsd xmm0, xmm2
movsd xmm2, [rax+8]
mulsd xmm2, xmm1
subsd xmm0, xmm2
mulsd xmm0, [rip+goxide.math_16th]
movsd xmm1, [rdx]
goxide_horner 1
goxide_horner 2
goxide_horner 3
goxide_horner 4
goxide_horner 5
goxide_horner 6
goxide_horner 7
mulsd xmm0, xmm1
goxide_square
goxide_square
goxide_square
goxide_square
addsd xmm0, [rdx+56]
2:
add ecx, 0x3ff
jle 4f
cmp ecx, 0x7ff
jge 5f
22:
shl rcx, 52
movq xmm1, rcx
mulsd xmm0, xmm1
ret
3:
movsd xmm2, [rax]
vfnmadd231sd xmm0, xmm1, xmm2
movsd xmm2, [rax+8]
vfnmadd231sd xmm0, xmm1, xmm2
mulsd xmm0, [rip+goxide.math_16th]
movsd xmm1, [rdx]
goxide_fused 1
goxide_fused 2
goxide_fused 3
goxide_fused 4
goxide_fused 5
goxide_fused 6
goxide_fused 7
mulsd xmm0, xmm1
goxide_square
goxide_square
goxide_square
movsd xmm1, [rdx+64]
addsd xmm1, xmm0
vfmadd213sd xmm0, xmm1, [rdx+56]
jmp 2b
// The result is subnormal: in two steps, or 0.
4:
cmp ecx, -52
jl 41f
add ecx, 0x3fe
shl rcx, 52
movq xmm1, rcx
mulsd xmm0, xmm1
mov ecx, 1
jmp 22b
41:
xorps xmm0, xmm0
ret
5:
movq xmm0, r8
ret
// −∞ gives 0; +∞ and NaN themselves.
6:
btr rax, 63
jnc 61f
cmp rax, r8
je 41b
61:
ret
goxide_end archExp

// archLog(x float64) float64: x = 2^k·(1+f), a series in f/(2+f).
goxide_fn archLog
movq rax, xmm0
mov rcx, rax
add rcx, rcx
jz 3f
jc 4f
mov r8, 0x7ff0000000000000
cmp rax, r8
jge 2f
mov rcx, 0x000fffffffffffff
and rcx, rax
mov rdx, 0x3fe0000000000000
or rcx, rdx
movq xmm2, rcx
shr rax, 52
sub eax, 0x3fe
xorps xmm1, xmm1
cvtsi2sd xmm1, eax
lea rcx, [rip+goxide.math_log]
lea rdx, [rip+goxide.math_exp]
// Between √½ and √2.
movsd xmm0, [rcx]
cmpnltsd xmm0, xmm2
movsd xmm3, [rdx+56]
andpd xmm3, xmm0
subsd xmm1, xmm3
movsd xmm0, [rdx+56]
addsd xmm3, xmm0
mulsd xmm2, xmm3
subsd xmm2, xmm0
// xmm2 = f, xmm3 = s = f/(2+f), xmm4 = s², xmm5 = s⁴
movsd xmm0, [rdx+64]
addsd xmm0, xmm2
movapd xmm3, xmm2
divsd xmm3, xmm0
movapd xmm4, xmm3
mulsd xmm4, xmm4
movapd xmm5, xmm4
mulsd xmm5, xmm5
lea r8, [rip+goxide.math_logseries]
// odd coefficients
movsd xmm6, [r8]
mulsd xmm6, xmm5
addsd xmm6, [r8+16]
mulsd xmm6, xmm5
addsd xmm6, [r8+32]
mulsd xmm6, xmm5
addsd xmm6, [r8+48]
mulsd xmm4, xmm6
// even ones
movsd xmm6, [r8+8]
mulsd xmm6, xmm5
addsd xmm6, [r8+24]
mulsd xmm6, xmm5
addsd xmm6, [r8+40]
mulsd xmm5, xmm6
addsd xmm4, xmm5
// k·hi − ((f²/2 − (s·(f²/2 + R) + k·lo)) − f)
movsd xmm0, [rdx+48]
mulsd xmm0, xmm2
mulsd xmm0, xmm2
addsd xmm4, xmm0
mulsd xmm3, xmm4
movsd xmm4, [rcx+16]
mulsd xmm4, xmm1
addsd xmm3, xmm4
subsd xmm0, xmm3
subsd xmm0, xmm2
mulsd xmm1, [rcx+8]
subsd xmm1, xmm0
movapd xmm0, xmm1
2:
ret
3:
mov rax, 0xfff0000000000000
movq xmm0, rax
ret
4:
mov rax, 0x7ff8000000000001
movq xmm0, rax
ret
goxide_end archLog

// archHypot(p, q float64) float64: the larger times √(1 + (smaller/larger)²)
goxide_fn archHypot
movq rax, xmm0
movq rcx, xmm1
btr rax, 63
btr rcx, 63
mov r8, 0x7ff0000000000000
cmp rax, r8
jge 2f
cmp rcx, r8
jge 2f
movq xmm0, rax
movq xmm1, rcx
or rcx, rax
jz 1f
movapd xmm2, xmm0
maxsd xmm0, xmm1
minsd xmm1, xmm2
divsd xmm1, xmm0
mulsd xmm1, xmm1
lea rdx, [rip+goxide.math_exp]
addsd xmm1, [rdx+56]
sqrtsd xmm1, xmm1
mulsd xmm0, xmm1
1:
ret
// An infinity wins over NaN.
2:
cmp rax, r8
je 3f
cmp rcx, r8
je 3f
mov r8, 0x7ff8000000000001
3:
movq xmm0, r8
ret
goxide_end archHypot

// archFloor, archCeil, archTrunc(x float64) float64: through the integer, which keeps no sign of zero; 0, what has no
// fraction, infinities and NaN are themselves.
.macro goxide_integral
movq rax, xmm0
mov rcx, rax
btr rcx, 63
lea rdx, [rcx-1]
mov r8, 0x432fffffffffffff
cmp rdx, r8
jae 9f
cvttsd2si rdx, xmm0
xorps xmm1, xmm1
cvtsi2sd xmm1, rdx
// The sign of x.
mov rcx, 0x8000000000000000
and rax, rcx
movq xmm2, rax
.endm
goxide_fn archFloor
goxide_integral
lea rdx, [rip+goxide.math_exp]
movsd xmm3, [rdx+56]
cmpltsd xmm0, xmm1
andpd xmm0, xmm3
subsd xmm1, xmm0
orpd xmm1, xmm2
movapd xmm0, xmm1
9:
ret
goxide_end archFloor
goxide_fn archCeil
goxide_integral
lea rdx, [rip+goxide.math_exp]
movsd xmm3, [rdx+56]
cmpnlesd xmm0, xmm1
andpd xmm0, xmm3
addsd xmm1, xmm0
orpd xmm1, xmm2
movapd xmm0, xmm1
9:
ret
goxide_end archCeil
goxide_fn archTrunc
goxide_integral
orpd xmm1, xmm2
movapd xmm0, xmm1
9:
ret
goxide_end archTrunc

// archMax, archMin(x, y float64) float64: the infinity that wins, then NaN, then the sign of zero.
.macro goxide_pick name, inf, op, zero
goxide_fn \name
movq rax, xmm0
movq rcx, xmm1
mov r8, \inf
cmp rax, r8
je 4f
cmp rcx, r8
je 4f
ucomisd xmm0, xmm1
jp 3f
jne 2f
// Equal: they differ in the sign of zero at most.
\zero xmm0, xmm1
ret
2:
\op xmm0, xmm1
ret
3:
mov r8, 0x7ff8000000000001
4:
movq xmm0, r8
ret
goxide_end \name
.endm
goxide_pick archMax, 0x7ff0000000000000, maxsd, andpd
goxide_pick archMin, 0xfff0000000000000, minsd, orpd

// What calls of FMA become: the instruction, or upstream's exact function.
.section .text.goxide.fma,"ax",@progbits
.globl "goxide.fma"
.type "goxide.fma",@function
.p2align 4
"goxide.fma":
cmp byte ptr [rip+"math.useFMA"], 0
je 2f
vfmadd213sd xmm0, xmm1, xmm2
ret
2:
jmp "math.FMA"
.size "goxide.fma",.-"goxide.fma"
.purgem goxide_fn
.purgem goxide_end
.purgem goxide_horner
.purgem goxide_fused
.purgem goxide_square
.purgem goxide_integral
.purgem goxide_pick
.text
"#
);
