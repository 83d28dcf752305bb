//! The scheduler: who runs, where, and how it stops.

#[cfg(not(test))]
mod coro;
pub mod lock;
#[cfg(not(test))]
pub mod lockcheck;
#[cfg(test)]
#[path = "lockcheck_hosted.rs"]
pub mod lockcheck;
pub mod lockrank;
#[cfg(not(test))]
pub mod maxprocs;
pub mod nap;
pub mod note;
#[cfg(not(test))]
pub mod preempt;
#[cfg(not(test))]
pub mod proc;
#[cfg(not(test))]
pub mod rows;
pub mod runq;
#[cfg(not(test))]
pub mod runtime2;
#[cfg(test)]
#[path = "hosted.rs"]
pub mod runtime2;
#[cfg(not(test))]
pub mod seeded;
#[cfg(not(test))]
pub mod stack;
#[cfg(not(test))]
pub mod step;
#[cfg(not(test))]
pub mod stw;
#[cfg(not(test))]
pub mod syscall;
#[cfg(not(test))]
pub mod sysmon;

#[cfg(test)]
mod tests {
    /// Traces have a text of their own for each wait reason.
    #[test]
    fn each_wait_reason_has_a_text_in_traces() {
        let go = include_str!("../../../../goroot/src/runtime/trace.go");
        let ours = include_str!("runtime2.rs");
        let between = |s: &'static str, from: &str, to: &str| {
            let s = s.split_once(from).expect("begins").1;
            s.split_once(to).expect("ends").0.lines().filter(|l| l.contains('"')).count()
        };
        let n = between(ours, "WAIT_REASONS: [&str; ", "];");
        assert!(n > 40);
        assert_eq!(between(go, "var traceReasons = ", "\n}"), n);
    }
}
