//! Use of labels in function bodies (`labels.go`).

use super::Checker;
use crate::codes::Code;
use crate::object::Obj;
use goxide_base::{FxHashMap, Name, Pos};
use goxide_syntax::ast::{Block, BranchTok, Decl, Ident, Stmt, StmtKind};

type Branch = (BranchTok, Ident);

/// Labels declared in one block, linked to the enclosing blocks.
struct Scope<'a> {
    parent: Option<&'a Scope<'a>>,
    /// The labelled statement this block belongs to.
    owner: Option<(Name, &'static Stmt)>,
    labels: Vec<Name>,
}

impl Scope<'_> {
    fn goto_target(&self, name: Name) -> bool {
        self.labels.contains(&name) || self.parent.is_some_and(|p| p.goto_target(name))
    }

    fn enclosing_target(&self, name: Name) -> Option<&'static Stmt> {
        match self.owner {
            Some((n, s)) if n == name => Some(s),
            _ => self.parent.and_then(|p| p.enclosing_target(name)),
        }
    }
}

struct Label {
    obj: Obj,
    pos: Pos,
    used: bool,
}

#[derive(Default)]
struct All {
    labels: FxHashMap<Name, Label>,
    order: Vec<Name>,
}

/// What a walk over one block knows so far.
struct Walk<'a> {
    b: Scope<'a>,
    var_decl: Pos,
    fwd: Vec<Branch>,
    bad: Vec<Branch>,
}

impl Walk<'_> {
    /// Forward jumps pending here jump over a variable declaration; they are errors unless they leave the block.
    fn record_var_decl(&mut self, pos: Pos) {
        self.var_decl = pos;
        self.bad = self.fwd.clone();
    }

    fn jumps_over(&self, j: &Branch) -> bool {
        self.var_decl.is_known() && self.bad.contains(j)
    }
}

impl Checker {
    /// Checks declarations and uses of labels in a function body.
    pub(crate) fn labels(&mut self, body: &'static Block) {
        let mut all = All::default();
        let fwd = self.block_branches(&mut all, None, None, &body.stmts);
        for (_, label) in fwd {
            let name = label.name;
            match all.labels.get_mut(&name) {
                Some(l) => {
                    l.used = true; // avoid a second error
                    self.error(label.pos, Code::JumpIntoBlock, format!("goto {name} jumps into block"));
                }
                None => self.error(label.pos, Code::UndeclaredLabel, format!("label {name} not declared")),
            }
        }
        for name in &all.order {
            let l = &all.labels[name];
            if !l.used {
                self.soft_error(l.pos, Code::UnusedLabel, format!("label {name} declared and not used"));
            }
        }
    }

    /// Processes a statement list and gives its outgoing forward jumps.
    fn block_branches(
        &mut self,
        all: &mut All,
        parent: Option<&Scope<'_>>,
        owner: Option<(Name, &'static Stmt)>,
        list: &'static [Stmt],
    ) -> Vec<Branch> {
        let mut w = Walk {
            b: Scope { parent, owner, labels: Vec::new() },
            var_decl: Pos::NONE,
            fwd: Vec::new(),
            bad: Vec::new(),
        };
        for s in list {
            self.stmt_branches(all, &mut w, None, s);
        }
        w.fwd
    }

    fn nested(&mut self, all: &mut All, w: &mut Walk<'_>, owner: Option<(Name, &'static Stmt)>, list: &'static [Stmt]) {
        let out = self.block_branches(all, Some(&w.b), owner, list);
        w.fwd.extend(out);
    }

    fn stmt_branches(
        &mut self,
        all: &mut All,
        w: &mut Walk<'_>,
        owner: Option<(Name, &'static Stmt)>,
        s: &'static Stmt,
    ) {
        match &s.kind {
            StmtKind::Decl(decls) => {
                for d in decls {
                    if let Decl::Var(d) = d {
                        w.record_var_decl(d.pos);
                    }
                }
            }
            StmtKind::Labeled { label, stmt } => {
                let name = label.name;
                let mut owner = owner;
                if !name.is_blank() {
                    self.declare_label(all, w, *label);
                    owner = Some((name, stmt));
                }
                self.stmt_branches(all, w, owner, stmt);
            }
            StmtKind::Branch { tok, label: Some(label) } => {
                let name = label.name;
                let target = w.b.enclosing_target(name).map(|t| &t.kind);
                match tok {
                    BranchTok::Break => {
                        if !matches!(target, Some(StmtKind::Switch(_) | StmtKind::Select { .. } | StmtKind::For(_))) {
                            self.error(label.pos, Code::MisplacedLabel, format!("invalid break label {name}"));
                            return;
                        }
                    }
                    BranchTok::Continue => {
                        if !matches!(target, Some(StmtKind::For(_))) {
                            self.error(label.pos, Code::MisplacedLabel, format!("invalid continue label {name}"));
                            return;
                        }
                    }
                    BranchTok::Goto => {
                        if !w.b.goto_target(name) {
                            w.fwd.push((*tok, *label)); // may be declared later
                            return;
                        }
                    }
                    BranchTok::Fallthrough => {
                        self.error(s.pos, Code::InvalidSyntaxTree, format!("branch statement: fallthrough {name}"));
                        return;
                    }
                }
                if let Some(l) = all.labels.get_mut(&name) {
                    l.used = true;
                    let obj = l.obj;
                    self.record_use(label.id, obj);
                }
            }
            StmtKind::Define { .. } => w.record_var_decl(s.pos),
            StmtKind::Block(b) => self.nested(all, w, owner, &b.stmts),
            StmtKind::If(i) => {
                self.nested(all, w, owner, &i.then.stmts);
                if let Some(e) = &i.els {
                    self.stmt_branches(all, w, owner, e);
                }
            }
            StmtKind::Switch(sw) => {
                let lists: Vec<&'static [Stmt]> = sw.body.iter().map(|c| &c.body[..]).collect();
                self.clause_branches(all, w, owner, &lists);
            }
            StmtKind::Select { clauses, .. } => {
                let lists: Vec<&'static [Stmt]> = clauses.iter().map(|c| &c.body[..]).collect();
                self.clause_branches(all, w, owner, &lists);
            }
            StmtKind::For(f) => self.nested(all, w, owner, &f.body.stmts),
            _ => {}
        }
    }

    fn clause_branches(
        &mut self,
        all: &mut All,
        w: &mut Walk<'_>,
        owner: Option<(Name, &'static Stmt)>,
        lists: &[&'static [Stmt]],
    ) {
        let mut out = Vec::new();
        let b = Scope { parent: Some(&w.b), owner, labels: Vec::new() };
        for list in lists {
            out.extend(self.block_branches(all, Some(&b), None, list));
        }
        w.fwd.extend(out);
    }

    fn declare_label(&mut self, all: &mut All, w: &mut Walk<'_>, label: Ident) {
        let name = label.name;
        let obj = Obj::new_label(label.pos, Some(self.pkg), name);
        let mut used_now = false;
        let duplicate = all.labels.get(&name).map(|l| l.pos);
        if let Some(alt) = duplicate {
            let mut err = crate::errors::ErrorDesc::new(Code::DuplicateLabel);
            err.soft = true;
            err.add(label.pos, format!("label {name} already declared"));
            err.add(alt, format!("other declaration of {name}"));
            self.report(err);
        } else {
            w.b.labels.push(name);
            self.record_def(label.id, Some(obj));
        }
        for j in std::mem::take(&mut w.fwd) {
            if j.1.name != name {
                w.fwd.push(j);
                continue;
            }
            used_now = true;
            self.record_use(j.1.id, obj);
            if w.jumps_over(&j) {
                let line = goxide_base::position(w.var_decl).line;
                self.soft_error(
                    j.1.pos,
                    Code::JumpOverDecl,
                    format!("goto {name} jumps over variable declaration at line {line}"),
                );
            }
        }
        if duplicate.is_none() {
            all.order.push(name);
            all.labels.insert(name, Label { obj, pos: label.pos, used: used_now });
        }
    }
}
