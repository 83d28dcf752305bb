//! Finds what escapes: from every location backwards along the edges, with the fewest dereferences (Bellman-Ford; a
//! count never falls below 0 in the middle of a way, so that there are no negative cycles), until nothing changes.

use super::graph::*;
use super::tags;
use std::collections::VecDeque;

impl Graph {
    pub fn solve(&mut self) {
        let mut todo: VecDeque<Loc> = (FIRST..self.locs.len()).rev().collect();
        [MUTATOR, CALLEE, NON_STRING, HEAP].iter().for_each(|&l| todo.push_front(l));
        todo.iter().for_each(|&l| self.locs[l].queued = true);
        let mut walk = 0;
        while let Some(root) = todo.pop_front() {
            self.locs[root].queued = false;
            walk += 1;
            self.walk_from(root, walk, &mut todo);
        }
    }

    fn enqueue(&mut self, l: Loc, todo: &mut VecDeque<Loc>) {
        if !std::mem::replace(&mut self.locs[l].queued, true) {
            if self.has(l, ESCAPES) { todo.push_front(l) } else { todo.push_back(l) }
        }
    }

    fn walk_from(&mut self, root: Loc, walk: u32, all: &mut VecDeque<Loc>) {
        self.locs[root].walk = walk;
        self.locs[root].derefs = 0;
        if self.has(root, CALLS)
            && let Some(&f) = self.closure_of.get(&root)
            && !std::mem::replace(&mut self.funs[f].results_lost, true)
        {
            for r in self.funs[f].results.clone() {
                self.enqueue(r, all);
            }
        }
        let mut todo = VecDeque::from([root]);
        while let Some(l) = todo.pop_front() {
            self.locs[l].queued_walk = 0;
            let derefs = self.locs[l].derefs.max(0);
            let mut new = 0;
            if self.locs[l].derefs < 0 {
                if self.outlives(root, l) {
                    new |= ESCAPES | PERSISTS | MUTATES | CALLS;
                } else if self.has(root, PERSISTS) {
                    new |= PERSISTS;
                }
            }
            if derefs == 0 {
                new |= self.locs[root].attrs & (MUTATES | CALLS);
            }
            if self.locs[l].param {
                if self.outlives(root, l) {
                    self.leak(l, root, derefs);
                }
                if self.has(root, MUTATES) {
                    self.locs[l].leaks.add_mutator(derefs);
                }
                if self.has(root, CALLS) {
                    self.locs[l].leaks.add_callee(derefs);
                }
            }
            if new & !self.locs[l].attrs != 0 {
                self.locs[l].attrs |= new;
                self.enqueue(l, all);
                if self.has(l, ESCAPES) {
                    continue;
                }
            }
            for i in 0..self.locs[l].edges.len() {
                let Edge { src, derefs: d } = self.locs[l].edges[i];
                if self.has(src, ESCAPES) {
                    continue;
                }
                let d = derefs + d;
                let s = &mut self.locs[src];
                if s.walk != walk || s.derefs > d {
                    s.walk = walk;
                    s.derefs = d;
                    if s.queued_walk != walk {
                        s.queued_walk = walk;
                        todo.push_back(src);
                    }
                }
            }
        }
    }

    /// Parameter `l`, dereferenced, flows to `sink`, which outlives it.
    fn leak(&mut self, l: Loc, sink: Loc, derefs: i32) {
        let s = &self.locs[sink];
        if sink == NON_STRING {
            self.locs[l].leaks.add_non_string(derefs);
        } else if s.attrs & ESCAPES == 0 && (1..=tags::RESULTS).contains(&s.result) && s.func == self.locs[l].func {
            let r = s.result - 1;
            self.locs[l].leaks.add_result(r, derefs);
        } else {
            self.locs[l].leaks.add_heap(derefs);
        }
    }

    /// Whether a value stored in `l` may be used when `other`'s storage is gone.
    fn outlives(&self, l: Loc, other: Loc) -> bool {
        if self.has(l, ESCAPES) {
            return true;
        }
        if l == MUTATOR || l == CALLEE {
            return false;
        }
        let (a, b) = (&self.locs[l], &self.locs[other]);
        if a.result > 0 {
            // A literal whose calls are all known may return what belongs to the functions around it.
            return !self.contains(b.func, a.func) || self.funs[a.func].results_lost;
        }
        a.func == b.func && a.depth < b.depth || self.contains(a.func, b.func)
    }
}
