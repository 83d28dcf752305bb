//! Lock order. A thread that holds a lock may take only locks of a higher rank (equal ranks: by address, channels only).
//!
//! Read the list from top to bottom: it is the graph. `GOXIDESTRESS=locks` checks it at run time (`lockcheck.rs`), and CI runs
//! its stress that way.

use core::sync::atomic::{Ordering::SeqCst, compiler_fence};

/// Rank of a runtime lock; outermost first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Rank {
    /// Start and end of garbage collections.
    GcWork = 1,
    /// Sweeping, finalizer and cleanup queues.
    Sweep,
    /// Descriptor of a polled file.
    PollDesc,
    /// A semaphore bucket.
    Sema,
    /// A `sync.Cond` list.
    NotifyList,
    /// A channel; several in address order (select).
    Hchan,
    /// A P's timer heap.
    Timers,
    /// The scheduler's lock: idle lists, global run queue, world state.
    Sched,
    /// The list of all goroutines.
    Allg,
    /// Dead goroutines.
    Gfree,
    /// Central free lists of a span class.
    Mcentral,
    /// Totals of what the Ps count of the heap.
    HeapStats,
    /// Spans and pages.
    Mheap,
    /// Stack segments.
    Stack,
    /// Memory that is never freed.
    Persistent,
    /// Profiles.
    Prof,
    /// Anything that takes no other lock.
    Leaf,
    /// Output of dying programs: may be taken with anything held.
    Print,
}

impl Rank {
    /// For reports.
    pub fn name(self) -> &'static str {
        match self {
            Rank::GcWork => "GcWork",
            Rank::Sweep => "Sweep",
            Rank::PollDesc => "PollDesc",
            Rank::Sema => "Sema",
            Rank::NotifyList => "NotifyList",
            Rank::Hchan => "Hchan",
            Rank::Timers => "Timers",
            Rank::Sched => "Sched",
            Rank::Allg => "Allg",
            Rank::Gfree => "Gfree",
            Rank::Mcentral => "Mcentral",
            Rank::HeapStats => "HeapStats",
            Rank::Mheap => "Mheap",
            Rank::Stack => "Stack",
            Rank::Persistent => "Persistent",
            Rank::Prof => "Prof",
            Rank::Leaf => "Leaf",
            Rank::Print => "Print",
        }
    }
}

/// What a thread holds, in the order in which it took them.
///
/// A signal handler of the same thread may come between any two instructions; it takes away what it has added.
pub struct Held {
    n: usize,
    locks: [(usize, Option<Rank>); MOST],
}

/// More than that at once is an error of its own.
const MOST: usize = 16;

/// Why a lock may not be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// The thread has it already, so it would wait for itself.
    Itself,
    /// The thread holds one of this rank, which is not further out.
    After(Rank),
    TooMany,
}

impl Held {
    pub const NONE: Held = Held { n: 0, locks: [(0, None); MOST] };

    /// Whether the lock at `addr` may be waited for now. A signal handler (`handler`) interrupts whatever the thread holds: what it
    /// takes must only not be among that.
    pub fn check(&self, addr: usize, rank: Rank, handler: bool) -> Result<(), Wrong> {
        let held = &self.locks[..self.n.min(MOST)];
        if held.iter().any(|h| h.0 == addr) {
            return Err(Wrong::Itself);
        }
        if self.n >= MOST {
            return Err(Wrong::TooMany);
        }
        let first = held.iter().find(|h| match h.1 {
            // Channels of one select are taken by address.
            Some(Rank::Hchan) if rank == Rank::Hchan => h.0 > addr,
            Some(r) => r >= rank,
            None => false,
        });
        match first {
            Some(&(_, Some(r))) if !handler => Err(Wrong::After(r)),
            _ => Ok(()),
        }
    }

    /// The lock is taken now.
    pub fn push(&mut self, addr: usize, rank: Rank) {
        let i = self.n;
        // The place is claimed before it is filled: a handler in between uses the next one.
        self.n = i + 1;
        compiler_fence(SeqCst);
        if i < MOST {
            self.locks[i] = (addr, Some(rank));
        }
        compiler_fence(SeqCst);
    }

    /// The lock is given up; not the newest one, maybe. False: it was not held by this thread.
    pub fn remove(&mut self, addr: usize) -> bool {
        let n = self.n.min(MOST);
        let Some(i) = self.locks[..n].iter().rposition(|h| h.0 == addr) else { return false };
        self.locks.copy_within(i + 1..n, i);
        self.locks[n - 1] = (0, None);
        compiler_fence(SeqCst);
        self.n -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inwards_only() {
        let mut h = Held::NONE;
        assert_eq!(h.check(1, Rank::Hchan, false), Ok(()));
        h.push(1, Rank::Hchan);
        assert_eq!(h.check(2, Rank::Sched, false), Ok(()));
        h.push(2, Rank::Sched);
        assert_eq!(h.check(3, Rank::Timers, false), Err(Wrong::After(Rank::Sched)));
        assert_eq!(h.check(4, Rank::Sched, false), Err(Wrong::After(Rank::Sched)));
        assert_eq!(h.check(2, Rank::Leaf, false), Err(Wrong::Itself));
        // Given up in any order.
        assert!(h.remove(1) && h.remove(2) && !h.remove(2));
        assert_eq!(h.check(3, Rank::Timers, false), Ok(()));
    }

    #[test]
    fn channels_by_address() {
        let mut h = Held::NONE;
        h.push(10, Rank::Hchan);
        assert_eq!(h.check(20, Rank::Hchan, false), Ok(()));
        assert_eq!(h.check(5, Rank::Hchan, false), Err(Wrong::After(Rank::Hchan)));
    }

    #[test]
    fn handlers_interrupt_anything_but_their_own_locks() {
        let mut h = Held::NONE;
        h.push(1, Rank::Leaf);
        assert_eq!(h.check(2, Rank::Leaf, true), Ok(()));
        assert_eq!(h.check(1, Rank::Leaf, true), Err(Wrong::Itself));
    }

    #[test]
    fn a_limit() {
        let mut h = Held::NONE;
        for i in 1..=MOST {
            h.push(i, Rank::Hchan);
        }
        assert_eq!(h.check(99, Rank::Leaf, false), Err(Wrong::TooMany));
    }

    /// `docs/runtime.md` shows the graph that is checked.
    #[test]
    fn the_documented_graph() {
        let doc = include_str!("../../../../docs/runtime.md");
        let source = include_str!("lockrank.rs");
        let body = &source[source.find("pub enum Rank {").unwrap()..source.find("impl Rank {").unwrap()];
        let names: Vec<&str> = body
            .lines()
            .map(str::trim)
            .filter(|l| l.ends_with(',') && l.starts_with(char::is_uppercase))
            .map(|l| l.trim_end_matches(',').split(' ').next().unwrap())
            .collect();
        let rows: Vec<&str> = doc
            .lines()
            .skip_while(|l| !l.starts_with("| rank |"))
            .skip(2)
            .take_while(|l| l.starts_with("| `"))
            .map(|l| l.split('`').nth(1).unwrap())
            .collect();
        assert_eq!(rows, names);
    }
}
