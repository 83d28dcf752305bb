//! The heap: size classes, spans, pages. Knows the collector's phase (allocation colour, triggers) and nothing of the language.
//!
//! Everything here works on raw memory: functions are `unsafe` and state their context; P-local structures are touched by
//! the M that holds the P, or by anyone while the world is stopped.

#[cfg(not(test))]
pub mod fast;
#[cfg(not(test))]
pub mod heapstats;
#[cfg(not(test))]
pub mod immortal;
#[cfg(not(test))]
pub mod malloc;
#[cfg(not(test))]
pub mod mcache;
#[cfg(not(test))]
pub mod mcentral;
#[cfg(not(test))]
pub mod mheap;
pub mod mpagealloc;
#[cfg(not(test))]
pub mod mprof;
pub mod mspan;
pub mod os;
pub mod persistent;
#[cfg(not(test))]
pub mod scavenge;
pub mod sizeclasses;
pub mod slice;
#[cfg(not(test))]
pub mod specials;
#[cfg(not(test))]
pub mod stats;
pub mod types;

#[cfg(not(test))]
pub use mcache::Mcache;

/// Ends the program: the runtime is broken or out of memory.
#[cfg(not(test))]
pub fn throw(msg: &'static str) -> ! {
    crate::diag::throw::throw(msg)
}

/// Hosted tests fail.
#[cfg(test)]
pub fn throw(msg: &'static str) -> ! {
    panic!("{msg}")
}

/// The system has no memory for `npages` more pages.
#[cold]
fn out_of_memory(npages: usize) -> ! {
    #[cfg(not(test))]
    {
        let (ask, have) = mheap::MHEAP.ask(npages);
        let mut o = crate::diag::print::Out::stderr();
        o.str("runtime: out of memory: cannot allocate ").dec(ask as i64).str("-byte block (");
        o.dec(have as i64).str(" in use)\n");
    }
    #[cfg(test)]
    let _ = npages;
    throw("out of memory")
}

/// Zeroed memory that is never freed.
pub fn persistent(size: usize, align: usize) -> usize {
    persistent::persistentalloc(size, align)
}

#[cfg(not(test))]
mod doors {
    use super::mheap::MHEAP;
    use crate::sched::runtime2::P;

    /// Once, before anything is allocated.
    pub fn init() {
        MHEAP.init();
    }

    /// A new P.
    ///
    /// # Safety
    /// Nobody uses it yet.
    pub unsafe fn initp(_p: *mut P) {}

    /// A P that comes back into use.
    ///
    /// # Safety
    /// World stopped.
    pub unsafe fn revivep(_p: *mut P) {}

    /// An M takes the P.
    ///
    /// # Safety
    /// The caller holds it.
    #[inline(always)]
    pub unsafe fn acquirep(_p: *mut P) {}

    /// A P is taken out of use: its spans go back.
    ///
    /// # Safety
    /// World stopped.
    pub unsafe fn destroyp(p: *mut P) {
        (*p).mcache.give_back_runs(crate::gc::marking());
        (*p).mcache.release_all();
    }
}

#[cfg(not(test))]
pub use doors::*;

/// Hosted tests have no Ps.
#[cfg(test)]
pub struct Mcache {}
