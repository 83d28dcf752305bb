//! Extents and short text of syntax nodes, as error messages and scopes use them (`positions.go`, `printer.go`).

use goxide_base::Pos;
use goxide_syntax::ast::{Block, CaseClause, ChanDir, CommClause, Decl, Expr, ExprKind, Field, FuncDecl, FuncType, Stmt, StmtKind};

/// The leftmost position of an expression (its `pos` is that of a characteristic token).
pub fn start_pos(mut e: &Expr) -> Pos {
    loop {
        e = match &e.kind {
            ExprKind::CompositeLit { ty: Some(t), .. } => t,
            ExprKind::KeyValue { key, .. } => key,
            ExprKind::Selector { x, .. } | ExprKind::Index { x, .. } | ExprKind::Assert { x, .. } | ExprKind::Binary { x, .. } => x,
            ExprKind::TypeSwitchGuard { lhs: Some(l), .. } => return l.pos,
            ExprKind::TypeSwitchGuard { x, .. } => x,
            ExprKind::Call { fun, .. } => fun,
            ExprKind::List(v) if !v.is_empty() => &v[0],
            _ => return e.pos,
        }
    }
}

/// The approximate end of an expression; good enough for scopes.
pub fn end_pos(mut e: &Expr) -> Pos {
    loop {
        e = match &e.kind {
            ExprKind::Name(n) => return Pos(e.pos.0 + n.as_str().len() as u32),
            ExprKind::BasicLit { value, .. } => return Pos(e.pos.0 + value.as_str().len() as u32),
            ExprKind::CompositeLit { rbrace, .. } => return *rbrace,
            ExprKind::KeyValue { value, .. } => value,
            ExprKind::FuncLit(f) => return f.body.rbrace,
            ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Unary { x, .. } | ExprKind::Slice { x, .. } | ExprKind::TypeSwitchGuard { x, .. } => x,
            ExprKind::Selector { sel, .. } => return Pos(sel.pos.0 + sel.name.as_str().len() as u32),
            ExprKind::Index { index, .. } => index,
            ExprKind::Assert { ty, .. } => ty,
            ExprKind::Binary { y, .. } => y,
            ExprKind::Call { fun, args, .. } => args.last().unwrap_or(fun),
            ExprKind::List(v) => match v.last() {
                Some(l) => l,
                None => return e.pos,
            },
            ExprKind::ArrayType { elem, .. } | ExprKind::ChanType { elem, .. } | ExprKind::SliceType(elem) | ExprKind::DotsType(elem) => elem,
            ExprKind::MapType { value, .. } => value,
            ExprKind::StructType(fields) | ExprKind::InterfaceType(fields) => match fields.last() {
                Some(f) => &f.ty,
                None => return e.pos,
            },
            ExprKind::FuncType(f) => return func_type_end(f),
            ExprKind::Bad => return e.pos,
        }
    }
}

/// The end of a function type.
pub fn func_type_end(f: &FuncType) -> Pos {
    f.results.last().or(f.params.last()).map_or(f.pos, |f| end_pos(&f.ty))
}

/// The end of a function declaration.
pub fn func_decl_end(f: &FuncDecl) -> Pos {
    f.body.as_ref().map_or_else(|| func_type_end(&f.ty), |b| b.rbrace)
}

/// The end of a declaration.
pub fn decl_end(d: &Decl) -> Pos {
    let spec = |values: &Option<Expr>, ty: &Option<Expr>, names: &[goxide_syntax::ast::Ident], pos| {
        if let Some(e) = values.as_ref().or(ty.as_ref()) {
            return end_pos(e);
        }
        names.last().map_or(pos, |n| Pos(n.pos.0 + n.name.as_str().len() as u32))
    };
    match d {
        Decl::Import(d) => d.path.as_ref().map_or(d.pos, |p| Pos(p.pos.0 + p.value.as_str().len() as u32)),
        Decl::Const(d) => spec(&d.values, &d.ty, &d.names, d.pos),
        Decl::Var(d) => spec(&d.values, &d.ty, &d.names, d.pos),
        Decl::Type(d) => end_pos(&d.ty),
        Decl::Func(d) => func_decl_end(d),
    }
}

/// The leftmost position of a statement.
pub fn stmt_start(s: &Stmt) -> Pos {
    match &s.kind {
        StmtKind::Send { chan, .. } => start_pos(chan),
        StmtKind::Assign { lhs, .. } | StmtKind::Define { lhs, .. } => start_pos(lhs),
        StmtKind::IncDec { x, .. } => start_pos(x),
        _ => s.pos,
    }
}

/// The approximate end of a statement.
pub fn stmt_end(mut s: &Stmt) -> Pos {
    loop {
        s = match &s.kind {
            StmtKind::Empty => return s.pos,
            StmtKind::Labeled { stmt, .. } => stmt,
            StmtKind::Block(b) => return b.rbrace,
            StmtKind::Expr(x) | StmtKind::Go(x) | StmtKind::Defer(x) => return end_pos(x),
            StmtKind::Send { value, .. } => return end_pos(value),
            StmtKind::Decl(ds) => return ds.last().map_or(s.pos, decl_end),
            StmtKind::Assign { rhs, .. } | StmtKind::Define { rhs, .. } => return end_pos(rhs),
            StmtKind::IncDec { x, .. } => return Pos(end_pos(x).0 + 2),
            StmtKind::Branch { label, .. } => return label.map_or(s.pos, |l| Pos(l.pos.0 + l.name.as_str().len() as u32)),
            StmtKind::Return(r) => return r.as_ref().map_or(s.pos, end_pos),
            StmtKind::If(i) => match &i.els {
                Some(e) => e,
                None => return i.then.rbrace,
            },
            StmtKind::For(f) => return f.body.rbrace,
            StmtKind::Switch(w) => return w.rbrace,
            StmtKind::Select { rbrace, .. } => return *rbrace,
        }
    }
}

/// The end of a block.
pub fn block_end(b: &Block) -> Pos {
    b.rbrace
}

/// The end of a switch clause.
pub fn case_end(c: &CaseClause) -> Pos {
    c.body.last().map_or(c.colon, stmt_end)
}

/// The end of a select clause.
pub fn comm_end(c: &CommClause) -> Pos {
    c.body.last().map_or(c.colon, stmt_end)
}

/// The source form of an expression on one line, bodies shortened to `…`.
pub fn expr_string(e: &Expr) -> String {
    let mut s = String::new();
    write_expr(&mut s, e);
    s
}

/// The source forms of several expressions, separated by commas.
pub fn exprs_string(list: &[Expr]) -> String {
    let mut s = String::new();
    write_list(&mut s, list);
    s
}

fn write_list(s: &mut String, list: &[Expr]) {
    for (i, e) in list.iter().enumerate() {
        if i > 0 {
            s.push_str(", ");
        }
        write_expr(s, e);
    }
}

fn write_expr(s: &mut String, e: &Expr) {
    match &e.kind {
        ExprKind::Bad => s.push_str("<bad expr>"),
        ExprKind::Name(n) => s.push_str(n.as_str()),
        ExprKind::BasicLit { value, .. } => s.push_str(value.as_str()),
        ExprKind::FuncLit(f) => {
            s.push_str("func");
            write_signature(s, &f.ty);
            s.push_str(if f.body.stmts.is_empty() { " {}" } else { " {…}" });
        }
        ExprKind::CompositeLit { ty, elems, .. } => {
            if let Some(t) = ty {
                write_expr(s, t);
            }
            s.push_str(if elems.is_empty() { "{}" } else { "{…}" });
        }
        ExprKind::Paren(x) => {
            s.push('(');
            write_expr(s, x);
            s.push(')');
        }
        ExprKind::Selector { x, sel } => {
            write_expr(s, x);
            s.push('.');
            s.push_str(sel.name.as_str());
        }
        ExprKind::Index { x, index } => {
            write_expr(s, x);
            s.push('[');
            write_expr(s, index);
            s.push(']');
        }
        ExprKind::Slice { x, index, .. } => {
            write_expr(s, x);
            s.push('[');
            if let Some(i) = &index[0] {
                write_expr(s, i);
            }
            s.push(':');
            if let Some(j) = &index[1] {
                write_expr(s, j);
            }
            if let Some(k) = &index[2] {
                s.push(':');
                write_expr(s, k);
            }
            s.push(']');
        }
        ExprKind::Assert { x, ty } => {
            write_expr(s, x);
            s.push_str(".(");
            write_expr(s, ty);
            s.push(')');
        }
        ExprKind::TypeSwitchGuard { lhs, x } => {
            if let Some(l) = lhs {
                s.push_str(l.name.as_str());
                s.push_str(" := ");
            }
            write_expr(s, x);
            s.push_str(".(type)");
        }
        ExprKind::Call { fun, args, has_dots } => {
            write_expr(s, fun);
            s.push('(');
            write_list(s, args);
            if *has_dots {
                s.push_str("...");
            }
            s.push(')');
        }
        ExprKind::Unary { op, x } => {
            s.push_str(op.as_str());
            write_expr(s, x);
        }
        ExprKind::Star(x) => {
            s.push('*');
            write_expr(s, x);
        }
        ExprKind::Binary { op, x, y } => {
            write_expr(s, x);
            s.push(' ');
            s.push_str(op.as_str());
            s.push(' ');
            write_expr(s, y);
        }
        ExprKind::KeyValue { key, value } => {
            write_expr(s, key);
            s.push_str(": ");
            write_expr(s, value);
        }
        ExprKind::List(v) => write_list(s, v),
        ExprKind::ArrayType { len, elem } => {
            s.push('[');
            match len {
                Some(l) => write_expr(s, l),
                None => s.push_str("..."),
            }
            s.push(']');
            write_expr(s, elem);
        }
        ExprKind::SliceType(elem) => {
            s.push_str("[]");
            write_expr(s, elem);
        }
        ExprKind::DotsType(elem) => {
            s.push_str("...");
            write_expr(s, elem);
        }
        ExprKind::StructType(fields) => {
            s.push_str("struct{");
            for (i, f) in fields.iter().enumerate() {
                if i > 0 {
                    s.push_str("; ");
                }
                write_field(s, f);
                if let Some(t) = &f.tag {
                    s.push(' ');
                    s.push_str(t.value.as_str());
                }
            }
            s.push('}');
        }
        ExprKind::InterfaceType(fields) => {
            s.push_str("interface{");
            for (i, f) in fields.iter().enumerate() {
                if i > 0 {
                    s.push_str("; ");
                }
                match (&f.names[..], &f.ty.kind) {
                    ([name], ExprKind::FuncType(t)) => {
                        s.push_str(name.name.as_str());
                        write_signature(s, t);
                    }
                    _ => write_expr(s, &f.ty),
                }
            }
            s.push('}');
        }
        ExprKind::FuncType(t) => {
            s.push_str("func");
            write_signature(s, t);
        }
        ExprKind::MapType { key, value } => {
            s.push_str("map[");
            write_expr(s, key);
            s.push(']');
            write_expr(s, value);
        }
        ExprKind::ChanType { dir, elem } => {
            s.push_str(match dir {
                ChanDir::Recv => "<-chan ",
                ChanDir::Send => "chan<- ",
                ChanDir::Both => "chan ",
            });
            let ambiguous = *dir == ChanDir::Both && matches!(elem.kind, ExprKind::ChanType { dir: ChanDir::Recv, .. });
            if ambiguous {
                s.push('(');
            }
            write_expr(s, elem);
            if ambiguous {
                s.push(')');
            }
        }
    }
}

fn write_field(s: &mut String, f: &Field) {
    for (i, n) in f.names.iter().enumerate() {
        if i > 0 {
            s.push_str(", ");
        }
        s.push_str(n.name.as_str());
    }
    if !f.names.is_empty() {
        s.push(' ');
    }
    write_expr(s, &f.ty);
}

fn write_signature(s: &mut String, t: &FuncType) {
    let params = |s: &mut String, list: &[Field]| {
        s.push('(');
        for (i, f) in list.iter().enumerate() {
            if i > 0 {
                s.push_str(", ");
            }
            write_field(s, f);
        }
        s.push(')');
    };
    params(s, &t.params);
    match &t.results[..] {
        [] => {}
        [f] if f.names.is_empty() => {
            s.push(' ');
            write_expr(s, &f.ty);
        }
        list => {
            s.push(' ');
            params(s, list);
        }
    }
}
