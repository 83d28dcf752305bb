//! Bodies of the rows in `abi::funcs::sys`.

use super::{linux, rand, rt0};

/// Two result words (rax, rdx).
#[repr(C)]
pub struct Pair(pub usize, pub usize);

#[unsafe(export_name = "rt.exit")]
extern "C" fn exit(code: i32) -> ! {
    // SAFETY: reads what the stress mode has counted.
    unsafe { crate::sched::step::report() };
    linux::exit(code)
}
#[unsafe(export_name = "rt.write1")]
unsafe extern "C" fn write1(fd: usize, p: *const u8, n: u32) -> isize {
    linux::syscall3(linux::SYS_WRITE, fd, p as usize, n as usize)
}
#[unsafe(export_name = "rt.syscallRaw")]
unsafe extern "C" fn syscall_raw(n: usize, a: usize, b: usize, c: usize, d: usize, e: usize) -> isize {
    linux::syscall6(n, a, b, c, d, e, 0)
}
#[unsafe(export_name = "rt.osArgs")]
extern "C" fn os_args() -> Pair {
    let a = rt0::args();
    Pair(a.argc, a.argv)
}
#[unsafe(export_name = "rt.osEnv")]
extern "C" fn os_env() -> Pair {
    let a = rt0::args();
    Pair(a.envc, a.envp)
}
#[unsafe(export_name = "rt.osAuxv")]
extern "C" fn os_auxv() -> Pair {
    let a = rt0::args();
    Pair(a.auxc, a.auxv)
}
#[unsafe(export_name = "rt.usleep")]
extern "C" fn usleep(us: u32) {
    linux::usleep(us)
}
#[unsafe(export_name = "rt.rand")]
extern "C" fn rt_rand() -> u64 {
    rand::rand()
}
#[unsafe(export_name = "rt.cheaprand64")]
extern "C" fn rt_cheaprand() -> u64 {
    rand::cheaprand()
}
#[unsafe(export_name = "rt.bootstrapRand")]
extern "C" fn rt_bootstrap_rand() -> u64 {
    if crate::sched::seeded::on() { rand::rand() } else { rand::bootstrap() }
}
