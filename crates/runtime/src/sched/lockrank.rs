//! Lock order. A thread that holds a lock may take only locks of a higher rank (equal ranks: by address, channels only).
//!
//! Read the list from top to bottom: it is the graph. Nothing checks it at run time yet: whoever adds a lock does.

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
