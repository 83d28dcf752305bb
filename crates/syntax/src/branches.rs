//! Labels and branch statements of a function body, as the compiler judges them (the type checker has a check of its own
//! with other words, for other judges).

use crate::ast::*;
use crate::print::expr_string;
use goxide_base::{FxHashMap, Name, Pos, position};
use goxide_diag::{Diagnostic, Sink};

/// Reports misplaced branches, labels that are undefined, unused or duplicate, and gotos over variable declarations or
/// into blocks. Function literals within `body` are not entered.
pub fn check_branches(body: &Block, sink: &mut Sink) {
    let mut c = Checker { sink, labels: Vec::new(), by_name: FxHashMap::default(), blocks: Vec::new() };
    let gotos = c.block(None, Targets::default(), None, body.pos, &mut body.stmts.iter());
    for label in gotos {
        match c.by_name.get(&label.name) {
            Some(&i) => {
                c.labels[i].used = true;
                let start = c.blocks[c.labels[i].block].start;
                c.error(label.pos, format!("goto {} jumps into block starting at {}", label.name, position(start)));
            }
            None => c.error(label.pos, format!("label {} not defined", label.name)),
        }
    }
    for l in std::mem::take(&mut c.labels) {
        if !l.used {
            c.error(l.name.pos, format!("label {} defined and not used", l.name.name));
        }
    }
}

/// What a label stands before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Labels {
    Loop,
    SwitchOrSelect,
    Other,
}

struct Label {
    name: Ident,
    /// Index of the block that declares it.
    block: usize,
    stmt: Labels,
    used: bool,
}

struct BlockInfo {
    parent: Option<usize>,
    start: Pos,
    /// The label of the statement this block belongs to.
    label: Option<usize>,
}

/// What unlabelled branches refer to.
#[derive(Clone, Copy, Default)]
struct Targets<'a> {
    /// In a loop, switch or select.
    breaks: bool,
    continues: bool,
    /// The switch that `breaks` refers to, if it is one, with the index of the clause, unless within a nested block.
    switch: Option<(&'a SwitchStmt, Option<usize>)>,
}

impl<'a> Targets<'a> {
    /// For a nested block.
    fn nested(self) -> Targets<'a> {
        Targets { switch: self.switch.map(|(s, _)| (s, None)), ..self }
    }
}

struct Checker<'s> {
    sink: &'s mut Sink,
    labels: Vec<Label>,
    by_name: FxHashMap<Name, usize>,
    blocks: Vec<BlockInfo>,
}

/// The latest variable declaration of a block, and the gotos that were pending at it.
#[derive(Default)]
struct VarDecl {
    pos: Pos,
    name: String,
    over: Vec<Ident>,
}

impl Checker<'_> {
    fn error(&mut self, pos: Pos, msg: String) {
        self.sink.report(Diagnostic::error(pos, msg));
    }

    /// Whether block `b` is `outer` or within it.
    fn within(&self, b: usize, outer: usize) -> bool {
        let mut b = Some(b);
        while let Some(i) = b {
            if i == outer {
                return true;
            }
            b = self.blocks[i].parent;
        }
        false
    }

    /// The label `name`, now used, and whether it labels a statement around block `b`.
    fn enclosing(&mut self, b: usize, name: Name) -> Option<(usize, bool)> {
        let &i = self.by_name.get(&name)?;
        self.labels[i].used = true;
        let mut b = Some(b);
        while let Some(k) = b {
            if self.blocks[k].label == Some(i) {
                return Some((i, true));
            }
            b = self.blocks[k].parent;
        }
        Some((i, false))
    }

    /// Checks one block; the result is its gotos whose labels were not found yet.
    fn block<'a>(
        &mut self,
        parent: Option<usize>,
        ctxt: Targets<'a>,
        label: Option<usize>,
        start: Pos,
        body: &mut dyn ExactSizeIterator<Item = &'a Stmt>,
    ) -> Vec<Ident> {
        let b = self.blocks.len();
        self.blocks.push(BlockInfo { parent, start, label });
        let mut gotos: Vec<Ident> = Vec::new();
        let mut var = VarDecl::default();
        // trailing empty statements do not count: a fallthrough may precede them
        let mut list: Vec<&'a Stmt> = body.collect();
        while matches!(list.last(), Some(Stmt { kind: StmtKind::Empty, .. })) {
            list.pop();
        }
        for (i, s) in list.iter().enumerate() {
            let last = i + 1 == list.len();
            self.stmt(b, ctxt, s, last, &mut gotos, &mut var);
        }
        gotos
    }

    fn stmt<'a>(
        &mut self,
        b: usize,
        ctxt: Targets<'a>,
        s: &'a Stmt,
        last: bool,
        gotos: &mut Vec<Ident>,
        var: &mut VarDecl,
    ) {
        let mut s = s;
        let mut label = None;
        while let StmtKind::Labeled { label: l, stmt } = &s.kind {
            if !l.name.is_blank() {
                label = Some(self.declare(b, *l, stmt));
                self.resolve(*l, label, gotos, var);
            }
            s = stmt;
        }
        let mut inner = |c: &mut Self, ctxt: Targets<'a>, start: Pos, body: &'a [Stmt]| {
            let g = c.block(Some(b), ctxt, label, start, &mut body.iter());
            gotos.extend(g);
        };
        match &s.kind {
            StmtKind::Decl(l) => {
                if let Some(Decl::Var(v)) = l.iter().find(|d| matches!(d, Decl::Var(_))) {
                    *var = VarDecl { pos: v.pos, name: v.names[0].name.to_string(), over: gotos.clone() };
                }
            }
            StmtKind::Define { lhs, .. } => {
                *var = VarDecl { pos: s.pos, name: expr_string(lhs), over: gotos.clone() };
            }
            StmtKind::Branch { tok, label: None } => self.unlabeled(ctxt, s.pos, *tok, last),
            StmtKind::Branch { tok, label: Some(l) } => self.labeled(b, *tok, *l, gotos),
            StmtKind::Block(x) => inner(self, ctxt.nested(), x.pos, &x.stmts),
            StmtKind::If(x) => {
                inner(self, ctxt.nested(), x.then.pos, &x.then.stmts);
                if let Some(e) = &x.els {
                    inner(self, ctxt.nested(), e.pos, std::slice::from_ref(e));
                }
            }
            StmtKind::For(x) => {
                let t = Targets { breaks: true, continues: true, switch: None };
                inner(self, t, x.body.pos, &x.body.stmts);
            }
            StmtKind::Switch(x) => {
                for (i, c) in x.body.iter().enumerate() {
                    let t = Targets { breaks: true, continues: ctxt.continues, switch: Some((x, Some(i))) };
                    inner(self, t, c.pos, &c.body);
                }
            }
            StmtKind::Select { clauses, .. } => {
                for c in clauses {
                    let t = Targets { breaks: true, continues: ctxt.continues, switch: None };
                    inner(self, t, c.pos, &c.body);
                }
            }
            _ => {}
        }
    }

    fn declare(&mut self, b: usize, l: Ident, stmt: &Stmt) -> usize {
        if let Some(&i) = self.by_name.get(&l.name) {
            let first = position(self.labels[i].name.pos);
            self.error(l.pos, format!("label {} already defined at {first}", l.name));
            return i;
        }
        let kind = match &stmt.kind {
            StmtKind::For(_) => Labels::Loop,
            StmtKind::Switch(_) | StmtKind::Select { .. } => Labels::SwitchOrSelect,
            _ => Labels::Other,
        };
        self.by_name.insert(l.name, self.labels.len());
        self.labels.push(Label { name: l, block: b, stmt: kind, used: false });
        self.labels.len() - 1
    }

    /// Takes the pending gotos that label `l` resolves off the list.
    fn resolve(&mut self, l: Ident, label: Option<usize>, gotos: &mut Vec<Ident>, var: &VarDecl) {
        let (hit, rest): (Vec<Ident>, Vec<Ident>) = gotos.drain(..).partition(|g| g.name == l.name);
        *gotos = rest;
        for g in hit {
            if let Some(i) = label {
                self.labels[i].used = true;
            }
            if var.pos.is_known() && var.over.contains(&g) {
                let at = position(var.pos);
                self.error(g.pos, format!("goto {} jumps over declaration of {} at {at}", l.name, var.name));
            }
        }
    }

    fn unlabeled(&mut self, ctxt: Targets<'_>, pos: Pos, tok: BranchTok, last: bool) {
        let msg = match tok {
            BranchTok::Break if !ctxt.breaks => "break is not in a loop, switch, or select",
            BranchTok::Continue if !ctxt.continues => "continue is not in a loop",
            BranchTok::Fallthrough => match ctxt.switch {
                Some((s, _)) if matches!(&s.tag, Some(t) if matches!(t.kind, ExprKind::TypeSwitchGuard { .. })) => {
                    "cannot fallthrough in type switch"
                }
                Some((s, Some(i))) if last => {
                    if i + 1 < s.body.len() {
                        return;
                    }
                    "cannot fallthrough final case in switch"
                }
                _ => "fallthrough statement out of place",
            },
            _ => return,
        };
        self.error(pos, msg.into());
    }

    fn labeled(&mut self, b: usize, tok: BranchTok, l: Ident, gotos: &mut Vec<Ident>) {
        let name = l.name;
        match tok {
            BranchTok::Break => match self.enclosing(b, name) {
                None => self.error(l.pos, format!("break label not defined: {name}")),
                Some((i, true)) if self.labels[i].stmt != Labels::Other => {}
                Some(_) => self.error(l.pos, format!("invalid break label {name}")),
            },
            BranchTok::Continue => match self.enclosing(b, name) {
                None => self.error(l.pos, format!("continue label not defined: {name}")),
                Some((i, true)) if self.labels[i].stmt == Labels::Loop => {}
                Some(_) => self.error(l.pos, format!("invalid continue label {name}")),
            },
            BranchTok::Goto => {
                let target = self.by_name.get(&name).copied();
                if let Some(i) = target {
                    self.labels[i].used = true;
                    if self.within(b, self.labels[i].block) {
                        return;
                    }
                }
                gotos.push(l); // the label may come later
            }
            BranchTok::Fallthrough => {}
        }
    }
}
