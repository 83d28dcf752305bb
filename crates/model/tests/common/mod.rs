//! What the checked sources find below them, and how they are run.

/// The futex of the model: a queue of sleepers for each address.
pub mod futex {
    use shuttle::sync::atomic::{AtomicU32, Ordering};
    use std::cell::RefCell;
    use std::collections::HashMap;

    type Sleepers = Vec<(u64, shuttle::thread::Thread)>;
    // All threads of the model run on the thread of the system that checks; it never changes between them in the middle of `with`,
    // which is what makes a futex call atomic.
    std::thread_local! {
        static QUEUES: RefCell<HashMap<usize, Sleepers>> = RefCell::default();
    }
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);

    fn with<R>(f: impl FnOnce(&mut HashMap<usize, Sleepers>) -> R) -> R {
        QUEUES.with(|q| f(&mut q.borrow_mut()))
    }

    pub fn futexsleep(key: &AtomicU32, val: u32, ns: i64) {
        let addr = key as *const AtomicU32 as usize;
        let me = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let thread = shuttle::thread::current();
        // The load is the scheduling point; nothing comes between it and the queue.
        if key.load(Ordering::SeqCst) != val {
            return;
        }
        with(|q| q.entry(addr).or_default().push((me, thread)));
        if ns >= 0 {
            // Time may pass at once, or not before somebody else has run.
            shuttle::thread::yield_now();
            with(|q| q.entry(addr).or_default().retain(|s| s.0 != me));
            return;
        }
        while with(|q| q.get(&addr).is_some_and(|s| s.iter().any(|s| s.0 == me))) {
            shuttle::thread::park();
        }
    }

    pub fn futexwakeup(key: &AtomicU32, n: u32) {
        let addr = key as *const AtomicU32 as usize;
        for _ in 0..n {
            let first = with(|q| q.get_mut(&addr).filter(|s| !s.is_empty()).map(|s| s.remove(0)));
            match first {
                Some((_, t)) => t.unpark(),
                None => return,
            }
        }
    }

    /// Before an execution: one that failed may have left sleepers.
    pub fn reset() {
        with(|q| q.clear());
    }
}

/// Executions of each check; `GOXIDE_MODEL=N` multiplies them.
fn rounds(n: usize) -> usize {
    n * std::env::var("GOXIDE_MODEL").ok().and_then(|v| v.parse::<usize>().ok()).unwrap_or(1)
}

/// Runs `f` under random schedules and under schedules with few preemptions (PCT), which find different bugs.
pub fn check(n: usize, f: impl Fn() + Send + Sync + Copy + 'static) {
    // The sources have statics, which executions share: one check at a time.
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(|e| e.into_inner());
    let f = move || {
        futex::reset();
        f();
    };
    shuttle::check_random(f, rounds(n));
    for depth in [1, 2, 3] {
        shuttle::check_pct(f, rounds(n / 3), depth);
    }
}
