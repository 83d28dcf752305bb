//! `hash/crc32`: the Castagnoli polynomial with the crc32 instruction, one and three streams at a time.

use core::arch::global_asm;

global_asm!(
    r#"
// castagnoliSSE42(crc uint32, p []byte) uint32: edi, rsi rdx (rcx)
.section ".text.hash/crc32.castagnoliSSE42","ax",@progbits
.globl "hash/crc32.castagnoliSSE42"
.type "hash/crc32.castagnoliSSE42",@function
"hash/crc32.castagnoliSSE42":
mov eax, edi
// Bytes up to an aligned word.
cmp rdx, 8
jb 3f
1:
test sil, 7
jz 2f
crc32 eax, byte ptr [rsi]
inc rsi
dec rdx
jmp 1b
2:
cmp rdx, 8
jb 3f
crc32 rax, qword ptr [rsi]
add rsi, 8
sub rdx, 8
jmp 2b
3:
test rdx, rdx
jz 5f
4:
crc32 eax, byte ptr [rsi]
inc rsi
dec rdx
jnz 4b
5:
ret
.size "hash/crc32.castagnoliSSE42",.-"hash/crc32.castagnoliSSE42"

// castagnoliSSE42Triple(crcA, crcB, crcC uint32, a, b, c []byte, rounds uint32) (retA, retB, retC uint32):
// edi esi edx, a b c in the block, rounds in ecx; three results eax ecx edx. 24 bytes of each a round.
.section ".text.hash/crc32.castagnoliSSE42Triple","ax",@progbits
.globl "hash/crc32.castagnoliSSE42Triple"
.type "hash/crc32.castagnoliSSE42Triple",@function
"hash/crc32.castagnoliSSE42Triple":
mov eax, edi
mov esi, esi
mov edx, edx
mov r8, [r9]
mov r10, [r9+24]
mov r11, [r9+48]
mov edi, ecx
mov ecx, esi
test edi, edi
jz 2f
1:
crc32 rax, qword ptr [r8]
crc32 rcx, qword ptr [r10]
crc32 rdx, qword ptr [r11]
crc32 rax, qword ptr [r8+8]
crc32 rcx, qword ptr [r10+8]
crc32 rdx, qword ptr [r11+8]
crc32 rax, qword ptr [r8+16]
crc32 rcx, qword ptr [r10+16]
crc32 rdx, qword ptr [r11+16]
add r8, 24
add r10, 24
add r11, 24
dec edi
jnz 1b
2:
ret
.size "hash/crc32.castagnoliSSE42Triple",.-"hash/crc32.castagnoliSSE42Triple"
.text
"#
);
