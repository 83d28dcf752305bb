//! Statements and function bodies (`stmt.go`).

use super::expr::ExprClass;
use super::operand::{INVALID_OP, dummy_name};
use super::{Checker, DeclId, Environment, Operand};
use crate::codes::Code;
use crate::constant::{self, Kind, Value};
use crate::errors::ErrorDesc;
use crate::info::Mode;
use crate::object::{Obj, ObjKind, Scope, VarKind};
use crate::predicates::*;
use crate::types::{BasicKind, Ty, invalid, typ};
use goxide_base::{FxHashMap, Pos};
use goxide_syntax::ast::{
    Block, BranchTok, CaseClause, CommClause, Expr, ExprKind, ForHeader, Op, Stmt, StmtKind, SwitchStmt,
};
use goxide_syntax::expr_string;
use goxide_syntax::{clause_end, start_pos, stmt_end};

/// Which control-flow statements are allowed here, and where "here" is.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ctxt {
    break_ok: bool,
    continue_ok: bool,
    fallthrough_ok: bool,
    final_switch_case: bool,
    in_type_switch: bool,
}

/// Constant cases of a switch seen so far: under one value, positions and types.
type ValueMap = FxHashMap<Value, Vec<(Pos, Ty)>>;

impl Checker {
    /// Checks a function body.
    pub(crate) fn func_body(&mut self, decl: Option<DeclId>, sig: Ty, body: &'static Block, iota: Option<Value>) {
        let s = sig.sig();
        let scope = s.scope().expect("function without scope");
        let env = Environment {
            decl,
            scope: Some(scope),
            version: self.env.version,
            iota,
            sig: Some(sig),
            ..Environment::default()
        };
        let saved = std::mem::replace(&mut self.env, env);
        self.stmt_list(Ctxt::default(), &body.stmts);
        if self.env.has_label && !self.conf.ignore_branch_errors {
            self.labels(body);
        }
        if !s.results().is_empty() && !self.is_terminating_block(body) {
            self.error(body.rbrace, Code::MissingReturn, "missing return");
        }
        self.usage(scope);
        self.env = saved;
    }

    /// Reports unused local variables of a function.
    fn usage(&mut self, scope: Scope) {
        let mut unused: Vec<Obj> = Vec::new();
        for v in scope.sorted() {
            let local =
                v.as_var().is_some_and(|x| !matches!(x.kind(), VarKind::Recv | VarKind::Param | VarKind::Result));
            if local && !self.used_vars.contains(&v) {
                unused.push(v);
            }
        }
        unused.sort_by_key(|v| v.pos());
        for v in unused {
            let mut err = ErrorDesc::new(Code::UnusedVar);
            err.soft = true;
            err.add(v, format!("declared and not used: {}", v.name()));
            err.advice = Some(self.unused_variable(v));
            self.report(err);
        }
        for s in scope.children() {
            // Bodies of function literals see to themselves.
            if !s.is_func() {
                self.usage(s);
            }
        }
    }

    fn simple_stmt(&mut self, s: Option<&'static Stmt>) {
        if let Some(s) = s {
            self.stmt(Ctxt::default(), s);
        }
    }

    pub(crate) fn stmt_list(&mut self, ctxt: Ctxt, list: &'static [Stmt]) {
        // Trailing empty statements do not hide a fallthrough.
        let n = list.iter().rposition(|s| !matches!(s.kind, StmtKind::Empty)).map_or(0, |i| i + 1);
        for (i, s) in list[..n].iter().enumerate() {
            self.stmt(Ctxt { fallthrough_ok: ctxt.fallthrough_ok && i + 1 == n, ..ctxt }, s);
        }
    }

    fn multiple_defaults(&mut self, defaults: impl Iterator<Item = Pos>) {
        let mut first: Option<Pos> = None;
        for pos in defaults {
            match first {
                Some(f) => {
                    let at = goxide_base::position(f);
                    self.error(pos, Code::DuplicateDefault, format!("multiple defaults (first at {at})"));
                }
                None => first = Some(pos),
            }
        }
    }

    /// The call of a `go` or `defer` statement.
    fn suspended_call(&mut self, keyword: &str, call: &'static Expr) {
        let mut code = if keyword == "go" { Code::InvalidGo } else { Code::InvalidDefer };
        if !matches!(call.kind, ExprKind::Call { .. }) {
            self.error(call, code, format!("expression in {keyword} must be function call"));
            self.use_expr(call);
            return;
        }
        let mut x = Operand::default();
        let msg = match self.raw_expr(None, &mut x, call, None, false) {
            ExprClass::Conversion => "requires function call, not conversion",
            ExprClass::Expression => {
                code = Code::UnusedResults;
                "discards result of"
            }
            ExprClass::Statement => return,
        };
        let msg = format!("{keyword} {msg} {}", self.os(&x));
        self.error(&x, code, msg);
    }

    fn case_values(&mut self, x: &mut Operand, values: &'static [Expr], seen: &mut ValueMap) {
        for e in values {
            let mut v = Operand::default();
            self.expr(None, &mut v, e);
            if !x.is_valid() || !v.is_valid() {
                continue;
            }
            self.convert_untyped(&mut v, x.typ);
            if !v.is_valid() {
                continue;
            }
            // In this order, so that errors are reported at the case.
            let mut res = v.clone();
            let mut tag = x.clone();
            self.comparison(&mut res, &mut tag, Op::Eql, true);
            if !res.is_valid() || v.mode != Mode::Constant {
                continue;
            }
            let Some(val) = go_val(&v.val) else { continue };
            let list = seen.entry(val).or_default();
            if let Some((pos, _)) = list.iter().find(|(_, t)| identical(*t, v.typ)) {
                let mut err = ErrorDesc::new(Code::DuplicateCase);
                let pos = *pos;
                err.add(&v, format!("duplicate case {} in expression switch", self.os(&v)));
                err.add(pos, "previous case");
                self.report(err);
                continue;
            }
            list.push((v.pos(), v.typ));
        }
    }

    /// Whether `e` denotes the predeclared nil.
    fn is_nil_expr(&self, e: &Expr) -> bool {
        match &e.unparen().kind {
            ExprKind::Name(n) => self.lookup(*n).is_some_and(|o| matches!(o.kind, ObjKind::Nil)),
            _ => false,
        }
    }

    /// Checks the types of a case of a type switch on `x`, and gives the type of the clause's variable.
    fn case_types(
        &mut self,
        x: Option<&Operand>,
        types: &'static [Expr],
        seen: &mut Vec<(Option<Ty>, &'static Expr)>,
    ) -> Ty {
        let mut last: Option<Ty> = None;
        for e in types {
            if self.is_nil_expr(e) {
                last = None;
                let mut dummy = Operand::default();
                self.expr(None, &mut dummy, e); // for what it records
            } else {
                let t = self.var_type(e);
                last = Some(t);
                if !t.is_valid() {
                    continue;
                }
            }
            let other = seen.iter().find(|(t, _)| match (last, *t) {
                (None, None) => true,
                (Some(a), Some(b)) => identical(a, b),
                _ => false,
            });
            if let Some((_, other)) = other {
                let ts = last.map_or_else(|| "nil".to_owned(), |t| self.ts(t));
                let mut err = ErrorDesc::new(Code::DuplicateCase);
                err.add(e, format!("duplicate case {ts} in type switch"));
                err.add(*other, "previous case");
                self.report(err);
                continue;
            }
            seen.push((last, e));
            if let (Some(x), Some(t)) = (x, last) {
                self.type_assertion(e, x, t, true);
            }
        }
        // Exactly one type: the variable has it. Otherwise it has that of the switch expression.
        match last {
            Some(t) if types.len() == 1 => t,
            _ => x.map_or_else(invalid, |x| x.typ),
        }
    }

    /// Checks a statement.
    pub(crate) fn stmt(&mut self, ctxt: Ctxt, s: &'static Stmt) {
        let top = self.delayed.len();
        self.stmt_internal(ctxt, s);
        // Function literals see the scope as it is at the end of the statement.
        self.process_delayed(top);
    }

    fn block(&mut self, ctxt: Ctxt, b: &'static Block) {
        let top = self.delayed.len();
        self.open_scope(b.pos, b.rbrace);
        self.stmt_list(ctxt, &b.stmts);
        self.process_delayed(top);
        self.close_scope();
    }

    fn stmt_internal(&mut self, ctxt: Ctxt, s: &'static Stmt) {
        let inner = Ctxt { fallthrough_ok: false, final_switch_case: false, in_type_switch: false, ..ctxt };
        match &s.kind {
            StmtKind::Empty => {}
            StmtKind::Decl(list) => self.decl_stmt(list),
            StmtKind::Labeled { stmt, .. } => {
                self.env.has_label = true;
                self.stmt(ctxt, stmt);
            }
            StmtKind::Expr(e) => self.expr_stmt(e),
            StmtKind::Send { chan, value } => {
                let (mut ch, mut val) = (Operand::default(), Operand::default());
                self.expr(None, &mut ch, chan);
                self.generic_expr(&mut val, value, None);
                if !ch.is_valid() || !val.is_valid() {
                    return;
                }
                if let Some(elem) = self.chan_elem(start_pos(chan), &ch, false) {
                    self.assignment(&mut val, Some(elem), "send");
                }
            }
            StmtKind::IncDec { x: e, inc } => {
                let mut x = Operand::default();
                self.expr(None, &mut x, e);
                if !x.is_valid() {
                    return;
                }
                if !all_numeric(x.typ) {
                    let op = if *inc { "++" } else { "--" };
                    let msg = format!("{INVALID_OP}{}{op} (non-numeric type {})", expr_string(e), self.ts(x.typ));
                    self.error(e, Code::NonNumericIncDec, msg);
                    return;
                }
                self.assign_var(e, &mut x, "assignment");
            }
            StmtKind::Define { lhs, rhs } => self.short_var_decl(s.pos, lhs.list(), rhs.list()),
            StmtKind::Assign { op: None, lhs, rhs } => self.assign_vars(lhs.list(), rhs.list()),
            StmtKind::Assign { op: Some(op), lhs, rhs } => {
                if lhs.list().len() != 1 || rhs.list().len() != 1 {
                    let msg = format!("assignment operation {} requires single-valued expressions", op.as_str());
                    self.error(s, Code::MultiValAssignOp, msg);
                    return;
                }
                let mut x = Operand::default();
                self.binary(&mut x, None, &lhs.list()[0], &rhs.list()[0], *op);
                self.assign_var(&lhs.list()[0], &mut x, "assignment");
            }
            StmtKind::Go(call) => self.suspended_call("go", call),
            StmtKind::Defer(call) => self.suspended_call("defer", call),
            StmtKind::Return(results) => self.return_stmt(s, results.as_ref().map_or(&[], Expr::list)),
            StmtKind::Branch { tok, label } => self.branch_stmt(ctxt, s, *tok, label.is_some()),
            StmtKind::Block(b) => {
                self.open_scope(s.pos, b.rbrace);
                self.stmt_list(inner, &b.stmts);
                self.close_scope();
            }
            StmtKind::If(i) => {
                self.open_scope(s.pos, stmt_end(s));
                self.simple_stmt(i.init.as_ref());
                let mut x = Operand::default();
                self.expr(None, &mut x, &i.cond);
                if x.is_valid() && !all_boolean(x.typ) {
                    self.error(&i.cond, Code::InvalidCond, "non-boolean condition in if statement");
                }
                self.block(inner, &i.then);
                if let Some(e) = &i.els {
                    self.stmt(inner, e);
                }
                self.close_scope();
            }
            StmtKind::Switch(w) => {
                let inner = Ctxt { break_ok: true, ..inner };
                self.open_scope(s.pos, w.rbrace);
                self.simple_stmt(w.init.as_ref());
                match w.tag.as_ref().map(|t| &t.kind) {
                    Some(ExprKind::TypeSwitchGuard { lhs, x }) => {
                        self.type_switch_stmt(Ctxt { in_type_switch: true, ..inner }, w, *lhs, x);
                    }
                    _ => self.switch_stmt(inner, w),
                }
                self.close_scope();
            }
            StmtKind::Select { clauses, .. } => self.select_stmt(Ctxt { break_ok: true, ..inner }, clauses),
            StmtKind::For(f) => {
                let inner = Ctxt { break_ok: true, continue_ok: true, ..inner };
                match &f.header {
                    ForHeader::Range(r) => self.range_stmt(inner, s.pos, r, &f.body),
                    ForHeader::Clause { init, cond, post } => {
                        self.open_scope(s.pos, f.body.rbrace);
                        self.simple_stmt(init.as_ref());
                        if let Some(c) = cond {
                            let mut x = Operand::default();
                            self.expr(None, &mut x, c);
                            if x.is_valid() && !all_boolean(x.typ) {
                                self.error(c, Code::InvalidCond, "non-boolean condition in for statement");
                            }
                        }
                        self.simple_stmt(post.as_ref());
                        if let Some(StmtKind::Define { lhs, .. }) = post.as_ref().map(|p| &p.kind) {
                            self.use_exprs(lhs.list()); // the parser has reported it
                        }
                        self.block(inner, &f.body);
                        self.close_scope();
                    }
                }
            }
        }
    }

    /// The body of a loop.
    pub(crate) fn body(&mut self, ctxt: Ctxt, b: &'static Block) {
        self.block(ctxt, b);
    }

    fn expr_stmt(&mut self, e: &'static Expr) {
        let mut x = Operand::default();
        let class = self.raw_expr(None, &mut x, e, None, false);
        let (msg, code) = match x.mode {
            Mode::Builtin => ("must be called", Code::UncalledBuiltin),
            Mode::TypExpr => ("is not an expression", Code::NotAnExpr),
            _ if class == ExprClass::Statement => return,
            _ => ("is not used", Code::UnusedExpr),
        };
        let msg = format!("{} {msg}", self.os(&x));
        self.error(&x, code, msg);
    }

    fn return_stmt(&mut self, s: &'static Stmt, results: &'static [Expr]) {
        let res = self.env.sig.map_or(&[][..], |t| t.sig().results());
        if results.is_empty() && res.first().is_some_and(|r| r.name() != "") {
            // The named results must be what their names denote here.
            for obj in res {
                if let Some(alt) = self.lookup(obj.name()).filter(|a| a != obj) {
                    let mut err = ErrorDesc::new(Code::OutOfScopeResult);
                    err.add(s, format!("result parameter {} not in scope at return", obj.name()));
                    err.add(alt, crate::sprintf!(self, "inner declaration of {}", *obj));
                    self.report(err);
                }
            }
            return;
        }
        self.init_vars(res, results, Some(s.pos));
    }

    fn branch_stmt(&mut self, ctxt: Ctxt, s: &'static Stmt, tok: BranchTok, labelled: bool) {
        if labelled {
            self.env.has_label = true; // checked once the whole body is known
            return;
        }
        if self.conf.ignore_branch_errors {
            return;
        }
        match tok {
            BranchTok::Break if !ctxt.break_ok => {
                self.error(s, Code::MisplacedBreak, "break not in for, switch, or select statement");
            }
            BranchTok::Continue if !ctxt.continue_ok => {
                self.error(s, Code::MisplacedContinue, "continue not in for statement")
            }
            BranchTok::Fallthrough if !ctxt.fallthrough_ok => {
                let msg = if ctxt.final_switch_case {
                    "cannot fallthrough final case in switch"
                } else if ctxt.in_type_switch {
                    "cannot fallthrough in type switch"
                } else {
                    "fallthrough statement out of place"
                };
                self.error(s, Code::MisplacedFallthrough, msg);
            }
            BranchTok::Goto => self.error(s, Code::InvalidSyntaxTree, "branch statement: goto"),
            _ => {}
        }
    }

    fn select_stmt(&mut self, inner: Ctxt, clauses: &'static [CommClause]) {
        self.multiple_defaults(clauses.iter().filter(|c| c.comm.is_none()).map(|c| c.pos));
        for c in clauses {
            // A send, or a receive whose value may be assigned.
            let rhs = match c.comm.as_ref().map(|s| &s.kind) {
                None | Some(StmtKind::Send { .. }) => None,
                Some(StmtKind::Assign { op: None, rhs, .. } | StmtKind::Define { rhs, .. }) => Some(Some(rhs)),
                Some(StmtKind::Expr(x)) => Some(Some(x)),
                Some(_) => Some(None),
            };
            let valid = match rhs {
                None => true,
                Some(rhs) => rhs.is_some_and(|r| matches!(r.unparen().kind, ExprKind::Unary { op: Op::Recv, .. })),
            };
            if !valid {
                if let Some(s) = &c.comm {
                    self.error(
                        s,
                        Code::InvalidSelectCase,
                        "select case must be send or receive (possibly with assignment)",
                    );
                }
                continue;
            }
            self.open_scope(c.pos, clause_end(&c.body, c.colon));
            if let Some(s) = &c.comm {
                self.stmt(inner, s);
            }
            self.stmt_list(inner, &c.body);
            self.close_scope();
        }
    }

    fn open_clause(&mut self, c: &'static CaseClause) {
        self.open_scope(c.pos, clause_end(&c.body, c.colon));
    }

    fn switch_stmt(&mut self, inner: Ctxt, w: &'static SwitchStmt) {
        let mut x = Operand::default();
        match &w.tag {
            Some(tag) => {
                self.expr(None, &mut x, tag);
                // As if assigned to a hidden variable.
                self.assignment(&mut x, None, "switch expression");
                if x.is_valid() && !comparable(x.typ) && !has_nil(x.typ) {
                    let msg = format!("cannot switch on {} ({} is not comparable)", self.os(&x), self.ts(x.typ));
                    self.error(&x, Code::InvalidExprSwitch, msg);
                    x.invalidate();
                }
            }
            None => {
                x.mode = Mode::Constant;
                x.typ = typ(BasicKind::Bool);
                x.val = constant::make_bool(true);
                x.expr = Some(dummy_name(w.body.first().map_or(w.rbrace, |c| c.pos), "true"));
            }
        }
        self.multiple_defaults(w.body.iter().filter(|c| c.cases.is_none()).map(|c| c.pos));
        let mut seen = ValueMap::default();
        for (i, c) in w.body.iter().enumerate() {
            let last = i + 1 == w.body.len();
            let inner = Ctxt { fallthrough_ok: !last, final_switch_case: last, ..inner };
            self.case_values(&mut x, c.cases.as_ref().map_or(&[], Expr::list), &mut seen);
            self.open_clause(c);
            self.stmt_list(inner, &c.body);
            self.close_scope();
        }
    }

    fn type_switch_stmt(
        &mut self,
        inner: Ctxt,
        w: &'static SwitchStmt,
        lhs: Option<goxide_syntax::ast::Ident>,
        guard: &'static Expr,
    ) {
        let mut lhs = lhs;
        if let Some(l) = lhs
            && l.name.is_blank()
        {
            self.soft_error(l.pos, Code::NoNewVar, "no new variable on left side of :=");
            lhs = None;
        }
        let mut x = Operand::default();
        self.expr(None, &mut x, guard);
        let mut sx = None;
        if x.is_valid() {
            if is_type_param(x.typ) {
                let msg = format!("cannot use type switch on type parameter value {}", self.os(&x));
                self.error(&x, Code::InvalidTypeSwitch, msg);
            } else if is_interface(x.typ) {
                sx = Some(&x);
            } else {
                let msg = format!("{} is not an interface", self.os(&x));
                self.error(&x, Code::InvalidTypeSwitch, msg);
            }
        }
        self.multiple_defaults(w.body.iter().filter(|c| c.cases.is_none()).map(|c| c.pos));
        let mut vars = Vec::new();
        let mut seen = Vec::new();
        for c in &w.body {
            let t = self.case_types(sx, c.cases.as_ref().map_or(&[], Expr::list), &mut seen);
            self.open_clause(c);
            if let Some(l) = lhs {
                let obj = Obj::new_var(VarKind::Local, l.pos, Some(self.pkg), l.name, Some(t));
                let scope = self.env.scope.expect("clause outside any scope");
                self.declare(scope, None, obj, c.colon);
                self.record_implicit(c.id, obj);
                vars.push(obj);
            }
            self.stmt_list(inner, &c.body);
            self.close_scope();
        }
        // The clauses' variables are one to the reader: one use will do.
        if let Some(l) = lhs {
            let mut used = false;
            for v in vars {
                used |= !self.used_vars.insert(v);
            }
            if !used {
                self.soft_error(l.pos, Code::UnusedVar, format!("{} declared and not used", l.name));
            }
        }
    }
}

/// The value under which duplicate cases are found; booleans and complex numbers are not looked for, as in gc.
fn go_val(v: &Value) -> Option<Value> {
    match v.kind() {
        Kind::Int => (v.int64_val().is_some() || v.uint64_val().is_some()).then(|| v.clone()),
        Kind::Float => {
            let (f, exact) = v.float64_val();
            exact.then(|| constant::make_float64(f))
        }
        Kind::String => Some(v.clone()),
        _ => None,
    }
}
