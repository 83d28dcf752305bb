//! Telling people what happened: fatal errors, tracebacks, function tables, debug settings.

#[cfg(not(test))]
pub mod ancestors;
#[cfg(not(test))]
pub mod callers;
#[cfg(not(test))]
pub mod cpuprof;
#[cfg(not(test))]
pub mod debug;
#[cfg(not(test))]
mod heapdump;
#[cfg(not(test))]
mod hexdump;
#[cfg(not(test))]
pub mod labels;
#[cfg(not(test))]
pub mod print;
#[cfg(not(test))]
pub mod runtimestack;
#[cfg(not(test))]
pub mod schedstats;
#[cfg(not(test))]
pub mod schedtrace;
#[cfg(not(test))]
pub mod symtab;
#[cfg(not(test))]
pub mod threadcreate;
#[cfg(not(test))]
pub mod throw;
pub mod timehist;
#[cfg(not(test))]
pub mod trace;
#[cfg(not(test))]
pub mod traceback;
#[cfg(test)]
pub mod print {
    //! Hosted stand-in.
    pub fn write_err(b: &[u8]) {
        crate::sys::linux::write(2, b);
    }
}
#[cfg(test)]
pub mod throw {
    //! Hosted stand-in.
    pub fn throw(s: &str) -> ! {
        panic!("{s}")
    }
}
