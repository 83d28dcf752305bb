//! The data-flow graph of a batch of mutually dependent functions.
//!
//! A location stands for a variable, or for the memory an expression allocates. An edge `dst ← src` with `derefs` n says
//! that src, dereferenced n times, flows to dst; n = −1 means that src's address does. A hole is where the value of an
//! expression goes while the expression is being walked.

use super::tags::Leaks;
use goxide_base::{FxHashMap, Pos};
use goxide_syntax::ast::{Expr, NodeId};
use goxide_types::Obj;
use smallvec::SmallVec;

/// Index of a location.
pub type Loc = usize;

/// Takes values nobody looks at.
pub const BLANK: Loc = 0;
/// Whatever flows here may live for ever.
pub const HEAP: Loc = 1;
/// Memory reachable from what flows here may be written.
pub const MUTATOR: Loc = 2;
/// Func values that flow here are called, and their results lost.
pub const CALLEE: Loc = 3;
/// What flows here may live for ever if type arguments have pointers that are not those of strings.
pub const NON_STRING: Loc = 4;
/// The first location that is none of these.
pub const FIRST: Loc = 5;

pub const ESCAPES: u8 = 1;
/// The storage must last beyond the statement.
pub const PERSISTS: u8 = 2;
pub const MUTATES: u8 = 4;
pub const CALLS: u8 = 8;

/// What kind of expression allocates.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Site {
    /// A value converted to an interface; the node is the operand's if nothing in the source says so.
    Iface,
    Append,
    Closure,
    MethodValue,
    New,
    MakeSlice,
    MakeMap,
    /// `&T{…}`
    PtrLit,
    SliceLit,
    /// The slice of a variadic call.
    Dots,
    MapLit,
    /// Between strings and slices.
    Conv,
    Concat,
}

/// What a location stands for.
#[derive(Clone, Copy)]
pub enum What {
    /// Something of the analysis.
    Temp,
    Var(Obj),
    Expr {
        site: Site,
        node: NodeId,
        pos: Pos,
        e: Option<&'static Expr>,
    },
}

pub struct Edge {
    pub src: Loc,
    pub derefs: i32,
}

pub struct Location {
    pub what: What,
    /// The function it belongs to, by index in the batch.
    pub func: usize,
    pub edges: SmallVec<[Edge; 2]>,
    pub depth: i32,
    /// Position among the results, from 1; 0 for what is no result.
    pub result: usize,
    pub param: bool,
    pub attrs: u8,
    pub leaks: Leaks,
    pub captured: bool,
    pub reassigned: bool,
    pub addrtaken: bool,
    // state of the walk (`solve`)
    pub derefs: i32,
    pub walk: u32,
    pub queued: bool,
    pub queued_walk: u32,
}

/// Where a value goes.
#[derive(Clone, Copy)]
pub struct Hole {
    pub dst: Loc,
    pub derefs: i32,
    /// The address of the expression is taken, whether or not it goes anywhere.
    pub addrtaken: bool,
}

impl Hole {
    pub fn to(dst: Loc) -> Hole {
        Hole { dst, derefs: 0, addrtaken: false }
    }
    pub fn shift(self, n: i32) -> Hole {
        Hole { dst: self.dst, derefs: self.derefs + n, addrtaken: n < 0 }
    }
    pub fn deref(self) -> Hole {
        self.shift(1)
    }
    pub fn addr(self) -> Hole {
        self.shift(-1)
    }
}

/// A function of the batch: declared, a literal, or the wrapper that a go or defer statement becomes.
pub struct Fun {
    /// Where its source begins, if it has any.
    pub pos: Pos,
    pub parent: Option<usize>,
    pub obj: Option<Obj>,
    pub params: Vec<Obj>,
    pub results: Vec<Loc>,
    /// Somebody calls this literal without the results being followed.
    pub results_lost: bool,
}

/// The graph.
pub struct Graph {
    pub locs: Vec<Location>,
    pub funs: Vec<Fun>,
    pub vars: FxHashMap<Obj, Loc>,
    /// Function literals by their expression.
    pub lits: FxHashMap<NodeId, usize>,
    /// Literal that the location of a closure runs.
    pub closure_of: FxHashMap<Loc, usize>,
}

impl Graph {
    pub fn new() -> Graph {
        let mut g = Graph {
            locs: Vec::new(),
            funs: Vec::new(),
            vars: FxHashMap::default(),
            lits: FxHashMap::default(),
            closure_of: FxHashMap::default(),
        };
        for attrs in [0, ESCAPES | PERSISTS | MUTATES | CALLS, MUTATES, CALLS, ESCAPES | PERSISTS | MUTATES | CALLS] {
            let l = g.new_loc(What::Temp, usize::MAX, 0, false);
            g.locs[l].attrs = attrs;
        }
        g
    }
    pub fn new_loc(&mut self, what: What, func: usize, depth: i32, persists: bool) -> Loc {
        self.locs.push(Location {
            what,
            func,
            edges: SmallVec::new(),
            depth,
            result: 0,
            param: false,
            attrs: if persists { PERSISTS } else { 0 },
            leaks: Leaks::default(),
            captured: false,
            reassigned: false,
            addrtaken: false,
            derefs: 0,
            walk: 0,
            queued: false,
            queued_walk: 0,
        });
        self.locs.len() - 1
    }
    pub fn has(&self, l: Loc, attr: u8) -> bool {
        self.locs[l].attrs & attr != 0
    }
    /// `src` goes to `k`.
    pub fn flow(&mut self, k: Hole, src: Loc) {
        if k.addrtaken {
            self.locs[src].addrtaken = true;
        }
        if k.dst == BLANK || k.dst == src && k.derefs >= 0 {
            return;
        }
        if self.has(k.dst, ESCAPES) && k.derefs < 0 {
            self.locs[src].attrs |= ESCAPES | PERSISTS | MUTATES | CALLS;
            return;
        }
        self.locs[k.dst].edges.push(Edge { src, derefs: k.derefs });
    }
    /// Whether `inner` is a literal inside `outer`.
    pub fn contains(&self, outer: usize, inner: usize) -> bool {
        let mut at = self.funs.get(inner).and_then(|f| f.parent);
        while let Some(p) = at {
            if p == outer {
                return true;
            }
            at = self.funs[p].parent;
        }
        false
    }
}
