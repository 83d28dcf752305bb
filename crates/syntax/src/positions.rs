//! Where nodes start and (approximately) end: message positions and scope extents depend on these.

use crate::ast::*;
use goxide_base::Pos;

/// Start of the leftmost part of `x`.
pub fn start_pos(x: &Expr) -> Pos {
    let mut x = x;
    loop {
        x = match &x.kind {
            ExprKind::CompositeLit { ty: Some(t), .. } => t,
            ExprKind::KeyValue { key, .. } => key,
            ExprKind::Selector { x, .. } | ExprKind::Index { x, .. } | ExprKind::Assert { x, .. } => x,
            ExprKind::TypeSwitchGuard { lhs: Some(l), .. } => return l.pos,
            ExprKind::TypeSwitchGuard { x, .. } | ExprKind::Binary { x, .. } => x,
            ExprKind::Call { fun, .. } => fun,
            ExprKind::List(l) if !l.is_empty() => &l[0],
            _ => return x.pos,
        }
    }
}

fn after(pos: Pos, text: &str) -> Pos {
    Pos(pos.0 + text.len() as u32)
}

/// Approximate end of `x`: behind names and literals, at a closing brace, else the end of the last part.
pub fn end_pos(x: &Expr) -> Pos {
    let mut x = x;
    loop {
        x = match &x.kind {
            ExprKind::Bad => return x.pos,
            ExprKind::Name(n) => return after(x.pos, n.as_str()),
            ExprKind::BasicLit { value, .. } => return after(x.pos, value.as_str()),
            ExprKind::CompositeLit { rbrace, .. } => return *rbrace,
            ExprKind::KeyValue { value, .. } => value,
            ExprKind::FuncLit(f) => return f.body.rbrace,
            ExprKind::Paren(x) => x,
            ExprKind::Selector { sel, .. } => return after(sel.pos, sel.name.as_str()),
            ExprKind::Index { index, .. } => index,
            ExprKind::Slice { x, index, .. } => index.iter().rev().flatten().next().unwrap_or(x),
            ExprKind::Assert { ty, .. } => ty,
            ExprKind::TypeSwitchGuard { x, .. } => x,
            ExprKind::Binary { y, .. } => y,
            ExprKind::Unary { x, .. } | ExprKind::Star(x) => x,
            ExprKind::Call { fun, args, .. } => args.last().unwrap_or(fun),
            ExprKind::List(l) => match l.last() {
                Some(l) => l,
                None => return x.pos,
            },
            ExprKind::ArrayType { elem, .. }
            | ExprKind::SliceType(elem)
            | ExprKind::DotsType(elem)
            | ExprKind::ChanType { elem, .. } => elem,
            ExprKind::StructType(fs) | ExprKind::InterfaceType(fs) => match fs.last() {
                Some(f) => &f.ty,
                None => return x.pos,
            },
            ExprKind::FuncType(t) => match t.results.last().or(t.params.last()) {
                Some(f) => &f.ty,
                None => return t.pos,
            },
            ExprKind::MapType { value, .. } => value,
        }
    }
}

/// Approximate end of a signature.
pub fn func_type_end(t: &FuncType) -> Pos {
    t.results.last().or(t.params.last()).map_or(t.pos, |f| end_pos(&f.ty))
}

/// Start of the leftmost part of a statement.
pub fn stmt_start(s: &Stmt) -> Pos {
    match &s.kind {
        StmtKind::Send { chan, .. } => start_pos(chan),
        StmtKind::Assign { lhs, .. } | StmtKind::Define { lhs, .. } => start_pos(lhs),
        StmtKind::IncDec { x, .. } => start_pos(x),
        _ => s.pos,
    }
}

/// Approximate end of a statement (the closing brace of those that have one).
pub fn stmt_end(s: &Stmt) -> Pos {
    match &s.kind {
        StmtKind::Empty => s.pos,
        StmtKind::Labeled { stmt, .. } => stmt_end(stmt),
        StmtKind::Block(b) => b.rbrace,
        StmtKind::Expr(x) => end_pos(x),
        StmtKind::Send { value, .. } => end_pos(value),
        StmtKind::Decl(l) => l.last().map_or(s.pos, decl_end),
        StmtKind::Assign { rhs, .. } | StmtKind::Define { rhs, .. } => end_pos(rhs),
        StmtKind::IncDec { x, .. } => Pos(end_pos(x).0 + 2),
        StmtKind::Branch { label, .. } => label.map_or(s.pos, |l| after(l.pos, l.name.as_str())),
        StmtKind::Go(x) | StmtKind::Defer(x) => end_pos(x),
        StmtKind::Return(x) => x.as_ref().map_or(s.pos, end_pos),
        StmtKind::If(i) => i.els.as_ref().map_or(i.then.rbrace, stmt_end),
        StmtKind::For(f) => f.body.rbrace,
        StmtKind::Switch(sw) => sw.rbrace,
        StmtKind::Select { rbrace, .. } => *rbrace,
    }
}

/// Approximate end of a clause: of its last statement, or its colon.
pub fn clause_end(body: &[Stmt], colon: Pos) -> Pos {
    body.last().map_or(colon, stmt_end)
}

/// Approximate end of a declaration.
pub fn decl_end(d: &Decl) -> Pos {
    fn spec(values: &Option<Expr>, ty: &Option<Expr>, names: &[Ident], pos: Pos) -> Pos {
        match (values, ty) {
            (Some(x), _) | (None, Some(x)) => end_pos(x),
            _ => names.last().map_or(pos, |n| after(n.pos, n.name.as_str())),
        }
    }
    match d {
        Decl::Import(d) => d.path.as_ref().map_or(d.pos, |p| after(p.pos, p.value.as_str())),
        Decl::Const(d) => spec(&d.values, &d.ty, &d.names, d.pos),
        Decl::Var(d) => spec(&d.values, &d.ty, &d.names, d.pos),
        Decl::Type(d) => end_pos(&d.ty),
        Decl::Func(d) => d.body.as_ref().map_or_else(|| func_type_end(&d.ty), |b| b.rbrace),
    }
}
