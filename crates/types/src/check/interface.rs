//! Interface types and unions (`interface.go`, `union.go`, the reporting half of `typeset.go`).

use super::Checker;
use crate::codes::Code;
use crate::errors::ErrorDesc;
use crate::info::Mode;
use crate::object::{Obj, VarKind};
use crate::predicates::{identical, is_interface, is_type_param};
use crate::types::{IfaceData, Interface, Term, Ty, TyKind, invalid};
use crate::typeset::{MAX_TERM_COUNT, Problem, terms_disjoint};
use crate::version::go1;
use crate::{errorf, soft_errorf, universe};
use goxide_base::{Name, Pos};
use goxide_syntax::ast::{Expr, ExprKind, Field, Op};
use goxide_syntax::start_pos;

impl Checker {
    /// Sets up the interface `ity`; `def` is the type name declared with it as right-hand side.
    pub(crate) fn interface_type(&mut self, ity: Ty, pos: Pos, list: &'static [Field], def: Option<Obj>) {
        if self.conf.gc {
            self.interfaces.push((ity, pos));
        }
        let mut methods = Vec::new();
        let mut embeddeds = Vec::new();
        let mut embed_pos = Vec::new();
        for f in list {
            let Some(n) = f.names.first() else {
                let t = self.parse_union(&f.ty);
                embeddeds.push(t);
                embed_pos.push(start_pos(&f.ty));
                continue;
            };
            if n.name.is_blank() {
                self.error(*n, Code::BlankIfaceMethod, "methods must have a unique non-blank name");
                continue;
            }
            // The types of methods are recorded like other type expressions.
            let t = self.typ(&f.ty);
            let Some(sig) = t.as_sig() else {
                if t.is_valid() {
                    errorf!(self, &f.ty, InvalidSyntaxTree, "{} is not a method signature", t);
                }
                continue;
            };
            let recv_typ = def.and_then(Obj::ty_opt).and_then(Ty::as_named).map_or(ity, |n| n.ty());
            let recv = Obj::new_var(VarKind::Recv, n.pos, Some(self.pkg), Name::new(""), Some(recv_typ));
            sig.update(|d| d.recv = Some(recv));
            let m = Obj::new_func(n.pos, Some(self.pkg), n.name, Some(t));
            self.record_def(n.id, Some(m));
            methods.push(m);
        }
        self.complete_interface(ity, pos, methods, embeddeds, embed_pos);
    }

    /// Wraps a constraint literal such as `~int | string`.
    pub(crate) fn implicit_interface(&mut self, ity: Ty, x: &'static Expr) {
        let t = self.parse_union(x);
        let i = ity.as_interface().expect("interface");
        i.mark_implicit();
        self.complete_interface(ity, start_pos(x), Vec::new(), vec![t], vec![start_pos(x)]);
    }

    fn complete_interface(&mut self, ity: Ty, pos: Pos, mut methods: Vec<Obj>, emb: Vec<Ty>, emb_pos: Vec<Pos>) {
        let i = ity.as_interface().expect("interface");
        methods.sort_by(crate::typeset::cmp_methods);
        let empty = methods.is_empty() && emb.is_empty();
        i.set(IfaceData {
            methods: crate::late::leak_vec(methods),
            embeddeds: crate::late::leak_vec(emb),
            embed_pos: crate::late::leak_vec(emb_pos),
            methods_only: !self.allow_version(go1(18)),
        });
        let _ = pos;
        if !empty {
            self.later(move |c| c.report_type_set(i));
        }
    }

    /// Reports what is wrong with the elements of an interface of this package.
    fn report_type_set(&mut self, i: &'static Interface) {
        let d = i.data();
        for (k, t) in d.embeddeds.iter().enumerate() {
            let Some(pos) = d.embed_pos.get(k).copied() else { continue };
            if self.allow_version(go1(18)) {
                break;
            }
            let u = t.under();
            let what = match u.kind() {
                TyKind::Interface(_) if self.is_imported_constraint(*t) => {
                    format!("embedding constraint interface {}", self.ts(*t))
                }
                TyKind::Interface(_) => continue,
                TyKind::Union(_) => format!("embedding interface element {}", self.ts(u)),
                _ if !u.is_valid() => continue,
                _ => format!("embedding non-interface type {}", self.ts(*t)),
            };
            self.version_error(pos, go1(18), what);
        }
        for p in &i.type_set().problems {
            match p {
                Problem::Duplicate { pos, method, other } => self.duplicate_method(*pos, *method, *other),
                Problem::Overlap { pos, method, other, other_pos } => {
                    let (pos, method, other, other_pos) = (*pos, *method, *other, *other_pos);
                    self.later(move |c| {
                        if pos.is_known() && !c.allow_version(go1(14)) || !identical(method.ty(), other.ty()) {
                            c.duplicate_method(pos, method, other_pos);
                        }
                    });
                }
                Problem::TooManyTerms(pos) => {
                    let msg =
                        format!("cannot handle more than {MAX_TERM_COUNT} union terms (implementation limitation)");
                    self.error(*pos, Code::InvalidUnion, msg);
                }
            }
        }
    }

    fn duplicate_method(&mut self, pos: Pos, m: Obj, other: Pos) {
        let mut e = ErrorDesc::new(Code::DuplicateDecl);
        e.add(pos, format!("duplicate method {}", m.name()));
        e.add(other, format!("other declaration of method {}", m.name()));
        self.report(e);
    }

    /// The type of an embedded element: a union, a type, or invalid after some errors.
    fn parse_union(&mut self, uexpr: &'static Expr) -> Ty {
        let mut blist = Vec::new();
        let mut tlist = Vec::new();
        flatten_union(uexpr, &mut blist, &mut tlist);
        let mut terms: Vec<Term> = Vec::new();
        let mut u: Option<Ty> = None;
        for (i, x) in tlist.iter().enumerate() {
            let t = self.parse_tilde(x);
            if tlist.len() == 1 && !t.tilde {
                return t.ty;
            }
            if terms.len() >= MAX_TERM_COUNT {
                if u.is_none_or(|u| u.is_valid()) {
                    let msg =
                        format!("cannot handle more than {MAX_TERM_COUNT} union terms (implementation limitation)");
                    self.error(*x, Code::InvalidUnion, msg);
                    u = Some(invalid());
                }
            } else {
                terms.push(t);
                u = Some(Ty::union(terms.clone()));
            }
            if i > 0 {
                self.record_type_and_value(blist[i - 1], Mode::TypExpr, u.unwrap_or_else(invalid), None);
            }
        }
        let u = u.unwrap_or_else(invalid);
        if u.is_valid() {
            self.later(move |c| c.check_terms(&tlist, &terms));
        }
        u
    }

    fn check_terms(&mut self, tlist: &[&'static Expr], terms: &[Term]) {
        for (i, t) in terms.iter().enumerate() {
            if !t.ty.is_valid() {
                continue;
            }
            let at = tlist[i];
            let u = t.ty.under();
            let f = u.as_interface();
            if t.tilde {
                if f.is_some() {
                    errorf!(self, at, InvalidUnion, "invalid use of ~ ({} is an interface)", t.ty);
                    continue;
                }
                if !identical(u, t.ty) {
                    errorf!(self, at, InvalidUnion, "invalid use of ~ (underlying type of {} is {})", t.ty, u);
                    continue;
                }
            }
            let shown = self.term_string(*t);
            if let Some(f) = f {
                let set = f.type_set();
                if !set.methods.is_empty() {
                    errorf!(self, at, InvalidUnion, "cannot use {} in union ({} contains methods)", shown, shown);
                } else if t.ty == universe::comparable_obj().ty() {
                    self.error(at, Code::InvalidUnion, "cannot use comparable in union");
                } else if set.comparable {
                    errorf!(self, at, InvalidUnion, "cannot use {} in union ({} embeds comparable)", shown, shown);
                }
                continue;
            }
            if let Some(j) = terms[..i].iter().position(|x| !is_interface(x.ty) && !terms_disjoint(*x, *t)) {
                let other = self.term_string(terms[j]);
                soft_errorf!(self, at, InvalidUnion, "overlapping terms {} and {}", shown, other);
            }
        }
    }

    fn term_string(&self, t: Term) -> String {
        // Terms are shown with full package paths, as types2 does.
        let s = crate::typestring::type_string(t.ty, &crate::typestring::full_qualifier);
        format!("{}{s}", if t.tilde { "~" } else { "" })
    }

    fn parse_tilde(&mut self, tx: &'static Expr) -> Term {
        let (tilde, x) = match &tx.kind {
            ExprKind::Unary { op: Op::Tilde, x } => (true, &**x),
            _ => (false, tx),
        };
        let mut t = self.typ(x);
        if is_type_param(t) {
            if tilde {
                errorf!(self, x, MisplacedTypeParam, "type in term {} cannot be a type parameter", tx);
            } else {
                self.error(x, Code::MisplacedTypeParam, "term cannot be a type parameter");
            }
            t = invalid();
        }
        let term = Term { tilde, ty: t };
        if tilde {
            self.record_type_and_value(tx, Mode::TypExpr, Ty::union(vec![term]), None);
        }
        term
    }
}

fn flatten_union(x: &'static Expr, blist: &mut Vec<&'static Expr>, tlist: &mut Vec<&'static Expr>) {
    if let ExprKind::Binary { op: Op::Or, x: l, y } = &x.kind {
        flatten_union(l, blist, tlist);
        blist.push(x);
        tlist.push(y);
    } else {
        tlist.push(x);
    }
}
