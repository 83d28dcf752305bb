//! Specials: finalizers, cleanups and weak handles of objects.
//!
//! Records live in blocks of persistent memory and are never freed, only reused; a block is one root job, so marking needs no
//! list. A span's records form a list sorted by address (`Mspan::specials`).
//!
//! ```text
//! kind         from -> to                       who                                what is a root
//! FREE         -> FINALIZER, CLEANUP, WEAK      row, under the lock                -
//! FINALIZER    -> FIN_QUEUED                    sweep: the object died (revived)   function; what the object refers to
//!              -> FREE                          SetFinalizer(nil)
//! FIN_QUEUED   -> FREE                          finalizer goroutine takes it       function and object
//! CLEANUP      -> CLEANUP_QUEUED                sweep: the object died             function
//!              -> FREE                          Stop
//! CLEANUP_QUEUED -> FREE                        cleanup goroutine takes it         function
//! WEAK         -> FREE                          sweep: the object died             handle
//! PROFILE      -> FREE                          sweep: the object is gone          -
//! BUBBLE       -> FREE                          sweep: the object is gone, or row  -
//! TINY_BLOCK   -> FREE                          sweep: the block is gone           -
//! ```
//! All fields are guarded by the lock; marking reads them without it, which at worst shades something needlessly.

use super::immortal;
use super::malloc::mallocgc;
use super::mheap::MHEAP;
use super::mprof;
use super::mspan::{Mspan, state};
use super::persistent::persistentalloc;
use super::sizeclasses::TINY_SIZE;
use crate::diag::callers;
use crate::diag::traceback::Unwinder;
use crate::gc::work::GcWork;
use crate::gc::{barrier, mark, marking, sweep as gcsweep};
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use crate::sched::proc::{goparkunlock, goready};
use crate::sched::runtime2::{G, WaitReason, getg};
use core::sync::atomic::*;

const FREE: u32 = 0;
const FINALIZER: u32 = 1;
const CLEANUP: u32 = 2;
const WEAK: u32 = 3;
const FIN_QUEUED: u32 = 4;
const CLEANUP_QUEUED: u32 = 5;
const PROFILE: u32 = 6;
const BUBBLE: u32 = 7;
/// Several objects share this block. Only with `GODEBUG=checkfinalizers=1`.
const TINY_BLOCK: u32 = 8;

/// See the module's text.
#[repr(C)]
pub struct Special {
    kind: AtomicU32,
    _pad: u32,
    /// In the span's list, a queue, or the free list.
    next: *mut Special,
    /// Address it was attached to.
    p: usize,
    /// Func value, or the weak handle.
    func: usize,
    /// Finalizer: size of results, parameter type, object type. Cleanup: id. Memory profile: bucket.
    extra: [usize; 3],
    /// Null, or what `GODEBUG=checkfinalizers=1` wants to know. Stays with the record when that is freed.
    context: *mut Context,
}

/// Where a finalizer or cleanup comes from, for reports.
pub struct Context {
    /// Name of the type of what it is attached to; a string of the program's.
    pub type_name: (*const u8, usize),
    /// In the function: its entry, as a return pc.
    pub func_pc: usize,
    /// Return pcs of those who attached it, innermost first; 0: no more.
    pub created: [usize; 8],
}

/// A finalizer or cleanup, for `gc/checkfin.rs`.
#[derive(Clone, Copy)]
pub struct Checked {
    pub finalizer: bool,
    /// Address it was attached to.
    pub p: usize,
    /// Func value.
    pub func: usize,
    /// Address of the record.
    pub record: usize,
    pub context: *const Context,
}

const PER_BLOCK: usize = 256;
const MAX_BLOCKS: usize = 1 << 16;

struct State {
    free: *mut Special,
    fin: Queue,
    cleanup: Queue,
    next_id: u64,
}

struct Queue {
    head: *mut Special,
    tail: *mut Special,
    len: usize,
    /// The goroutine that serves it, if it waits.
    waiter: *mut G,
    /// What it took last is being run.
    busy: bool,
}

impl Queue {
    const NEW: Queue = Queue {
        head: core::ptr::null_mut(),
        tail: core::ptr::null_mut(),
        len: 0,
        waiter: core::ptr::null_mut(),
        busy: false,
    };

    unsafe fn push(&mut self, s: *mut Special) {
        (*s).next = core::ptr::null_mut();
        if self.tail.is_null() {
            self.head = s;
        } else {
            (*self.tail).next = s;
        }
        self.tail = s;
        self.len += 1;
    }

    /// The next one to run, or null. The goroutine that asks is done with the one before.
    unsafe fn pop(&mut self) -> *mut Special {
        let s = self.head;
        self.busy = !s.is_null();
        if !s.is_null() {
            self.head = (*s).next;
            if self.head.is_null() {
                self.tail = core::ptr::null_mut();
            }
            self.len -= 1;
        }
        s
    }
}

static STATE: Mutex<State> =
    Mutex::new(Rank::Sweep, State { free: core::ptr::null_mut(), fin: Queue::NEW, cleanup: Queue::NEW, next_id: 1 });
static BLOCKS: [AtomicPtr<Special>; MAX_BLOCKS] = [const { AtomicPtr::new(core::ptr::null_mut()) }; MAX_BLOCKS];
static NBLOCKS: AtomicUsize = AtomicUsize::new(0);
/// Finalizers queued and taken, cleanups queued and taken.
static COUNTS: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// The numbers for runtime/metrics: finalizers queued and executed, cleanups queued and executed.
pub fn counts() -> [u64; 4] {
    core::array::from_fn(|i| COUNTS[i].load(Ordering::Relaxed))
}

/// Blocks of records.
pub fn nblocks() -> usize {
    NBLOCKS.load(Ordering::Acquire)
}

unsafe fn new_record(st: &mut State) -> *mut Special {
    if st.free.is_null() {
        let n = NBLOCKS.load(Ordering::Relaxed);
        if n == MAX_BLOCKS {
            super::throw("too many finalizers");
        }
        let b = persistentalloc(PER_BLOCK * size_of::<Special>(), 64) as *mut Special;
        for i in (0..PER_BLOCK).rev() {
            (*b.add(i)).next = st.free;
            st.free = b.add(i);
        }
        BLOCKS[n].store(b, Ordering::Release);
        NBLOCKS.store(n + 1, Ordering::Release);
    }
    let s = st.free;
    st.free = (*s).next;
    s
}

unsafe fn free_record(st: &mut State, s: *mut Special) {
    (*s).kind.store(FREE, Ordering::Release);
    if !(*s).context.is_null() {
        (*(*s).context).func_pc = 0;
    }
    (*s).func = 0;
    (*s).p = 0;
    (*s).next = st.free;
    st.free = s;
}

/// Links `r` into the list of its span, in address order (after equal ones).
unsafe fn link(span: *mut Mspan, r: *mut Special) {
    let mut prev: *mut Special = core::ptr::null_mut();
    let mut cur = (*span).specials.load(Ordering::Relaxed);
    while !cur.is_null() && (*cur).p <= (*r).p {
        prev = cur;
        cur = (*cur).next;
    }
    (*r).next = cur;
    if prev.is_null() {
        (*span).specials.store(r, Ordering::Release);
    } else {
        (*prev).next = r;
    }
}

/// Finds a record of the span, and removes it if `take` is set.
unsafe fn find(span: *mut Mspan, take: bool, mut ok: impl FnMut(*mut Special) -> bool) -> *mut Special {
    let mut prev: *mut Special = core::ptr::null_mut();
    let mut cur = (*span).specials.load(Ordering::Relaxed);
    while !cur.is_null() {
        if ok(cur) {
            if take {
                if prev.is_null() {
                    (*span).specials.store((*cur).next, Ordering::Release);
                } else {
                    (*prev).next = (*cur).next;
                }
            }
            return cur;
        }
        prev = cur;
        cur = (*cur).next;
    }
    cur
}

/// The span of the live object `p` points into, swept; null if it is not a heap object.
unsafe fn span_swept(p: usize) -> *mut Mspan {
    let s = MHEAP.span_of(p);
    if s.is_null() || (*s).state.load(Ordering::Acquire) != state::IN_USE || p >= (*s).limit {
        return core::ptr::null_mut();
    }
    gcsweep::ensure_swept(s);
    s
}

/// Root job: the records of block `i`.
///
/// # Safety
/// Context: marking.
pub unsafe fn scan_block(w: &mut GcWork, i: usize) {
    let b = BLOCKS[i].load(Ordering::Acquire);
    for k in 0..PER_BLOCK {
        let s = b.add(k);
        scan_record(w, s);
    }
}

unsafe fn scan_record(w: &mut GcWork, s: *mut Special) {
    let kind = (*s).kind.load(Ordering::Acquire);
    let (p, func) = ((*s).p, (*s).func);
    if kind == FREE {
        return;
    }
    mark::grey_checked(w, func);
    match kind {
        // The object itself is not kept, what it refers to is: its finalizer will see it.
        FINALIZER => mark::scan_contents(w, p),
        FIN_QUEUED => mark::grey_checked(w, p),
        _ => {}
    }
}

/// Treats the specials of a span's dead objects. Finalizers revive their object for one more cycle; weak handles are
/// cleared at once, before a finalizer can run; cleanups wait until the object is really gone.
///
/// # Safety
/// Context: the caller is sweeping `span`.
pub unsafe fn sweep(span: *mut Mspan) {
    let mut wake: [*mut G; 2] = [core::ptr::null_mut(); 2];
    {
        let mut st = STATE.lock();
        let mut prev: *mut Special = core::ptr::null_mut();
        let mut cur = (*span).specials.load(Ordering::Relaxed);
        while !cur.is_null() {
            let i = (*span).obj_index((*cur).p);
            if (*span).is_marked(i) {
                prev = cur;
                cur = (*cur).next;
                continue;
            }
            // All records of this object: sorted, so they follow each other.
            let mut has_fin = false;
            let mut c = cur;
            while !c.is_null() && (*span).obj_index((*c).p) == i {
                has_fin |= (*c).kind.load(Ordering::Relaxed) == FINALIZER;
                c = (*c).next;
            }
            if has_fin {
                (*span).try_mark(i);
            }
            while !cur.is_null() && (*span).obj_index((*cur).p) == i {
                let next = (*cur).next;
                let kind = (*cur).kind.load(Ordering::Relaxed);
                if has_fin && matches!(kind, CLEANUP | PROFILE | BUBBLE | TINY_BLOCK) {
                    prev = cur;
                    cur = next;
                    continue;
                }
                if prev.is_null() {
                    (*span).specials.store(next, Ordering::Release);
                } else {
                    (*prev).next = next;
                }
                match kind {
                    FINALIZER => {
                        (*cur).kind.store(FIN_QUEUED, Ordering::Release);
                        st.fin.push(cur);
                        COUNTS[0].fetch_add(1, Ordering::Relaxed);
                    }
                    CLEANUP => {
                        (*cur).kind.store(CLEANUP_QUEUED, Ordering::Release);
                        st.cleanup.push(cur);
                        COUNTS[2].fetch_add(1, Ordering::Relaxed);
                    }
                    PROFILE => {
                        mprof::freed((*cur).extra[0]);
                        free_record(&mut st, cur);
                    }
                    BUBBLE | TINY_BLOCK => free_record(&mut st, cur),
                    _ => {
                        (*((*cur).func as *const AtomicUsize)).store(0, Ordering::Release);
                        free_record(&mut st, cur);
                    }
                }
                cur = next;
            }
        }
        if st.fin.len != 0 {
            wake[0] = core::mem::replace(&mut st.fin.waiter, core::ptr::null_mut());
        }
        if st.cleanup.len != 0 {
            wake[1] = core::mem::replace(&mut st.cleanup.waiter, core::ptr::null_mut());
        }
    }
    for gp in wake {
        if !gp.is_null() {
            (*gp).park_result = 0;
            goready(gp);
        }
    }
}

/// Attaches a memory profile's bucket to the object at `p`.
///
/// # Safety
/// Context: P held; `span` is swept and holds the object.
pub unsafe fn add_profile(span: *mut Mspan, p: usize, bucket: usize) {
    let mut st = STATE.lock();
    let r = new_record(&mut st);
    (*r).p = p;
    (*r).func = 0;
    (*r).extra = [bucket, 0, 0];
    (*r).kind.store(PROFILE, Ordering::Release);
    link(span, r);
}

/// The tiny block at `p` holds more than one object.
///
/// # Safety
/// Context: P held, no lock; `p` is live.
pub unsafe fn add_tiny_block(p: usize) {
    let span = span_swept(p);
    let mut st = STATE.lock();
    if !find(span, false, |s| (*s).p == p && (*s).kind.load(Ordering::Relaxed) == TINY_BLOCK).is_null() {
        return;
    }
    let r = new_record(&mut st);
    (*r).p = p;
    (*r).func = 0;
    (*r).extra = [0; 3];
    (*r).kind.store(TINY_BLOCK, Ordering::Release);
    link(span, r);
}

/// Whether what is at `p`, in `span`, shares its block with other objects.
///
/// # Safety
/// World stopped; `GODEBUG=checkfinalizers=1` was on when the block was made.
pub unsafe fn shares_tiny_block(span: *mut Mspan, p: usize) -> bool {
    let block = p & !(TINY_SIZE - 1);
    !find(span, false, |s| (*s).p == block && (*s).kind.load(Ordering::Relaxed) == TINY_BLOCK).is_null()
}

/// The finalizers and cleanups of the objects of `span`, in the order of their addresses.
///
/// # Safety
/// World stopped.
pub unsafe fn each_checked(span: *mut Mspan, mut f: impl FnMut(Checked)) {
    let mut s = (*span).specials.load(Ordering::Relaxed);
    while !s.is_null() {
        let kind = (*s).kind.load(Ordering::Relaxed);
        if kind == FINALIZER || kind == CLEANUP {
            let known = !(*s).context.is_null() && (*(*s).context).func_pc != 0;
            f(Checked {
                finalizer: kind == FINALIZER,
                p: (*s).p,
                func: (*s).func,
                record: s as usize,
                context: if known { (*s).context } else { core::ptr::null() },
            });
        }
        s = (*s).next;
    }
}

/// Row `setspecialcontext`: the cleanup `id` (0: the finalizer) of the object at `p`, of the type with this name, will call the
/// function with entry `func`, and the caller has attached it just now.
#[unsafe(export_name = "rt.setspecialcontext")]
unsafe extern "C" fn rt_setspecialcontext(p: usize, id: u64, name: *const u8, name_len: usize, func: usize) {
    let span = span_swept(p);
    if span.is_null() {
        return;
    }
    let mut created = [0; 8];
    callers::fill(Unwinder::new(getg()), 0, created.as_mut_ptr(), created.len());
    let _st = STATE.lock();
    let r = find(span, false, |s| {
        let kind = (*s).kind.load(Ordering::Relaxed);
        (*s).p == p && if id == 0 { kind == FINALIZER } else { kind == CLEANUP && (*s).extra[0] as u64 == id }
    });
    if r.is_null() {
        return;
    }
    if (*r).context.is_null() {
        (*r).context = persistentalloc(size_of::<Context>(), align_of::<Context>()) as *mut Context;
    }
    (*r).context.write(Context { type_name: (name, name_len), func_pc: func + 1, created });
}

/// Is the object at `p` associated with the synctest bubble `id` (1), another one (2) or none (0)? With `add` it is with `id`
/// from now on, if it was with none.
///
/// # Safety
/// Context: P held, no lock; `p` is live.
pub unsafe fn bubble_of(p: usize, id: u64, add: bool) -> usize {
    let span = span_swept(p);
    if span.is_null() {
        return 0;
    }
    let mut st = STATE.lock();
    let r = find(span, false, |s| (*s).p == p && (*s).kind.load(Ordering::Relaxed) == BUBBLE);
    if !r.is_null() {
        return if (*r).extra[0] as u64 == id { 1 } else { 2 };
    }
    if !add {
        return 0;
    }
    let r = new_record(&mut st);
    (*r).p = p;
    (*r).func = 0;
    (*r).extra = [id as usize, 0, 0];
    (*r).kind.store(BUBBLE, Ordering::Release);
    link(span, r);
    1
}

/// The object at `p` is associated with no bubble any more.
///
/// # Safety
/// As `bubble_of`.
pub unsafe fn remove_bubble(p: usize) {
    let span = span_swept(p);
    if span.is_null() {
        return;
    }
    let mut st = STATE.lock();
    let r = find(span, true, |s| (*s).p == p && (*s).kind.load(Ordering::Relaxed) == BUBBLE);
    if !r.is_null() {
        free_record(&mut st, r);
    }
}

#[unsafe(export_name = "rt.addfinalizer")]
unsafe extern "C" fn rt_addfinalizer(p: usize, func: usize, nret: usize, fint: usize, ot: usize) -> usize {
    let span = span_swept(p);
    if span.is_null() {
        return 1;
    }
    let mut st = STATE.lock();
    if !find(span, false, |s| (*s).p == p && (*s).kind.load(Ordering::Relaxed) == FINALIZER).is_null() {
        return 0;
    }
    let r = new_record(&mut st);
    (*r).p = p;
    (*r).func = func;
    (*r).extra = [nret, fint, ot];
    (*r).kind.store(FINALIZER, Ordering::Release);
    link(span, r);
    drop(st);
    if marking() {
        // Its block may have been scanned already.
        let w = &mut (*crate::sched::runtime2::getp()).gc.work;
        scan_record(w, r);
    }
    1
}

#[unsafe(export_name = "rt.removefinalizer")]
unsafe extern "C" fn rt_removefinalizer(p: usize) {
    let span = span_swept(p);
    if span.is_null() {
        return;
    }
    let mut st = STATE.lock();
    let r = find(span, true, |s| (*s).p == p && (*s).kind.load(Ordering::Relaxed) == FINALIZER);
    if !r.is_null() {
        free_record(&mut st, r);
    }
}

#[unsafe(export_name = "rt.finget")]
unsafe extern "C" fn rt_finget(out: *mut [usize; 5]) -> usize {
    let mut st = STATE.lock();
    let r = st.fin.pop();
    if r.is_null() {
        st.fin.waiter = getg();
        core::mem::forget(st);
        goparkunlock(STATE.raw(), WaitReason::FinalizerWait);
        return 0;
    }
    COUNTS[1].fetch_add(1, Ordering::Relaxed);
    *out = [(*r).p, (*r).func, (*r).extra[0], (*r).extra[1], (*r).extra[2]];
    let (p, func) = ((*r).p, (*r).func);
    free_record(&mut st, r);
    drop(st);
    // From a root to a stack that may have been scanned.
    barrier::shade(p);
    barrier::shade(func);
    1
}

#[unsafe(export_name = "rt.addcleanup")]
unsafe extern "C" fn rt_addcleanup(p: usize, func: usize) -> u64 {
    let span = span_swept(p);
    if span.is_null() {
        return 0;
    }
    let mut st = STATE.lock();
    let id = st.next_id;
    st.next_id += 1;
    let r = new_record(&mut st);
    (*r).p = p;
    (*r).func = func;
    (*r).extra = [id as usize, 0, 0];
    (*r).kind.store(CLEANUP, Ordering::Release);
    link(span, r);
    drop(st);
    barrier::shade(func);
    id
}

#[unsafe(export_name = "rt.removecleanup")]
unsafe extern "C" fn rt_removecleanup(p: usize, id: u64) {
    // The object may be dead: the span may hold something else by now, but then no record has this id.
    let span = MHEAP.span_of(p);
    if span.is_null() || (*span).state.load(Ordering::Acquire) != state::IN_USE {
        return;
    }
    gcsweep::ensure_swept(span);
    let mut st = STATE.lock();
    let r =
        find(span, true, |s| (*s).p == p && (*s).extra[0] as u64 == id && (*s).kind.load(Ordering::Relaxed) == CLEANUP);
    if !r.is_null() {
        free_record(&mut st, r);
    }
}

#[unsafe(export_name = "rt.cleanupget")]
unsafe extern "C" fn rt_cleanupget() -> usize {
    let mut st = STATE.lock();
    let r = st.cleanup.pop();
    if r.is_null() {
        st.cleanup.waiter = getg();
        core::mem::forget(st);
        goparkunlock(STATE.raw(), WaitReason::CleanupWait);
        return 0;
    }
    COUNTS[3].fetch_add(1, Ordering::Relaxed);
    let func = (*r).func;
    free_record(&mut st, r);
    drop(st);
    barrier::shade(func);
    func
}

#[unsafe(export_name = "rt.finpending")]
unsafe extern "C" fn rt_finpending() -> usize {
    let unswept = !gcsweep::complete();
    let st = STATE.lock();
    let left = |q: &Queue| q.len + q.busy as usize;
    left(&st.fin) + left(&st.cleanup) + unswept as usize
}

#[unsafe(export_name = "rt.getOrAddWeakHandle")]
unsafe extern "C" fn rt_get_or_add_weak_handle(p: usize) -> usize {
    if !MHEAP.in_heap(p) {
        return immortal::handle(p);
    }
    let span = span_swept(p);
    if span.is_null() {
        return 0;
    }
    let is = |s: *mut Special| (*s).p == p && (*s).kind.load(Ordering::Relaxed) == WEAK;
    {
        let _st = STATE.lock();
        let r = find(span, false, is);
        if !r.is_null() {
            let h = (*r).func;
            drop(_st);
            barrier::shade(h);
            return h;
        }
    }
    // Not a tiny object: it must live as long as its record, not as its neighbours.
    let h = mallocgc(16, core::ptr::null(), true);
    (*(h as *const AtomicUsize)).store(p, Ordering::Release);
    let mut st = STATE.lock();
    let r = find(span, false, is);
    if !r.is_null() {
        let h = (*r).func;
        drop(st);
        barrier::shade(h);
        return h;
    }
    let r = new_record(&mut st);
    (*r).p = p;
    (*r).func = h;
    (*r).kind.store(WEAK, Ordering::Release);
    link(span, r);
    drop(st);
    barrier::shade(h);
    h
}

#[unsafe(export_name = "rt.weakhandlestrong")]
unsafe extern "C" fn rt_weakhandlestrong(h: usize) -> usize {
    let handle = &*(h as *const AtomicUsize);
    let p = handle.load(Ordering::Acquire);
    if p == 0 || !MHEAP.in_heap(p) {
        return p;
    }
    let span = MHEAP.span_of(p);
    if span.is_null() || (*span).state.load(Ordering::Acquire) != state::IN_USE {
        return 0;
    }
    // If the object died in the last cycle, sweeping its span clears the handle.
    gcsweep::ensure_swept(span);
    let p = handle.load(Ordering::Acquire);
    if p != 0 {
        barrier::shade(p);
    }
    p
}

/// Row `intinyblock`.
#[unsafe(export_name = "rt.intinyblock")]
unsafe extern "C" fn rt_intinyblock(p: usize) -> bool {
    let s = MHEAP.span_of(p);
    !s.is_null() && (*s).noscan() && (*s).elemsize == 16
}

/// Row `refersto`.
#[unsafe(export_name = "rt.refersto")]
unsafe extern "C" fn rt_refersto(obj: usize, lo: usize, n: usize) -> bool {
    let s = MHEAP.span_of(obj);
    if s.is_null() || (*s).state.load(Ordering::Acquire) != state::IN_USE || (*s).noscan() {
        return false;
    }
    let mut found = false;
    let base = (*s).obj_base((*s).obj_index(obj));
    crate::gc::mark::each_slot(base, |at| found |= (*(at as *const usize)).wrapping_sub(lo) < n);
    found
}

/// Row `findobject0`: the live object `p` points into.
#[unsafe(export_name = "rt.findobject0")]
unsafe extern "C" fn rt_findobject0(p: usize) -> super::slice::Pair {
    let s = MHEAP.span_of(p);
    if s.is_null() || (*s).state.load(Ordering::Acquire) != state::IN_USE || p >= (*s).limit {
        return super::slice::Pair(0, 0);
    }
    let i = (*s).obj_index(p);
    if !(*s).is_allocated(i) {
        return super::slice::Pair(0, 0);
    }
    let (mut base, mut size) = ((*s).obj_base(i), (*s).elemsize);
    if !(*s).noscan() && (*s).class() != 0 && size > super::sizeclasses::MIN_SIZE_FOR_MALLOC_HEADER {
        base += super::sizeclasses::MALLOC_HEADER_SIZE;
        size -= super::sizeclasses::MALLOC_HEADER_SIZE;
    }
    super::slice::Pair(base, size)
}

/// Row `persistentalloc`.
#[unsafe(export_name = "rt.persistentalloc")]
extern "C" fn rt_persistentalloc(size: usize, align: usize) -> usize {
    persistentalloc(size, align.max(8))
}
