//! Runtime functions of the `sys` folder: the operating system.

use super::{Effects, RuntimeFn, row};

const NONE: Effects = Effects::NONE;
const LEAF: Effects = Effects::NOSWITCH;

pub const ROWS: &[RuntimeFn] = &[
    // func exit(code int32)
    row("exit", 1, 0, Effects::NORETURN),
    // func write1(fd uintptr, p unsafe.Pointer, n int32) int32: −errno on failure.
    row("write1", 3, 1, NONE),
    // func syscallRaw(num, a1, a2, a3, a4, a5 uintptr) uintptr: −errno on failure. On the system stack; must not block long.
    row("syscallRaw", 6, 1, NONE),
    // func osArgs() (argc int, argv **byte); func osEnv() (n int, envp **byte); func osAuxv() (n int, auxv *uintptr): n words
    row("osArgs", 0, 2, NONE),
    row("osEnv", 0, 2, NONE),
    row("osAuxv", 0, 2, NONE),
    // func usleep(us uint32): blocks the thread.
    row("usleep", 1, 0, NONE),
    // func procyield(n uint32): PAUSE instructions.
    row("procyield", 1, 0, LEAF),
    // func breakpoint(): INT3.
    row("breakpoint", 0, 0, LEAF),
    // func rand() uint64; func cheaprand64() uint64: per-thread generators; bootstrapRand for before init.
    row("rand", 0, 1, NONE),
    row("cheaprand64", 0, 1, NONE),
    row("bootstrapRand", 0, 1, NONE),
];

/// Functions that are not rows: body-less Go functions written in assembly with the **Go** convention (`docs/abi.md`),
/// under their full linker name. They run on the goroutine stack; the compiler calls them like any Go function.
pub const GO_ASM: &[&str] = &[
    "runtime.reflectcall",
    "reflect.makeFuncStub",
    "reflect.methodValueCall",
    "internal/runtime/syscall/linux.Syscall6",
    "syscall.rawSyscallNoError",
    "syscall.rawVforkSyscall",
    "internal/cpu.cpuid",
    "internal/cpu.xgetbv",
    "internal/cpu.getGOAMD64level",
    "vendor/golang.org/x/sys/cpu.cpuid",
    "vendor/golang.org/x/sys/cpu.xgetbv",
    "crypto/internal/boring/sig.BoringCrypto",
    "crypto/internal/boring/sig.FIPSOnly",
    "crypto/internal/boring/sig.StandardCrypto",
];

/// Those of [`GO_ASM`] that only pass a call on: like wrappers that the compiler makes.
pub const GO_ASM_WRAPPERS: &[&str] = &["runtime.reflectcall", "reflect.makeFuncStub", "reflect.methodValueCall"];

/// Assembly entry points that generated code uses with conventions of their own.
pub const SPECIAL: &[&str] = &["runtime.morestack", "runtime.lessstack", "runtime.gcWriteBarrier"];
