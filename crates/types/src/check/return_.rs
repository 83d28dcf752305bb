//! Terminating statements (`return.go`).

use super::Checker;
use goxide_base::Name;
use goxide_syntax::ast::{Block, BranchTok, CaseClause, ExprKind, ForHeader, Stmt, StmtKind};

impl Checker {
    /// Whether control cannot leave the block at its end.
    pub(crate) fn is_terminating_block(&self, b: &Block) -> bool {
        self.is_terminating_list(&b.stmts)
    }

    /// Whether `s` is a terminating statement; `label` is the label it carries, if any.
    fn is_terminating(&self, s: &Stmt, label: Option<Name>) -> bool {
        match &s.kind {
            StmtKind::Empty
            | StmtKind::Decl(_)
            | StmtKind::Send { .. }
            | StmtKind::Assign { .. }
            | StmtKind::Define { .. }
            | StmtKind::IncDec { .. }
            | StmtKind::Go(_)
            | StmtKind::Defer(_) => false,
            StmtKind::Labeled { label, stmt } => self.is_terminating(stmt, Some(label.name)),
            // A call of the predeclared panic, possibly in parentheses.
            StmtKind::Expr(x) => {
                let x = x.unparen();
                matches!(x.kind, ExprKind::Call { .. }) && self.env.is_panic.contains(&x.id)
            }
            StmtKind::Return(_) => true,
            StmtKind::Branch { tok, .. } => matches!(tok, BranchTok::Goto | BranchTok::Fallthrough),
            StmtKind::Block(b) => self.is_terminating_list(&b.stmts),
            StmtKind::If(i) => {
                i.els.as_ref().is_some_and(|e| self.is_terminating_list(&i.then.stmts) && self.is_terminating(e, None))
            }
            StmtKind::Switch(w) => self.is_terminating_switch(&w.body, label),
            StmtKind::Select { clauses, .. } => {
                clauses.iter().all(|c| self.is_terminating_list(&c.body) && !has_break_list(&c.body, label, true))
            }
            StmtKind::For(f) => match &f.header {
                ForHeader::Range(_) => false,
                ForHeader::Clause { cond, .. } => cond.is_none() && !has_break_list(&f.body.stmts, label, true),
            },
        }
    }

    fn is_terminating_list(&self, list: &[Stmt]) -> bool {
        // Trailing empty statements are permitted.
        list.iter().rev().find(|s| !matches!(s.kind, StmtKind::Empty)).is_some_and(|s| self.is_terminating(s, None))
    }

    fn is_terminating_switch(&self, body: &[CaseClause], label: Option<Name>) -> bool {
        let mut has_default = false;
        for c in body {
            has_default |= c.cases.is_none();
            if !self.is_terminating_list(&c.body) || has_break_list(&c.body, label, true) {
                return false;
            }
        }
        has_default
    }
}

/// Whether `s` contains a break out of the statement labelled `label` or, if `implicit`, an unlabelled one that leaves
/// the closest outer statement.
fn has_break(s: &Stmt, label: Option<Name>, implicit: bool) -> bool {
    match &s.kind {
        StmtKind::Labeled { stmt, .. } => has_break(stmt, label, implicit),
        StmtKind::Branch { tok: BranchTok::Break, label: l } => match l {
            None => implicit,
            Some(l) => Some(l.name) == label,
        },
        StmtKind::Block(b) => has_break_list(&b.stmts, label, implicit),
        StmtKind::If(i) => {
            has_break_list(&i.then.stmts, label, implicit)
                || i.els.as_ref().is_some_and(|e| has_break(e, label, implicit))
        }
        StmtKind::Switch(w) => label.is_some() && w.body.iter().any(|c| has_break_list(&c.body, label, false)),
        StmtKind::Select { clauses, .. } => {
            label.is_some() && clauses.iter().any(|c| has_break_list(&c.body, label, false))
        }
        StmtKind::For(f) => label.is_some() && has_break_list(&f.body.stmts, label, false),
        _ => false,
    }
}

fn has_break_list(list: &[Stmt], label: Option<Name>, implicit: bool) -> bool {
    list.iter().any(|s| has_break(s, label, implicit))
}
