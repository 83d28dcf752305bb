//! Recording of facts about nodes (`recording.go`).

use super::operand::NO_NODE;
use super::{Checker, ExprInfo, Operand};
use crate::constant::Value;
use crate::info::{Instance, Mode, Selection, SelectionKind, TypeAndValue};
use crate::late::leak_vec;
use crate::object::{Obj, VarKind};
use crate::predicates::is_untyped;
use crate::types::{SigData, Ty, invalid};
use goxide_base::Name;
use goxide_syntax::ast::{Expr, ExprKind, Ident, NodeId};

impl Checker {
    /// Records an operand for its expression; untyped ones are only remembered.
    pub(crate) fn record(&mut self, x: &Operand) {
        let Some(e) = x.expr else { return };
        let (ty, val) = match x.mode {
            Mode::Invalid => (invalid(), None),
            Mode::NoValue => (Ty::tuple(&[]), None),
            Mode::Constant => (x.typ, Some(x.val.clone())),
            _ => (x.typ, None),
        };
        if is_untyped(ty) {
            self.untyped.insert(
                e.id,
                ExprInfo { expr: e, is_lhs: false, mode: x.mode, typ: ty, val: val.unwrap_or(Value::Unknown) },
            );
        } else {
            self.record_type_and_value(e, x.mode, ty, val);
        }
    }

    /// Records what stayed untyped to the end.
    pub(crate) fn record_untyped(&mut self) {
        for (_, i) in std::mem::take(&mut self.untyped) {
            let val = (i.mode == Mode::Constant).then_some(i.val);
            self.record_type_and_value(i.expr, i.mode, i.typ, val);
        }
    }

    pub(crate) fn record_type_and_value(&mut self, e: &'static Expr, mode: Mode, ty: Ty, value: Option<Value>) {
        if mode == Mode::Invalid || e.id == NO_NODE {
            return;
        }
        self.info.types.insert(e.id, TypeAndValue { mode, ty, value });
    }

    /// Records the signature a built-in function has in this call, for its possibly parenthesized name.
    pub(crate) fn record_builtin_type(&mut self, f: &'static Expr, sig: Ty) {
        let mut f = f;
        loop {
            self.record_type_and_value(f, Mode::Builtin, sig, None);
            match &f.kind {
                ExprKind::Paren(x) => f = x,
                _ => return,
            }
        }
    }

    /// Turns the recorded type of a comma-ok expression into the pair of types.
    pub(crate) fn record_comma_ok_types(&mut self, e: &'static Expr, a: &[Operand]) {
        if !a[0].is_valid() {
            return;
        }
        let mut e = e;
        let var = |t| Obj::new_var(VarKind::Local, e.pos, Some(self.pkg), Name::new(""), Some(t));
        let pair = Ty::tuple_of(vec![var(a[0].typ), var(a[1].typ)]);
        loop {
            if let Some(tv) = self.info.types.get_mut(e.id) {
                tv.ty = pair;
            }
            match &e.kind {
                ExprKind::Paren(x) => e = x,
                _ => return,
            }
        }
    }

    /// Records an instantiation for the identifier in `e` (a name, selector, or index of one).
    pub(crate) fn record_instance(&mut self, e: &'static Expr, targs: &'static [Ty], ty: Ty) {
        let Some(id) = instantiated_ident(e) else { return };
        let mut ty = ty;
        if let Some(s) = ty.as_sig() {
            // A method value or expression: put the receiver back.
            let d = s.data();
            if d.method_expr && !d.params.is_empty() {
                ty = Ty::sig_of(SigData {
                    recv: Some(d.params[0]),
                    recvold: None,
                    method_expr: false,
                    params: &d.params[1..],
                    ..d
                });
            } else if let Some(r) = d.recvold {
                ty = Ty::sig_of(SigData { recv: Some(r), recvold: None, ..d });
            }
        }
        self.info.instances.insert(id, Instance { targs, ty });
    }

    pub(crate) fn record_def(&mut self, id: NodeId, obj: Option<Obj>) {
        if let Some(o) = obj {
            self.info.defs.insert(id, o);
        }
    }

    pub(crate) fn record_use(&mut self, id: NodeId, obj: Obj) {
        if id != NO_NODE {
            self.info.uses.insert(id, obj);
        }
    }

    pub(crate) fn record_implicit(&mut self, id: NodeId, obj: Obj) {
        self.info.implicits.insert(id, obj);
    }

    #[allow(clippy::too_many_arguments)]
    pub(crate) fn record_selection(
        &mut self,
        e: &'static Expr,
        sel: Ident,
        kind: SelectionKind,
        recv: Ty,
        obj: Obj,
        index: Vec<usize>,
        indirect: bool,
    ) {
        self.record_use(sel.id, obj);
        self.info.selections.insert(e.id, Selection { kind, recv, obj, index: leak_vec(index), indirect });
    }

    /// Records how a promoted field named in a struct literal is reached; by the key, since there is no selector.
    pub(crate) fn record_lit_path(&mut self, key: &'static Expr, recv: Ty, obj: Obj, index: &[usize]) {
        let s =
            Selection { kind: SelectionKind::FieldVal, recv, obj, index: leak_vec(index.to_vec()), indirect: false };
        self.info.selections.insert(key.id, s);
    }
}

/// The identifier that names what an expression instantiates.
pub(crate) fn instantiated_ident(e: &Expr) -> Option<NodeId> {
    let e = match &e.kind {
        ExprKind::Index { x, .. } => x,
        _ => e,
    };
    match &e.unparen().kind {
        ExprKind::Name(_) => Some(e.unparen().id),
        ExprKind::Selector { sel, .. } => Some(sel.id),
        _ => None,
    }
}
