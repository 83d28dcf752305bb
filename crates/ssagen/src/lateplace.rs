//! Places of an assignment of several values. The operands of indexing and dereferencing on the left are evaluated
//! first; whether an index is in range is asked only when that place's turn comes, so that what is assigned before a
//! panic is what gc assigns.

use crate::expr::Loc;
use crate::fx::*;
use crate::layout::*;
use crate::stmt::Place;
use goxide_base::Pos;
use goxide_ssa::{BoundsKind, Value};
use goxide_syntax::ast::{Expr, ExprKind};
use goxide_types::{SelectionKind, Ty};

/// A place whose operands are known.
pub enum Late {
    Now(Place),
    /// Element of a slice: its pointer and length.
    Slice {
        ptr: Value,
        len: Value,
        index: Value,
        signed: bool,
        elem: Ty,
        pos: Pos,
    },
    /// Element of an array that is itself a place.
    Array {
        base: Box<Late>,
        at: Ty,
        index: Value,
        signed: bool,
        pos: Pos,
    },
    /// Part of a struct that is itself a place.
    Field {
        base: Box<Late>,
        st: Ty,
        path: &'static [usize],
    },
}

impl Fx<'_> {
    /// Evaluates the operands of `e` on the left of an assignment.
    pub fn late_place(&mut self, e: &'static Expr) -> (Late, Ty) {
        let e = e.unparen();
        match &e.kind {
            ExprKind::Index { x, index } => {
                let xt = self.type_of(x);
                if is_slice(xt) {
                    let s = self.expr(x);
                    let (ptr, len) = (s.s()[0], s.s()[1]);
                    let (index, signed) = self.index_value(index);
                    let et = elem(xt);
                    return (Late::Slice { ptr, len, index, signed, elem: et, pos: e.pos }, et);
                }
                if is_array(xt) {
                    let (base, _) = self.late_place(x);
                    let (index, signed) = self.index_value(index);
                    let base = Box::new(base);
                    return (Late::Array { base, at: xt, index, signed, pos: e.pos }, elem(xt));
                }
            }
            ExprKind::Selector { x, .. } => {
                let st = self.type_of(x);
                if let Some(s) = self.info().selections.get(e.id)
                    && s.kind == SelectionKind::FieldVal
                    && is_struct(st)
                    && !through_pointer(st, s.index)
                {
                    let path = s.index;
                    let (base, _) = self.late_place(x);
                    let t = self.type_of(e);
                    return (Late::Field { base: Box::new(base), st, path }, t);
                }
            }
            _ => {}
        }
        let (p, t) = self.place(e);
        (Late::Now(p), t)
    }

    /// Finds the place itself.
    pub fn arrive(&mut self, l: Late) -> Place {
        match l {
            Late::Now(p) => p,
            Late::Slice { ptr, len, index, signed, elem, pos } => {
                self.set_pos(pos);
                self.bounds(BoundsKind::Index, signed, index, len);
                Place::Mem(self.elem_addr(Addr::heap(ptr), elem, index))
            }
            Late::Array { base, at, index, signed, pos } => {
                let base = self.arrive(*base);
                self.set_pos(pos);
                let n = self.b.int(array_len(at));
                self.bounds(BoundsKind::Index, signed, index, n);
                match base {
                    Place::Mem(a) => Place::Mem(self.elem_addr(a, elem(at), index)),
                    Place::Vars(_) if array_len(at) == 0 => Place::Blank,
                    // Arrays in scalars have at most one element.
                    p => p,
                }
            }
            Late::Field { base, st, path } => {
                let l = match self.arrive(*base) {
                    Place::Mem(a) => Loc::Mem(a),
                    Place::Vars(xs) => Loc::Vars(xs),
                    p => return p,
                };
                match self.walk_from(l, st, path).0 {
                    Loc::Mem(a) => Place::Mem(a),
                    Loc::Vars(xs) => Place::Vars(xs),
                    Loc::Val(_) => Place::Blank,
                }
            }
        }
    }
}

/// Whether a path of fields from struct `t` goes through an embedded pointer.
fn through_pointer(mut t: Ty, path: &[usize]) -> bool {
    for (n, &i) in path.iter().enumerate() {
        t = field_ty(t, i);
        if is_ptr(t) && n + 1 < path.len() {
            return true;
        }
    }
    false
}
