//! What upstream writes in assembly and the runtime supplies natively, under full linker names and with **Go's** convention
//! (`docs/abi.md`): selecting upstream's own files that declare these functions is all the Go side needs
//! (`goroot/overlay.toml`, `native`).

/// How a call of a function in Rust gets to the system stack. The Rust function is exported as `native.<name>` and has the
/// C convention: registers are the same as Go's as long as there are at most five integer words; the sixth argument is the
/// argument block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One call; the work is short.
    Direct,
    /// `func(state *T, p []byte)` over whole blocks: called with at most `CHUNK` bytes at a time as (state, p, n), and
    /// preemption is possible in between.
    Blocks,
    /// Called with the address of a `Frame` for as long as it returns non-zero, with preemption possible in between.
    Resumed,
}

/// Most bytes that a function works on between two chances of preemption.
pub const CHUNK: usize = 64 << 10;

/// Arguments of a `Resumed` function, on the goroutine's stack.
#[repr(C)]
#[derive(Debug)]
pub struct Frame {
    /// Integer registers 1–5.
    pub regs: [usize; 5],
    /// The argument block.
    pub block: *mut usize,
    /// Where the function keeps its place; 0 at first.
    pub done: usize,
    /// The result.
    pub result: usize,
}

/// Functions in Rust.
pub const RUST: &[(&str, Kind)] = &[
    ("crypto/internal/fips140/aes.expandKeyAsm", Kind::Direct),
    ("crypto/internal/fips140/aes/gcm.gcmAesInit", Kind::Direct),
    ("crypto/internal/fips140/aes/gcm.gcmAesData", Kind::Resumed),
    ("crypto/internal/fips140/aes/gcm.gcmAesEnc", Kind::Resumed),
    ("crypto/internal/fips140/aes/gcm.gcmAesDec", Kind::Resumed),
    ("crypto/internal/fips140/aes/gcm.gcmAesFinish", Kind::Direct),
    ("crypto/internal/fips140/nistec.p256Mul", Kind::Direct),
    ("crypto/internal/fips140/nistec.p256Sqr", Kind::Direct),
    ("crypto/internal/fips140/nistec.p256FromMont", Kind::Direct),
    ("crypto/internal/fips140/nistec.p256NegCond", Kind::Direct),
    ("crypto/internal/fips140/nistec.p256MovCond", Kind::Direct),
    ("crypto/internal/fips140/nistec.p256Select", Kind::Direct),
    ("crypto/internal/fips140/nistec.p256SelectAffine", Kind::Direct),
    ("crypto/internal/fips140/nistec.p256PointAddAffineAsm", Kind::Direct),
    ("crypto/internal/fips140/nistec.p256PointAddAsm", Kind::Direct),
    ("crypto/internal/fips140/nistec.p256PointDoubleAsm", Kind::Direct),
    ("crypto/internal/fips140/sha256.blockAVX2", Kind::Blocks),
    ("crypto/internal/fips140/sha512.blockAVX2", Kind::Blocks),
    ("crypto/internal/fips140/sha3.keccakF1600", Kind::Direct),
    ("crypto/sha1.blockAVX2", Kind::Blocks),
    ("crypto/sha1.blockSHANI", Kind::Blocks),
    ("crypto/md5.block", Kind::Blocks),
    ("hash/crc32.ieeeCLMUL", Kind::Resumed),
    ("internal/chacha8rand.block", Kind::Direct),
];

/// Functions in assembly, on the goroutine's stack.
pub const LEAVES: &[&str] = &[
    "internal/bytealg.Compare",
    "internal/bytealg.Count",
    "internal/bytealg.CountString",
    "internal/bytealg.Index",
    "internal/bytealg.IndexString",
    "internal/bytealg.IndexByte",
    "internal/bytealg.IndexByteString",
    "internal/runtime/maps.memHashAES",
    "internal/runtime/maps.memHash32AES",
    "internal/runtime/maps.memHash64AES",
    "internal/runtime/maps.checkMasksAndShiftsAlignment",
    "crypto/internal/fips140/aes.encryptBlockAsm",
    "crypto/internal/fips140/aes.decryptBlockAsm",
    "crypto/internal/fips140/aes.ctrBlocks1Asm",
    "crypto/internal/fips140/aes.ctrBlocks2Asm",
    "crypto/internal/fips140/aes.ctrBlocks4Asm",
    "crypto/internal/fips140/aes.ctrBlocks8Asm",
    "crypto/internal/fips140/sha256.blockSHANI",
    "crypto/internal/fips140/subtle.xorBytes",
    "crypto/internal/fips140/bigmod.addMulVVW1024",
    "crypto/internal/fips140/bigmod.addMulVVW1536",
    "crypto/internal/fips140/bigmod.addMulVVW2048",
    "hash/crc32.castagnoliSSE42",
    "hash/crc32.castagnoliSSE42Triple",
    "math.archExp",
    "math.archLog",
    "math.archHypot",
    "math.archFloor",
    "math.archCeil",
    "math.archTrunc",
    "math.archMax",
    "math.archMin",
    "math/big.addVV",
    "math/big.subVV",
    "math/big.lshVU",
    "math/big.rshVU",
    "math/big.mulAddVWW",
    "math/big.addMulVVWW",
];

/// Body-less functions of `golang.org/x/sys`, whose assembly only jumps to a function of std or does what one does.
pub const ALIASES: &[(&str, &str)] = &[
    ("golang.org/x/sys/unix.Syscall", "syscall.Syscall"),
    ("golang.org/x/sys/unix.Syscall6", "syscall.Syscall6"),
    ("golang.org/x/sys/unix.RawSyscall", "syscall.RawSyscall"),
    ("golang.org/x/sys/unix.RawSyscall6", "syscall.RawSyscall6"),
    ("golang.org/x/sys/unix.SyscallNoError", "syscall.rawSyscallNoError"),
    ("golang.org/x/sys/unix.RawSyscallNoError", "syscall.rawSyscallNoError"),
    ("golang.org/x/sys/unix.gettimeofday", "syscall.gettimeofday"),
    ("golang.org/x/sys/cpu.cpuid", "internal/cpu.cpuid"),
    ("golang.org/x/sys/cpu.xgetbv", "internal/cpu.xgetbv"),
];

/// The function that stands for `name`; vendored copies count as the original.
pub fn alias(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix("cmd/vendor/").unwrap_or(name);
    ALIASES.iter().find(|a| a.0 == name).map(|a| a.1)
}

/// Whether the runtime supplies `name`, in assembly or in Rust.
pub fn supplies(name: &str) -> bool {
    LEAVES.contains(&name) || RUST.iter().any(|r| r.0 == name)
}
