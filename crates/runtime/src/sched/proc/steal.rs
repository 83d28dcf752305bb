//! Taking half of another P's queue.

use super::*;
use crate::io::time;
use crate::sys::atomic::Ordering::*;
use crate::sys::rand;
use core::ptr::null_mut;

/// Times a thief goes round all Ps; in the last round it also takes `next` and runs timers.
const ROUNDS: u32 = 4;

/// Looks at all other Ps, four rounds. Gives (G, inherit, now, first timer, something new happened).
pub(super) unsafe fn steal_work(p: *mut P, mut now: i64) -> (*mut G, bool, i64, i64, bool) {
    let n = SCHED.gomaxprocs.load(Relaxed) as u32;
    let mut polluntil = 0;
    for round in 0..ROUNDS {
        let last = round == ROUNDS - 1;
        // A random start and a stride coprime to n visit every P once.
        let mut pos = rand::cheaprandn(n);
        let mut stride = rand::cheaprandn(n).max(1);
        while gcd(stride, n) != 1 {
            stride += 1;
        }
        for _ in 0..n {
            if SCHED.gcwaiting.load(SeqCst) != 0 {
                return (null_mut(), false, now, polluntil, true);
            }
            let q = SCHED.allp.get(pos as usize);
            pos = (pos + stride) % n;
            if q == p {
                continue;
            }
            if last && (*q).timers.first() != 0 {
                let (t_now, until) = time::check_timers(q, now);
                now = t_now;
                polluntil = min_nonzero(polluntil, until);
                if let Some((gp, inherit)) = (*p).runq.get() {
                    return (gp, inherit, now, polluntil, true);
                }
            }
            if (*q).status.load(Relaxed) != PIDLE {
                let running = (*q).status.load(Relaxed) == PRUNNING;
                if let Some(gp) = (*p).runq.steal(&(*q).runq, last, running) {
                    return (gp, false, now, polluntil, false);
                }
            }
        }
    }
    (null_mut(), false, now, polluntil, false)
}

pub(super) fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
