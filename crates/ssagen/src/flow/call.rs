//! Calls: who is called, and where the arguments go.

mod godefer;

use super::Text;
use super::build::{Build, is_iface, is_type_param, pointers};
use super::graph::*;
use super::tags::Pointers;
use goxide_syntax::ast::*;
use goxide_syntax::pragma::PragmaFlags;
use goxide_types::{BuiltinId, Obj, Selection, SelectionKind, Ty};

/// What a call passes, and to which signature.
#[derive(Clone, Copy)]
struct Passed {
    call: &'static Expr,
    args: &'static [Expr],
    /// The last argument is the slice of the variadic parameter.
    dots: bool,
    sig: &'static goxide_types::Signature,
    /// Parameters before those of the signature: 1 if there is a receiver.
    first: usize,
    /// The function has `//go:uintptrescapes`.
    keeps: bool,
}

/// A function that is certainly called.
#[derive(Clone, Copy, PartialEq)]
pub enum Callee {
    Func(Obj, Pointers),
    /// A literal.
    Lit(NodeId),
    /// The body of a loop over a function.
    Body(NodeId),
}

impl Build<'_> {
    /// The method that `x.m` certainly denotes.
    pub fn static_method(&self, x: &Expr, s: &Selection) -> Option<Obj> {
        let _ = x;
        let recv = s.obj.sig_opt().and_then(|s| s.recv()).map(|r| r.ty());
        let abstract_ = recv.is_none_or(|t| is_iface(t) || is_type_param(t)) && !s.obj.has_ptr_recv();
        let of_param = self.ty(x).is_some_and(|t| is_type_param(goxide_types::lookup::deref(t).0));
        (!abstract_ && !of_param).then(|| s.obj.origin())
    }
    /// The same as something that is called.
    pub fn method_callee(&self, x: &Expr, s: &Selection) -> Option<Callee> {
        let m = self.static_method(x, s)?;
        let recv = s.obj.sig_opt().and_then(|s| s.recv())?.ty();
        Some(Callee::Func(m, pointers_of_receiver(recv)))
    }
    /// The functions that an expression certainly is one of; none if that is not known.
    pub fn callees(&self, e: &'static Expr) -> Vec<Callee> {
        let v = self.static_value(e);
        if let Some(c) = self.function(v) {
            return vec![c];
        }
        let ExprKind::Name(_) = v.kind else { return Vec::new() };
        if let Some((_, loops)) = self.local(v.id).and_then(|o| self.yields(o)) {
            return loops.iter().map(|f| Callee::Body(f.id)).collect();
        }
        let Some(a) = self.local(v.id).filter(|o| !self.param(*o)).and_then(|o| self.facts.assigns.get(&o)) else {
            return Vec::new();
        };
        if a.other {
            return Vec::new();
        }
        let nil = |e: &Expr| {
            let nil = |e: &Expr| self.info.types.get(e.unparen().id).is_some_and(|t| t.is_nil());
            let converted = match &e.unparen().kind {
                ExprKind::Call { fun, args, .. } => {
                    args.len() == 1
                        && nil(&args[0])
                        && self.info.types.get(fun.unparen().id).is_some_and(|t| t.is_type())
                }
                _ => false,
            };
            converted || nil(e)
        };
        let all: Option<Vec<Callee>> =
            a.values.iter().filter(|v| !nil(v)).map(|v| self.function(v.unparen())).collect();
        all.unwrap_or_default()
    }
    /// The loops whose bodies are all that parameter `o` stands for, if they are of the same graph.
    fn yields(&self, o: Obj) -> Option<&(NodeId, Vec<&'static ForStmt>)> {
        if self.facts.assigns.contains_key(&o) {
            return None;
        }
        let y = self.facts.yields.get(&o)?;
        let n = self.g.lits.get(&y.0)?;
        self.g.funs[*n].parent.map(|_| y)
    }
    fn param(&self, o: Obj) -> bool {
        self.g.vars.get(&o).is_some_and(|&l| self.g.locs[l].param || self.g.locs[l].result > 0)
    }
    fn function(&self, e: &'static Expr) -> Option<Callee> {
        let mut e = e.unparen();
        while let ExprKind::Index { x, .. } = &e.kind {
            e = x.unparen();
        }
        let o = match &e.kind {
            ExprKind::FuncLit(_) => return Some(Callee::Lit(e.id)),
            ExprKind::Name(_) => *self.info.uses.get(e.id)?,
            ExprKind::Selector { x, sel } => match self.info.selections.get(e.id) {
                None => *self.info.uses.get(sel.id)?,
                Some(s) if s.kind == SelectionKind::MethodExpr => return self.method_callee(x, s),
                _ => return None,
            },
            _ => return None,
        };
        let id = match &e.kind {
            ExprKind::Selector { sel, .. } => sel.id,
            _ => e.id,
        };
        let targs = self.info.instances.get(&id).map_or(&[][..], |i| i.targs);
        o.is_func().then(|| Callee::Func(o.origin(), pointers_of_all(targs)))
    }
    /// Follows variables that are assigned once.
    pub fn static_value(&self, e: &'static Expr) -> &'static Expr {
        let mut e = e.unparen();
        for _ in 0..10 {
            let ExprKind::Name(_) = e.kind else { break };
            let Some(o) = self.local(e.id).filter(|o| !self.param(*o)) else { break };
            match self.facts.assigns.get(&o) {
                Some(a) if !a.other && a.values.len() == 1 => {
                    // A declaration without value in front of the only assignment is a second value.
                    if !self.declares(o, a.values[0]) {
                        break;
                    }
                    e = a.values[0].unparen();
                }
                _ => break,
            }
        }
        e
    }
    /// Whether `o`'s declaration gives it the value `v`: nothing lies between them but the rest of the statement.
    fn declares(&self, o: Obj, v: &Expr) -> bool {
        o.scope_pos() >= v.pos
    }

    /// Where argument `i` of these functions goes (a receiver counts as the first), `ks` being where results go.
    pub fn tag_hole(&mut self, ks: Option<&[Hole]>, callees: &[Callee], i: usize) -> Hole {
        if callees.is_empty() {
            return Hole::to(HEAP);
        }
        let mut all = Vec::new();
        for &c in callees {
            let member = match c {
                Callee::Lit(n) => self.g.lits.get(&n).copied(),
                Callee::Func(o, _) => self.members.get(&o).copied(),
                Callee::Body(id) => {
                    all.push(Hole::to(self.loop_var(id, i)));
                    continue;
                }
            };
            if let Some(n) = member {
                let p = self.g.funs[n].params.get(i).copied();
                all.push(match p {
                    Some(p) if !p.name().is_blank() && !p.name().as_str().is_empty() => Hole::to(self.var(p)),
                    _ => Hole::to(BLANK),
                });
                continue;
            }
            let leaks = match c {
                Callee::Func(o, _) => self.tags.of(o, i),
                Callee::Lit(n) => self.tags.of_literal(n, i),
                Callee::Body(_) => unreachable!("part of the graph"),
            };
            let mut holes = Vec::new();
            holes.extend(leaks.heap().map(|x| Hole::to(HEAP).shift(x)));
            if let (Some(x), Callee::Func(_, p)) = (leaks.non_string(), c) {
                let to = [BLANK, NON_STRING, HEAP][p as usize];
                holes.push(Hole::to(to).shift(x));
            }
            holes.extend(leaks.mutator().map(|x| Hole::to(MUTATOR).shift(x)));
            holes.extend(leaks.callee().map(|x| Hole::to(CALLEE).shift(x)));
            for (n, k) in ks.unwrap_or(&[]).iter().enumerate().take(super::tags::RESULTS) {
                holes.extend(leaks.result(n).map(|x| k.shift(x)));
            }
            all.push(self.tee(&holes));
        }
        self.tee(&all)
    }

    pub fn call(&mut self, ks: Option<&[Hole]>, e: &'static Expr) {
        let conversion = matches!(&e.kind, ExprKind::Call { fun, .. }
            if self.info.types.get(fun.unparen().id).is_some_and(|t| t.is_type()));
        self.calls += u32::from(!conversion);
        self.call_expr(ks, e);
        self.calls -= u32::from(!conversion);
    }
    fn call_expr(&mut self, ks: Option<&[Hole]>, e: &'static Expr) {
        let ExprKind::Call { fun, args, has_dots } = &e.kind else { return };
        let f = fun.unparen();
        if self.reporting && matches!(f.kind, ExprKind::FuncLit(_)) {
            self.called.push(f.id);
        }
        if let Some(t) = self.info.types.get(f.id).filter(|t| t.is_type()) {
            let k = ks.and_then(|k| k.first()).copied().unwrap_or(Hole::to(BLANK));
            return self.conversion(k, e, t.ty, &args[0]);
        }
        if let Some(b) = self.info.builtin_of(fun) {
            return self.builtin(ks, e, b, args, *has_dots);
        }
        let Some(sig) = self.ty(fun).and_then(|t| t.under().as_sig()) else {
            self.expr(Hole::to(CALLEE), fun);
            args.iter().for_each(|a| self.expr(Hole::to(HEAP), a));
            return;
        };
        let selected = self.selected(f);
        if let Some((x, s)) = selected
            && self.reporting
            && self.ty(x).is_some_and(is_iface)
        {
            let text = |own| {
                let mut p = self.printer(own);
                p.expr(x, 8);
                format!("{}.{}", p.out, s.obj.name())
            };
            let text = Text { own: text(Some(self.own)), foreign: text(None) };
            self.calls_of.push((e.pos, (text, s.obj)));
        }
        if let Some((x, s)) = selected
            && let Some((t, m)) = self.one_type(x, &s)
        {
            let passed = Passed { call: e, args, dots: *has_dots, sig, first: 1, keeps: false };
            return self.devirtualized_call(ks, passed, x, (t, m));
        }
        let (callees, recv) = match selected {
            Some((x, s)) => (self.method_callee(x, &s).into_iter().collect(), Some((x, s))),
            None => (self.callees(fun), None),
        };
        self.flow_results(ks, &callees);
        let mut first = 0;
        match recv {
            Some((x, s)) => {
                let k = self.tag_hole(ks, &callees, 0);
                self.receiver(k, x, &s);
                first = 1;
            }
            None => {
                let lost = callees.is_empty() && ks.is_some_and(|ks| ks.iter().any(|k| k.dst != BLANK));
                self.expr(Hole::to(if lost { CALLEE } else { BLANK }), fun);
            }
        }
        if let [Callee::Func(o, _)] = callees[..]
            && self.escape_non_string(o, args)
        {
            return;
        }
        let pragma = {
            let mut p = PragmaFlags::default();
            for c in &callees {
                if let Callee::Func(o, _) = c {
                    p.insert(o.pragma());
                }
            }
            p
        };
        let keeps = pragma.has(PragmaFlags::UINTPTR_ESCAPES);
        self.arguments(ks, &callees, Passed { call: e, args, dots: *has_dots, sig, first, keeps });
    }
    fn flow_results(&mut self, ks: Option<&[Hole]>, callees: &[Callee]) {
        let Some(ks) = ks else { return };
        for c in callees {
            let member = match c {
                Callee::Lit(n) => self.g.lits.get(n).copied(),
                Callee::Func(o, _) => self.members.get(o).copied(),
                Callee::Body(_) => None,
            };
            let Some(n) = member else { continue };
            for (k, r) in ks.iter().zip(self.g.funs[n].results.clone()) {
                if k.derefs < 0 || self.result_points(r) {
                    self.g.flow(*k, r);
                }
            }
        }
    }
    /// The type behind interface value `x` if all that is ever stored there is of one type, and its method.
    fn one_type(&self, x: &'static Expr, s: &Selection) -> Option<(Ty, Obj)> {
        let xt = self.ty(x)?;
        if !is_iface(xt) || s.index.len() != 1 {
            return None;
        }
        let t = self.concrete(x, 0)??;
        if is_type_param(t) || t.as_pointer().is_some_and(is_type_param) {
            return None;
        }
        let l = goxide_types::lookup::lookup_field_or_method(t, true, s.obj.pkg(), s.obj.name(), false);
        let m = l.obj.filter(|o| o.is_func())?;
        // A method of an embedded interface stays unknown, but the receiver is taken out of a known type.
        let inner = m.sig_opt().and_then(|s| s.recv()).is_some_and(|r| is_iface(r.ty()));
        (inner || l.index?.len() == 1).then_some((t, m.origin()))
    }
    /// The one type of everything that `e` may hold; `Some(None)` if that is only nil.
    fn concrete(&self, e: &'static Expr, depth: u32) -> Option<Option<Ty>> {
        let e = e.unparen();
        let tv = self.info.types.get(e.id);
        if tv.is_some_and(|t| t.is_nil()) {
            return Some(None);
        }
        let mut t = self.ty(e)?;
        if let Some([first, ..]) = t.as_tuple() {
            t = first.ty();
        }
        if !is_iface(t) {
            return (!is_type_param(t)).then_some(Some(t));
        }
        if depth > 10 {
            return None;
        }
        match &e.kind {
            ExprKind::Assert { x, .. } => self.concrete(x, depth + 1),
            ExprKind::Call { fun, args, .. } if self.info.types.get(fun.unparen().id).is_some_and(|t| t.is_type()) => {
                self.concrete(&args[0], depth + 1)
            }
            ExprKind::Name(_) => {
                let o = self.local(e.id).filter(|o| !self.param(*o))?;
                let a = self.facts.assigns.get(&o)?;
                if a.other {
                    return None;
                }
                let mut one = None;
                for v in &a.values {
                    match (one, self.concrete(v, depth + 1)?) {
                        (_, None) => {}
                        (None, Some(t)) => one = Some(t),
                        (Some(a), Some(b)) if goxide_types::predicates::identical(a, b) => {}
                        _ => return None,
                    }
                }
                Some(one)
            }
            _ => None,
        }
    }
    /// A call of an interface `x` that holds a `t`, and so of `t`'s method `m`.
    fn devirtualized_call(&mut self, ks: Option<&[Hole]>, passed: Passed, x: &'static Expr, (t, m): (Ty, Obj)) {
        self.devirtualized.push((passed.call.id, t));
        if m.sig_opt().and_then(|s| s.recv()).is_some_and(|r| is_iface(r.ty())) {
            // A value behind an interface is copied out of it; what the method does with it is unknown.
            self.expr(super::build::dot_type(Hole::to(HEAP), t), x);
            return self.arguments(ks, &[], passed);
        }
        let callees = [Callee::Func(m, pointers_of_receiver(t))];
        self.flow_results(ks, &callees);
        let mut k = self.tag_hole(ks, &callees, 0);
        match (m.has_ptr_recv(), t.as_pointer().is_some()) {
            (false, true) => k = k.deref(),
            (true, false) => k = k.addr(),
            _ => {}
        }
        self.expr(super::build::dot_type(k, t), x);
        self.arguments(ks, &callees, passed);
    }
    fn result_points(&self, r: Loc) -> bool {
        matches!(self.g.locs[r].what, What::Var(o) if pointers(o.ty()))
    }
    /// The operand and selection of a method call.
    fn selected(&self, f: &'static Expr) -> Option<(&'static Expr, Selection)> {
        let ExprKind::Selector { x, .. } = &f.kind else { return None };
        let s = self.info.selections.get(f.id).copied()?;
        (s.kind == SelectionKind::MethodVal).then_some((&**x, s))
    }
    fn arguments(&mut self, ks: Option<&[Hole]>, callees: &[Callee], passed: Passed) {
        let Passed { call: e, args, dots, sig, first, keeps } = passed;
        let params = sig.params();
        // f(g()) with several values
        if let [a] = args
            && let Some(types) = self.ty(a).and_then(Ty::as_tuple)
            && matches!(a.unparen().kind, ExprKind::Call { .. })
        {
            let temps: Vec<Loc> = types.iter().map(|_| self.temp()).collect();
            let holes: Vec<Hole> = temps.iter().map(|&t| Hole::to(t)).collect();
            self.call(Some(&holes), a.unparen());
            let mut rest = None;
            for (n, (&t, from)) in temps.iter().zip(types).enumerate() {
                let last = params.len().saturating_sub(1);
                let (mut k, target) = if sig.variadic() && n >= last {
                    let slice = *rest.get_or_insert_with(|| {
                        let k = self.tag_hole(ks, callees, first + last);
                        self.spill(k, Site::Dots, e.id, e.pos, None)
                    });
                    (slice, params[last].ty().under().as_slice())
                } else {
                    (self.tag_hole(ks, callees, first + n), params.get(n).map(|p| p.ty()))
                };
                if target.is_some_and(is_iface) && !is_iface(from.ty()) && !super::build::direct(from.ty()) {
                    k = self.spill(k, Site::Iface, a.id, a.pos, None);
                }
                if pointers(from.ty()) {
                    self.g.flow(k, t);
                }
            }
            return;
        }
        let fixed = if sig.variadic() && !dots { params.len() - 1 } else { params.len() };
        for (n, (a, p)) in args.iter().zip(&params[..fixed]).enumerate() {
            let k = self.tag_hole(ks, callees, first + n);
            if keeps {
                self.uintptr(a);
            }
            self.expr_as(k, a, p.ty());
        }
        if sig.variadic() && !dots {
            let k = self.tag_hole(ks, callees, first + fixed);
            let rest = args.get(fixed..).unwrap_or(&[]);
            if rest.is_empty() {
                return;
            }
            let elem = params[fixed].ty().under().as_slice();
            let k = self.spill(k, Site::Dots, e.id, e.pos, None);
            for a in rest {
                if keeps {
                    self.uintptr(a);
                }
                match elem {
                    Some(t) => self.expr_as(k, a, t),
                    None => self.expr(k, a),
                }
            }
        }
    }
    /// An argument `uintptr(p)` of a function with `//go:uintptrescapes`: p escapes.
    fn uintptr(&mut self, a: &'static Expr) {
        if let ExprKind::Call { fun, args, .. } = &a.unparen().kind
            && args.len() == 1
            && self.info.types.get(fun.unparen().id).is_some_and(|t| t.is_type())
            && self
                .ty(&args[0])
                .is_some_and(|t| t.under().as_basic().is_some_and(|b| b.kind == goxide_types::BasicKind::UnsafePointer))
        {
            self.expr(Hole::to(HEAP), &args[0]);
        }
    }
    /// `internal/abi.EscapeNonString`: its argument escapes unless all its pointers are those of strings.
    fn escape_non_string(&mut self, o: Obj, args: &'static [Expr]) -> bool {
        if o.name() != "EscapeNonString" || o.pkg().is_none_or(|p| p.path() != "internal/abi") {
            return false;
        }
        for a in args {
            let t = self.ty(a);
            let p = t.map_or(Pointers::Others, pointers_of);
            self.expr(Hole::to([BLANK, NON_STRING, HEAP][p as usize]), a);
        }
        true
    }

    fn builtin(&mut self, ks: Option<&[Hole]>, e: &'static Expr, b: BuiltinId, args: &'static [Expr], dots: bool) {
        use BuiltinId::*;
        let k = ks.and_then(|k| k.first()).copied().unwrap_or(Hole::to(BLANK));
        let any = goxide_types::universe::any_obj().ty();
        // Whether what is copied from `e` may hold pointers; of type parameters nothing is known.
        let elem_points = |b: &Self, e: &Expr| match b.ty(e).map(|t| (t.under().as_slice(), t.under().as_basic())) {
            Some((Some(elem), _)) => pointers(elem),
            Some((_, Some(_))) => false,
            _ => true,
        };
        // f(g()) with several values: all that they refer to may go anywhere
        if let [a] = args
            && let Some(types) = self.ty(a).and_then(Ty::as_tuple)
            && matches!(a.unparen().kind, ExprKind::Call { .. })
        {
            let mut holes = vec![Hole::to(HEAP); types.len()];
            holes[0] = self.tee(&[k, Hole::to(HEAP)]);
            self.call(Some(&holes), a.unparen());
            if matches!(b, Append) {
                let s = self.spill(k, Site::Append, e.id, e.pos, Some(e));
                self.g.locs[s.dst].depth = 0;
            }
            return;
        }
        match b {
            Append => {
                let st = self.ty(e).map(Ty::under);
                let elem = st.and_then(Ty::as_slice);
                let mut first = self.tee(&[k, Hole::to(MUTATOR)]);
                if elem.is_none_or(pointers) {
                    first = self.tee(&[first, Hole::to(HEAP).deref()]);
                }
                self.expr(first, &args[0]);
                if dots {
                    let k = if elem_points(self, &args[1]) { Hole::to(HEAP).deref() } else { Hole::to(BLANK) };
                    self.expr(k, &args[1]);
                } else {
                    for a in &args[1..] {
                        match elem {
                            Some(t) => self.expr_as(Hole::to(HEAP), a, t),
                            None => self.expr(Hole::to(HEAP), a),
                        }
                    }
                }
                let s = self.spill(k, Site::Append, e.id, e.pos, Some(e));
                self.g.locs[s.dst].depth = 0;
            }
            Copy => {
                self.expr(Hole::to(MUTATOR), &args[0]);
                let k = if elem_points(self, &args[1]) { Hole::to(HEAP).deref() } else { Hole::to(BLANK) };
                self.expr(k, &args[1]);
            }
            Panic => self.expr_as(Hole::to(HEAP), &args[0], any),
            New => {
                let s = self.spill(k, Site::New, e.id, e.pos, Some(e));
                if self.info.types.get(args[0].unparen().id).is_some_and(|t| t.is_value()) {
                    self.expr(s, &args[0]);
                }
            }
            Make => {
                let t = self.ty(e).map(Ty::under);
                let site = match t {
                    Some(t) if t.as_map().is_some() => Some(Site::MakeMap),
                    Some(t) if t.as_chan().is_some() => None,
                    _ => Some(Site::MakeSlice),
                };
                if let Some(site) = site {
                    self.spill(k, site, e.id, e.pos, Some(e));
                }
                args[1..].iter().for_each(|a| self.discard(a));
            }
            Clear => self.expr(Hole::to(MUTATOR), &args[0]),
            Min | Max => args.iter().for_each(|a| self.expr(k, a)),
            Delete => {
                self.discard(&args[0]);
                match self.ty(&args[0]).and_then(|t| t.under().as_map()) {
                    Some((key, _)) => self.expr_as(Hole::to(BLANK), &args[1], key),
                    None => self.discard(&args[1]),
                }
            }
            Add | Slice | String | SliceData | StringData => {
                self.expr(k, &args[0]);
                args[1..].iter().for_each(|a| self.discard(a));
            }
            _ => args.iter().for_each(|a| self.discard(a)),
        }
    }
}

/// What pointers values of type `t` have.
pub fn pointers_of(t: Ty) -> Pointers {
    use goxide_types::TyKind;
    if is_type_param(t) {
        return Pointers::Open;
    }
    match t.under().kind() {
        TyKind::Basic(b) if b.kind == goxide_types::BasicKind::String => Pointers::Strings,
        TyKind::Struct(s) => s.fields.iter().map(|f| pointers_of(f.ty())).max().unwrap_or(Pointers::Strings),
        TyKind::Array(a) if a.len > 0 => pointers_of(a.elem),
        _ if pointers(t) => Pointers::Others,
        _ => Pointers::Strings,
    }
}
/// What pointers values of any of these types have.
pub fn pointers_of_all(l: &[Ty]) -> Pointers {
    l.iter().map(|&t| pointers_of(t)).max().unwrap_or(Pointers::Strings)
}
/// The same of the type arguments of a receiver.
fn pointers_of_receiver(t: Ty) -> Pointers {
    goxide_types::lookup::deref(t).0.as_named().map_or(Pointers::Strings, |n| pointers_of_all(n.targs()))
}
