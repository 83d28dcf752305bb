//! What callers know of a parameter: how many times it is dereferenced on its shortest way to the heap, to something
//! that writes through it, to something that calls it, and to each of the first results.

/// Results that are told apart; what flows to a later one counts as leaking.
pub const RESULTS: usize = 5;

const HEAP: usize = 0;
const MUTATOR: usize = 1;
const CALLEE: usize = 2;
/// To the heap, if type arguments have pointers that are not those of strings.
const NON_STRING: usize = 3;
const RESULT0: usize = 4;

/// Numbers of dereferences plus one, 0 for "never".
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Leaks([u8; RESULT0 + RESULTS]);

/// What pointers values of a type have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Pointers {
    /// At most those of strings.
    Strings,
    /// That depends on type parameters.
    Open,
    Others,
}

impl Leaks {
    /// Nothing is known: it leaks.
    pub const ALL: Leaks = Leaks([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    /// An external function that keeps nothing.
    pub const NOESCAPE: Leaks = Leaks([0, 1, 1, 0, 0, 0, 0, 0, 0]);

    fn get(self, i: usize) -> Option<i32> {
        (self.0[i] > 0).then(|| i32::from(self.0[i]) - 1)
    }
    fn add(&mut self, i: usize, derefs: i32) {
        if self.get(i).is_none_or(|old| derefs < old) {
            self.0[i] = (derefs + 1).clamp(1, 255) as u8;
        }
    }
    pub fn heap(self) -> Option<i32> {
        self.get(HEAP)
    }
    pub fn mutator(self) -> Option<i32> {
        self.get(MUTATOR)
    }
    pub fn callee(self) -> Option<i32> {
        self.get(CALLEE)
    }
    pub fn non_string(self) -> Option<i32> {
        self.get(NON_STRING)
    }
    pub fn result(self, i: usize) -> Option<i32> {
        if i < RESULTS { self.get(RESULT0 + i) } else { None }
    }
    pub fn add_heap(&mut self, derefs: i32) {
        self.add(HEAP, derefs);
    }
    pub fn add_mutator(&mut self, derefs: i32) {
        self.add(MUTATOR, derefs);
    }
    pub fn add_callee(&mut self, derefs: i32) {
        self.add(CALLEE, derefs);
    }
    pub fn add_non_string(&mut self, derefs: i32) {
        self.add(NON_STRING, derefs);
    }
    /// The tag for type arguments of which this is known.
    pub fn of_instance(mut self, pointers: Pointers) -> Leaks {
        if let (Some(n), true) = (self.non_string(), pointers != Pointers::Strings) {
            self.add_heap(n);
        }
        self.0[NON_STRING] = 0;
        self
    }
    pub fn add_result(&mut self, i: usize, derefs: i32) {
        self.add(RESULT0 + i, derefs);
    }
    /// Drops what the way to the heap implies.
    pub fn optimize(&mut self) {
        let Some(heap) = self.heap() else { return };
        for i in 1..self.0.len() {
            if self.get(i).is_some_and(|x| x >= heap) {
                self.0[i] = 0;
            }
        }
    }
}
