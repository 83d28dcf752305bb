//! Giving memory back to the system.
//!
//! Faulting a page in again costs more than most allocations, so what the next cycle will need is kept: pages are returned
//! only above the largest use between cycles plus a tenth, only after they have not been needed for some seconds, and a
//! little at a time; or when the heap grows although they are free, because they do not lie together. GOMEMLIMIT and `debug.FreeOSMemory` return at once.

use super::mheap::MHEAP;
use super::os;
use super::sizeclasses::*;
use crate::gc::pacer;
use core::sync::atomic::*;

/// How long the free pages must have been too many.
const PATIENCE: i64 = 5_000_000_000;
/// Least time between two portions.
const INTERVAL: i64 = 50_000_000;
/// Pages of a portion: 2 MB.
const PORTION: usize = 256;

/// Time that sysmon spent here.
pub static BACKGROUND_NS: AtomicI64 = AtomicI64::new(0);

/// Bytes returned since the last line of `GODEBUG=scavtrace=1`: by sysmon, and at once.
static BACKGROUND: AtomicUsize = AtomicUsize::new(0);
static EAGER: AtomicUsize = AtomicUsize::new(0);

static LAST: AtomicI64 = AtomicI64::new(0);
/// Since when there have been too many free pages; 0: there are not.
static SINCE: AtomicI64 = AtomicI64::new(0);
/// Chunk where the search goes on.
static FROM: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Pages that should stay: what the heap may grow to, and a tenth.
fn retain() -> usize {
    let goal = pacer::heap_goal().min(pacer::heap_marked().max(4 << 20).saturating_mul(4));
    (goal + goal / 10) as usize >> PAGE_SHIFT
}

/// Free pages beyond that, `more` pages being taken which are not counted yet.
fn excess(more: usize) -> usize {
    let (free, _) = MHEAP.free_pages();
    let used = MHEAP.pages_in_use.load(Ordering::Relaxed) + more;
    (used + free).saturating_sub(retain().max(used)).min(free)
}

/// The heap has grown by `npages`, because no free pages lie together for them: as many of those that lie about are too many.
pub fn after_growth(npages: usize) {
    let n = excess(npages).min(npages);
    if n > 0 {
        EAGER.fetch_add(release(n) << PAGE_SHIFT, Ordering::Relaxed);
    }
}

/// From sysmon.
pub fn tick(now: i64) {
    if now - LAST.load(Ordering::Relaxed) < INTERVAL {
        return;
    }
    LAST.store(now, Ordering::Relaxed);
    let n = excess(0);
    if n < 64 {
        SINCE.store(0, Ordering::Relaxed);
        return;
    }
    let since = SINCE.load(Ordering::Relaxed);
    if since == 0 {
        SINCE.store(now, Ordering::Relaxed);
    } else if now - since > PATIENCE {
        BACKGROUND.fetch_add(release(n.min(PORTION)) << PAGE_SHIFT, Ordering::Relaxed);
        BACKGROUND_NS.fetch_add(crate::sys::linux::nanotime() - now, Ordering::Relaxed);
    }
}

/// After a cycle: keep below GOMEMLIMIT.
pub fn after_cycle() {
    limit_cycle();
    trace(false);
}

/// What `GODEBUG=scavtrace=1` prints, in gc's format.
fn trace(forced: bool) {
    #[cfg(not(test))]
    if crate::diag::debug::SCAVTRACE.load(Ordering::Relaxed) > 0 {
        let (free, released) = MHEAP.free_pages();
        let used = MHEAP.pages_in_use.load(Ordering::Relaxed);
        let work = |n: &AtomicUsize| (n.swap(0, Ordering::Relaxed) >> 10) as i64;
        let mut o = crate::diag::print::Out::stderr();
        o.str("scav ").dec(work(&BACKGROUND)).str(" KiB work (bg), ").dec(work(&EAGER)).str(" KiB work (eager), ");
        o.dec((released << PAGE_SHIFT >> 10) as i64).str(" KiB now, ");
        o.dec((100 * used / (used + free).max(1)) as i64).str("% util");
        o.str(if forced { " (forced)\n" } else { "\n" });
    }
    #[cfg(test)]
    let _ = forced;
}

fn limit_cycle() {
    let limit = pacer::limit();
    if limit == i64::MAX {
        return;
    }
    let (free, _) = MHEAP.free_pages();
    let used = MHEAP.pages_in_use.load(Ordering::Relaxed);
    let mapped = ((used + free) << PAGE_SHIFT) + super::stats::non_heap_sys();
    let over = mapped.saturating_sub(limit.max(0) as usize) >> PAGE_SHIFT;
    if over > 0 {
        EAGER.fetch_add(release(over.min(free)) << PAGE_SHIFT, Ordering::Relaxed);
    }
}

/// Returns up to `pages` free pages, from the high end of the heap; gives how many.
pub fn release(pages: usize) -> usize {
    let mut done = 0;
    let mut wrapped = FROM.load(Ordering::Relaxed) == usize::MAX;
    while done < pages {
        let found = MHEAP.lock.lock().pages.find_scavenge(FROM.load(Ordering::Relaxed), pages - done);
        let Some((page, n, chunk)) = found else {
            FROM.store(usize::MAX, Ordering::Relaxed);
            if wrapped {
                break;
            }
            wrapped = true;
            continue;
        };
        FROM.store(chunk, Ordering::Relaxed);
        // SAFETY: the pages are marked in use for us and hold nothing.
        unsafe { os::sys_unused(MHEAP.base() + (page << PAGE_SHIFT), n << PAGE_SHIFT) };
        MHEAP.lock.lock().pages.scavenged(page, n);
        done += n;
    }
    done
}

/// Row `scavengeall0`.
#[unsafe(export_name = "rt.scavengeall0")]
extern "C" fn rt_scavengeall0() {
    FROM.store(usize::MAX, Ordering::Relaxed);
    EAGER.fetch_add(release(usize::MAX) << PAGE_SHIFT, Ordering::Relaxed);
    trace(true);
}
