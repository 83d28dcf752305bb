//! `sched/proc/{findrunnable,wake,idle,steal,globrunq}.rs`: whoever makes work visible while others give up looking for it must not
//! leave it lying there. Ms are threads of the model; a G is a number of times that it wants to run and what it starts.

mod common;

mod sys {
    pub mod atomic {
        pub use shuttle::hint::spin_loop;
        pub use shuttle::sync::atomic::*;
    }
    pub mod linux {
        pub use crate::common::futex::*;
        pub fn nanotime() -> i64 {
            1
        }
        pub fn usleep(_: u32) {
            shuttle::thread::yield_now();
        }
    }
    pub mod rand {
        std::thread_local! {
            /// Numbers drawn.
            pub static DRAWN: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
        }
        pub fn cheaprandn(n: u32) -> u32 {
            use shuttle::rand::Rng;
            DRAWN.with(|d| d.set(d.get() + 1));
            shuttle::rand::thread_rng().gen_range(0..n)
        }
    }
}

mod diag {
    pub mod schedstats {
        pub fn p_was_idle(_: i64) {}
    }
    /// No execution trace is written.
    pub mod trace {
        use crate::sched::runtime2::P;
        pub fn on() -> bool {
            false
        }
        pub unsafe fn proc_change(_: *mut P, _: bool) {}
    }
    pub mod throw {
        pub fn throw(s: &str) -> ! {
            panic!("{s}")
        }
    }
}

/// There is nothing to mark and nothing to wait for.
mod gc {
    use crate::sched::runtime2::P;
    pub unsafe fn find_worker(_: *mut P, _: bool) -> Option<()> {
        None
    }
    pub unsafe fn run_worker(_: *mut P, _: ()) {}
    pub unsafe fn idle_work(_: *mut P) -> bool {
        false
    }
}
mod io {
    pub mod netpoll {
        use crate::sched::proc::GList;
        pub fn any_waiters() -> bool {
            false
        }
        pub fn inited() -> bool {
            false
        }
        pub unsafe fn poll(_: i64) -> GList {
            unreachable!()
        }
        pub fn wake() {}
        pub fn wake_netpoller(_: i64) {}
    }
    pub mod time {
        use crate::sched::runtime2::P;
        pub unsafe fn check_timers(_: *mut P, now: i64) -> (i64, i64) {
            (now, 0)
        }
        pub fn first_deadline() -> i64 {
            0
        }
    }
}
mod heap {
    pub unsafe fn acquirep(_: *mut crate::sched::runtime2::P) {}
}

#[path = "../../runtime/src/sched"]
mod sched {
    pub mod lock;
    #[path = "lockcheck_hosted.rs"]
    pub mod lockcheck;
    pub mod lockrank;
    pub mod note;
    pub mod runq;

    pub mod stw {
        pub unsafe fn run_safepoint(_: *mut super::runtime2::P) {}
    }
    pub mod seeded {
        pub fn any_ready() -> bool {
            false
        }
    }

    pub mod runtime2 {
        use super::lock::RawLock;
        use super::lockrank::Rank;
        use super::note::Note;
        use shuttle::sync::atomic::*;
        use std::ptr::null_mut;

        pub mod status {
            pub const GRUNNABLE: u32 = 1;
            pub const GWAITING: u32 = 4;
            pub const PIDLE: u32 = 0;
            pub const PRUNNING: u32 = 1;
            pub const PGCSTOP: u32 = 3;
        }
        pub const RUNQ: usize = 4;
        pub struct G {
            pub schedlink: *mut G,
            /// Times it has run, of how many.
            pub ran: std::sync::atomic::AtomicU32,
            pub runs: u32,
            /// What it starts the first time, and whether it goes on only when those have run.
            pub starts: Vec<*mut G>,
            pub waits: bool,
            pub done: Note,
        }
        pub struct M {
            pub locks: i32,
            pub p: *mut P,
            pub nextp: *mut P,
            pub spinning: bool,
            pub schedlink: *mut M,
            pub park: Note,
            pub startfn: Option<unsafe fn()>,
        }
        pub struct Timers;
        impl Timers {
            pub fn first(&self) -> i64 {
                0
            }
        }
        pub struct P {
            pub id: i32,
            pub m: *mut M,
            pub status: AtomicU32,
            pub runq: super::runq::Runq,
            pub schedtick: AtomicU32,
            pub run_safepoint: AtomicU32,
            pub link: *mut P,
            pub idle_since: i64,
            pub timers: Timers,
        }
        pub struct SchedLocked {
            pub midle: *mut M,
            pub nmidle: i32,
            pub mcount: i64,
            pub pidle: *mut P,
            pub runqhead: *mut G,
            pub runqtail: *mut G,
            pub stopwait: i32,
        }
        pub struct Sched {
            pub lock: RawLock,
            pub locked: std::cell::UnsafeCell<SchedLocked>,
            pub npidle: AtomicI32,
            pub nmspinning: AtomicI32,
            pub needspinning: AtomicU32,
            pub runqsize: AtomicI32,
            pub gcwaiting: AtomicU32,
            pub lastpoll: AtomicI64,
            pub polluntil: AtomicI64,
            pub gomaxprocs: AtomicI32,
            pub stopnote: Note,
            pub allp: AllP,
        }
        pub struct AllP(pub std::cell::RefCell<Vec<*mut P>>);
        impl AllP {
            pub fn get(&self, i: usize) -> *mut P {
                self.0.borrow()[i]
            }
        }
        // SAFETY: as in the runtime; `allp` is set before the threads start.
        unsafe impl Sync for Sched {}
        // SAFETY: as above.
        unsafe impl Send for Sched {}
        impl Sched {
            pub fn new() -> Sched {
                Sched {
                    lock: RawLock::new(Rank::Sched),
                    locked: std::cell::UnsafeCell::new(SchedLocked {
                        midle: null_mut(),
                        nmidle: 0,
                        mcount: 0,
                        pidle: null_mut(),
                        runqhead: null_mut(),
                        runqtail: null_mut(),
                        stopwait: 0,
                    }),
                    npidle: AtomicI32::new(0),
                    nmspinning: AtomicI32::new(0),
                    needspinning: AtomicU32::new(0),
                    runqsize: AtomicI32::new(0),
                    gcwaiting: AtomicU32::new(0),
                    lastpoll: AtomicI64::new(0),
                    polluntil: AtomicI64::new(0),
                    gomaxprocs: AtomicI32::new(0),
                    stopnote: Note::new(),
                    allp: AllP(Default::default()),
                }
            }
            #[expect(clippy::mut_from_ref, reason = "the signature of the real one: the lock makes access exclusive")]
            pub unsafe fn locked(&self) -> &mut SchedLocked {
                &mut *self.locked.get()
            }
        }
        /// The scheduler of this execution, under the name that the sources use.
        pub struct Current;
        std::thread_local! {
            static SCHEDULER: std::cell::Cell<*const Sched> = const { std::cell::Cell::new(std::ptr::null()) };
        }
        pub fn set_scheduler(s: *const Sched) {
            SCHEDULER.with(|c| c.set(s));
        }
        impl std::ops::Deref for Current {
            type Target = Sched;
            fn deref(&self) -> &Sched {
                // SAFETY: set at the start of each execution, alive until its end.
                unsafe { &*SCHEDULER.with(|c| c.get()) }
            }
        }
        pub static SCHED: Current = Current;

        shuttle::thread_local! {
            static CUR: std::cell::Cell<*mut M> = std::cell::Cell::new(null_mut());
        }
        pub fn set(m: *mut M) {
            CUR.with(|c| c.set(m));
        }
        pub fn getm() -> *mut M {
            CUR.with(|c| c.get())
        }
        pub fn acquirem() -> *mut M {
            getm()
        }
        pub unsafe fn releasem(_: *mut M) {}
        pub fn allp() -> impl Iterator<Item = *mut P> {
            let n = SCHED.gomaxprocs.load(Ordering::SeqCst) as usize;
            (0..n).map(|i| SCHED.allp.get(i))
        }
    }

    pub mod proc {
        use super::runtime2::{status::*, *};
        use super::seeded;
        mod findrunnable;
        mod glist;
        mod globrunq;
        mod idle;
        mod steal;
        mod wake;
        use findrunnable::*;
        pub use glist::*;
        pub use globrunq::*;
        pub use idle::*;
        use steal::*;
        pub use wake::*;

        pub fn lock() {
            SCHED.lock.lock()
        }
        pub fn unlock() {
            SCHED.lock.unlock()
        }
        /// One decision.
        pub unsafe fn decide() -> *mut G {
            findrunnable().0
        }
        /// One search at the other Ps.
        pub unsafe fn search(p: *mut P) -> *mut G {
            steal_work(p, 0).0
        }
        pub unsafe fn casgstatus(_: *mut G, _: u32, _: u32) {}
        pub unsafe fn checkdead() {}
        pub unsafe fn gcstopm() {
            unreachable!()
        }
        pub(super) unsafe fn mreserve() {
            SCHED.locked().mcount += 1;
        }
        pub(super) unsafe fn newm_reserved(f: Option<unsafe fn()>, p: *mut P) {
            crate::start(f, p);
        }

        /// The M's life: find, run, again; a goroutine that wants to run again goes to the global queue, as after a preemption.
        pub unsafe fn schedule() {
            use std::sync::atomic::Ordering::SeqCst;
            let m = getm();
            loop {
                let (gp, _) = findrunnable();
                if (*gp).runs == 0 {
                    // The end of this M, which wakes nobody.
                    if std::mem::take(&mut (*m).spinning) {
                        SCHED.nmspinning.fetch_sub(1, shuttle::sync::atomic::Ordering::SeqCst);
                    }
                    let p = releasep();
                    while (*p).runq.get().is_some() {}
                    lock();
                    pidleput(p);
                    unlock();
                    crate::gone();
                    return;
                }
                if (*m).spinning {
                    resetspinning();
                }
                let ran = (*gp).ran.fetch_add(1, SeqCst) + 1;
                assert!(ran <= (*gp).runs, "ran too often");
                (*(*m).p).schedtick.fetch_add(1, shuttle::sync::atomic::Ordering::SeqCst);
                if ran == 1 {
                    for &new in &(*gp).starts {
                        runqput((*m).p, new, true);
                        wakep();
                    }
                    if (*gp).waits {
                        // Keeps its M and P busy until those have run: somebody else has to run them.
                        for &new in &(*gp).starts {
                            (*new).done.sleep();
                        }
                    }
                }
                if ran < (*gp).runs {
                    lock();
                    globrunqput(gp);
                    unlock();
                    wakep_for_global();
                } else {
                    (*gp).done.wakeup();
                    crate::finished();
                }
            }
        }
    }
}

use sched::note::Note;
use sched::proc::{acquirep, decide, globrunqput, lock, pidleput, releasep, runqput, schedule, search, startm, unlock};
use sched::runtime2::{G, M, P, SCHED, Sched, Timers, set, set_scheduler};
use shuttle::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::cell::{Cell, RefCell};
use std::ptr::null_mut;

/// One execution.
struct World {
    sched: Sched,
    left: AtomicUsize,
    done: Note,
    threads: RefCell<Vec<shuttle::thread::JoinHandle<()>>>,
    made: Cell<usize>,
    gone: AtomicUsize,
}

std::thread_local! {
    static WORLD: Cell<*const World> = const { Cell::new(std::ptr::null()) };
}

fn world() -> &'static World {
    // SAFETY: set at the start of each execution; kept until the next one of this thread has begun.
    unsafe { &*WORLD.with(|w| w.get()) }
}

fn finished() {
    if world().left.fetch_sub(1, SeqCst) == 1 {
        world().done.wakeup();
    }
}

fn gone() {
    world().gone.fetch_add(1, SeqCst);
}

/// A new M that begins with `f`, then schedules with `p`.
fn start(f: Option<unsafe fn()>, p: *mut P) {
    world().made.set(world().made.get() + 1);
    let p = p as usize;
    let h = shuttle::thread::spawn(move || {
        set(m());
        // SAFETY: this thread is the M.
        unsafe {
            if let Some(f) = f {
                f();
            }
            acquirep(p as *mut P);
            schedule();
        }
    });
    world().threads.borrow_mut().push(h);
}

fn g(runs: u32, waits: bool, starts: &[*mut G]) -> *mut G {
    if runs > 0 {
        world().left.fetch_add(1, SeqCst);
    }
    Box::into_raw(Box::new(G {
        schedlink: null_mut(),
        ran: Default::default(),
        runs,
        waits,
        done: Note::new(),
        starts: starts.to_vec(),
    }))
}

/// An M for a thread of the model.
fn m() -> *mut M {
    Box::into_raw(Box::new(M {
        locks: 0,
        p: null_mut(),
        nextp: null_mut(),
        spinning: false,
        schedlink: null_mut(),
        park: Note::new(),
        startfn: None,
    }))
}

/// A scheduler with so many Ps, none of them with anything to do.
fn new_world(procs: usize) {
    let w = Box::into_raw(Box::new(World {
        sched: Sched::new(),
        left: AtomicUsize::new(0),
        done: Note::new(),
        threads: Default::default(),
        made: Cell::new(0),
        gone: AtomicUsize::new(0),
    }));
    WORLD.with(|c| c.set(w));
    // SAFETY: just made.
    set_scheduler(unsafe { &raw const (*w).sched });
    for id in 0..procs {
        SCHED.allp.0.borrow_mut().push(Box::into_raw(Box::new(P {
            id: id as i32,
            m: null_mut(),
            status: AtomicU32::new(0),
            runq: sched::runq::Runq::NEW,
            schedtick: AtomicU32::new(1),
            run_safepoint: AtomicU32::new(0),
            link: null_mut(),
            idle_since: 0,
            timers: Timers,
        })));
    }
    SCHED.gomaxprocs.store(procs as i32, SeqCst);
}

/// Runs `first[i]` on P number `i`; the other Ps are idle. Ends when all goroutines have run.
fn run(procs: usize, first: impl Fn() -> Vec<*mut G>) {
    new_world(procs);
    let first = first();
    // SAFETY: nobody else runs yet; the Ps and Gs live to the end of the process.
    unsafe {
        for id in (first.len()..procs).rev() {
            lock();
            pidleput(SCHED.allp.get(id));
            unlock();
        }
        for (id, gp) in first.iter().enumerate() {
            runqput(SCHED.allp.get(id), *gp, false);
            // Nobody steals from a P that is on its way to an M; who sees its work looks again and again meanwhile.
            (*SCHED.allp.get(id)).status.store(sched::runtime2::status::PRUNNING, SeqCst);
        }
        for id in 0..first.len() {
            SCHED.locked().mcount += 1;
            start(None, SCHED.allp.get(id));
        }
        world().done.sleep();
        // All have run: one more for each M, which ends it.
        while world().gone.load(SeqCst) < world().made.get() {
            lock();
            if SCHED.runqsize.load(SeqCst) == 0 {
                globrunqput(g(0, false, &[]));
            }
            let asleep = !SCHED.locked().midle.is_null();
            unlock();
            if asleep {
                startm(null_mut(), false);
            }
            shuttle::thread::yield_now();
        }
        for h in std::mem::take(&mut *world().threads.borrow_mut()) {
            h.join().unwrap();
        }
    }
}

#[test]
fn an_idle_p_comes_for_new_work() {
    common::check(1500, || {
        run(2, || {
            let b = g(1, false, &[]);
            vec![g(1, true, &[b])]
        });
    });
}

/// The other M is just giving up its search.
#[test]
fn an_m_that_gives_up_sees_new_work() {
    common::check(2000, || {
        run(2, || {
            let b = g(1, false, &[]);
            vec![g(1, true, &[b]), g(1, false, &[])]
        });
    });
}

/// Who finds work wakes the next: two wait for two others, on four Ps.
#[test]
fn wake_ups_are_passed_on() {
    common::check(800, || {
        run(4, || {
            let (b, c) = (g(1, false, &[]), g(1, false, &[]));
            let d = g(1, true, &[c]);
            vec![g(1, true, &[b, d]), g(2, false, &[])]
        });
    });
}

/// Work that comes through the global queue.
#[test]
fn preempted_goroutines_are_found() {
    common::check(800, || {
        run(3, || {
            let b = g(3, false, &[]);
            vec![g(1, true, &[b]), g(2, false, &[])]
        });
    });
}

/// A P that never runs out of its own work takes from the global queue at every 61st decision, no sooner and no later.
#[test]
fn the_global_queue_has_every_61st_decision() {
    common::check(3, || {
        new_world(1);
        // SAFETY: the only thread; all that is made lives to the end of the process.
        unsafe {
            set(m());
            let p = SCHED.allp.get(0);
            acquirep(p);
            let (own, shared) = (g(1, false, &[]), g(1, false, &[]));
            let mut global = Vec::new();
            for tick in 1..=10 * 61 {
                (*p).schedtick.store(tick, SeqCst);
                if SCHED.runqsize.load(SeqCst) == 0 {
                    lock();
                    globrunqput(shared);
                    unlock();
                }
                if (*p).runq.is_empty() {
                    runqput(p, own, false);
                }
                if decide() == shared {
                    global.push(tick);
                }
            }
            let want: Vec<u32> = (1..=10).map(|n| n * 61).collect();
            assert_eq!(global, want);
            releasep();
        }
    });
}

/// A thief goes round four times (it draws two numbers for each round), and takes what its victim has put aside for itself to
/// run next only in the last of them.
#[test]
fn four_rounds_of_stealing() {
    use sched::runtime2::status::PRUNNING;
    common::check(3, || {
        new_world(3);
        // SAFETY: as above.
        unsafe {
            set(m());
            let (thief, victim) = (SCHED.allp.get(0), SCHED.allp.get(1));
            acquirep(thief);
            (*victim).status.store(PRUNNING, SeqCst);
            let rounds = || {
                sys::rand::DRAWN.with(|d| d.set(0));
                let gp = search(thief);
                (gp, sys::rand::DRAWN.with(|d| d.get()) / 2)
            };
            assert_eq!(rounds(), (null_mut(), 4));
            let (a, b) = (g(1, false, &[]), g(1, false, &[]));
            runqput(victim, a, false);
            runqput(victim, b, true);
            assert_eq!(rounds(), (a, 1));
            assert_eq!(rounds(), (b, 4));
            releasep();
        }
    });
}
