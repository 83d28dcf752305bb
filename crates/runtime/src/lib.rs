//! Goxide's runtime: scheduler, heap, collector, channels, network poller, signals, tracebacks.
//!
//! Takes Linux and a program made by the compiler (`abi` is the contract), gives it life. A `no_std` static archive without
//! libc, without thread-local storage, on raw system calls. Runs only on system stacks and never calls Go: what must run
//! Go code is Go, in `goroot/src/runtime`. Knows nothing of the compiler.
//!
//! `sched` owns goroutines, threads and processors; `heap` memory; `gc` its collection; `lang` what the language
//! calls; `io` waiting; `diag` reports; `native` what upstream's library has in assembly; `sys` the machine. Start reading at `sched/runtime2.rs`.
#![cfg_attr(not(test), no_std)]
#![allow(clippy::missing_safety_doc)]

pub mod diag;
pub mod gc;
pub mod heap;
pub mod io;
pub mod lang;
pub mod native;
pub mod sched;
pub mod sys;

#[cfg(not(test))]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    use core::fmt::Write;
    struct W(diag::print::Out);
    impl Write for W {
        fn write_str(&mut self, s: &str) -> core::fmt::Result {
            self.0.str(s);
            Ok(())
        }
    }
    let mut w = W(diag::print::Out::stderr());
    let _ = writeln!(w, "runtime: {info}");
    drop(w);
    diag::throw::throw("internal error in the runtime")
}
