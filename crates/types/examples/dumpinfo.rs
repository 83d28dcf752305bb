//! Writes all facts about the packages of a list (see `checkstd`), one per line, for comparison with another checker:
//! with `-links` the symbol names of types; else
//! D and U (defined and used identifiers), T (types of expressions), S (selections), I (instances), Z (init order).

use goxide_base::{Name, Pos, add_file, file_of};
use goxide_diag::Sink;
use goxide_syntax::ast::*;
use goxide_syntax::{FRONT_END_STACK, Mode, NodeIdGen, parse_file, start_pos};
use goxide_types::typestring::{full_qualifier, type_string};
use goxide_types::{Config, Importer, Info, Obj, ObjKind, Pkg, Ty, check_package};
use std::collections::HashMap;
use std::io::Write;

struct Imp<'a>(&'a HashMap<String, Pkg>, &'a HashMap<String, String>);
impl Importer for Imp<'_> {
    fn import(&self, path: &str) -> Result<Pkg, String> {
        let p = self.1.get(path).map_or(path, |s| s.as_str());
        self.0.get(p).copied().ok_or_else(|| "package not found".to_owned())
    }
}

/// Positions of nodes: of expressions (start), and of identifiers.
#[derive(Default)]
struct Walk {
    exprs: Vec<(NodeId, Pos, Option<NodeId>)>,
    idents: Vec<(NodeId, Pos, Name)>,
    nodes: HashMap<NodeId, Pos>,
}

impl Walk {
    fn ident(&mut self, i: &Ident) {
        self.idents.push((i.id, i.pos, i.name));
    }
    fn exprs(&mut self, v: &[Expr]) {
        v.iter().for_each(|e| self.expr(e));
    }
    fn opt(&mut self, e: Option<&Expr>) {
        if let Some(e) = e {
            self.expr(e);
        }
    }
    fn fields(&mut self, v: &[Field]) {
        for f in v {
            f.names.iter().for_each(|n| self.ident(n));
            if f.names.is_empty() {
                let mut e = &f.ty;
                let pos = loop {
                    e = match &e.kind {
                        ExprKind::Star(x) => x,
                        ExprKind::Index { x, .. } => x,
                        ExprKind::Selector { sel, .. } => break sel.pos,
                        _ => break e.pos,
                    }
                };
                self.idents.push((f.id, pos, Name::new("")));
            }
            self.expr(&f.ty);
        }
    }
    fn func(&mut self, t: &FuncType) {
        self.fields(&t.params);
        self.fields(&t.results);
    }
    fn expr(&mut self, e: &Expr) {
        let mut sel_id = None;
        match &e.kind {
            ExprKind::Bad | ExprKind::BasicLit { .. } => {}
            ExprKind::Name(n) => self.idents.push((e.id, e.pos, *n)),
            ExprKind::CompositeLit { ty, elems, .. } => {
                self.opt(ty.as_deref());
                self.exprs(elems);
            }
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.expr(value);
            }
            ExprKind::FuncLit(f) => {
                self.func(&f.ty);
                self.block(&f.body);
            }
            ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::SliceType(x) | ExprKind::DotsType(x) => self.expr(x),
            ExprKind::Selector { x, sel } => {
                self.ident(sel);
                sel_id = Some(sel.id);
                self.expr(x);
            }
            ExprKind::Index { x, index } => {
                self.expr(x);
                self.expr(index);
            }
            ExprKind::Slice { x, index, .. } => {
                self.expr(x);
                index.iter().for_each(|i| self.opt(i.as_deref()));
            }
            ExprKind::Assert { x, ty } => {
                self.expr(x);
                self.expr(ty);
            }
            ExprKind::TypeSwitchGuard { lhs, x } => {
                if let Some(l) = lhs {
                    self.ident(l);
                }
                self.expr(x);
            }
            ExprKind::Unary { x, .. } => self.expr(x),
            ExprKind::Binary { x, y, .. } => {
                self.expr(x);
                self.expr(y);
            }
            ExprKind::Call { fun, args, .. } => {
                self.expr(fun);
                self.exprs(args);
            }
            ExprKind::List(v) => {
                self.exprs(v);
                return;
            }
            ExprKind::ArrayType { len, elem } => {
                self.opt(len.as_deref());
                self.expr(elem);
            }
            ExprKind::StructType(f) | ExprKind::InterfaceType(f) => self.fields(f),
            ExprKind::FuncType(t) => self.func(t),
            ExprKind::MapType { key, value } => {
                self.expr(key);
                self.expr(value);
            }
            ExprKind::ChanType { elem, .. } => self.expr(elem),
        }
        self.exprs.push((e.id, leftmost(e), sel_id));
    }
    fn block(&mut self, b: &Block) {
        self.stmts(&b.stmts);
    }
    fn stmts(&mut self, v: &[Stmt]) {
        v.iter().for_each(|s| self.stmt(s));
    }
    fn ostmt(&mut self, s: &Option<Stmt>) {
        if let Some(s) = s {
            self.stmt(s);
        }
    }
    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Empty | StmtKind::Branch { .. } => {}
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Block(b) => self.block(b),
            StmtKind::Expr(e) | StmtKind::Go(e) | StmtKind::Defer(e) => self.expr(e),
            StmtKind::Send { chan, value } => {
                self.expr(chan);
                self.expr(value);
            }
            StmtKind::Decl(d) => d.iter().for_each(|d| self.decl(d)),
            StmtKind::Assign { lhs, rhs, .. } | StmtKind::Define { lhs, rhs } => {
                self.expr(lhs);
                self.expr(rhs);
            }
            StmtKind::IncDec { x, .. } => self.expr(x),
            StmtKind::Return(e) => self.opt(e.as_ref()),
            StmtKind::If(i) => {
                self.ostmt(&i.init);
                self.expr(&i.cond);
                self.block(&i.then);
                self.ostmt(&i.els);
            }
            StmtKind::For(f) => {
                match &f.header {
                    ForHeader::Clause { init, cond, post } => {
                        self.ostmt(init);
                        self.opt(cond.as_ref());
                        self.ostmt(post);
                    }
                    ForHeader::Range(r) => {
                        self.opt(r.lhs.as_ref());
                        self.expr(&r.x);
                    }
                }
                self.block(&f.body);
            }
            StmtKind::Switch(w) => {
                self.ostmt(&w.init);
                self.opt(w.tag.as_ref());
                for c in &w.body {
                    self.opt(c.cases.as_ref());
                    self.stmts(&c.body);
                }
            }
            StmtKind::Select { clauses, .. } => {
                for c in clauses {
                    self.ostmt(&c.comm);
                    self.stmts(&c.body);
                }
            }
        }
    }
    fn decl(&mut self, d: &Decl) {
        match d {
            Decl::Import(i) => {
                if let Some(l) = &i.local {
                    self.ident(l);
                }
            }
            Decl::Const(c) => {
                c.names.iter().for_each(|n| self.ident(n));
                self.opt(c.ty.as_ref());
                self.opt(c.values.as_ref());
            }
            Decl::Var(c) => {
                c.names.iter().for_each(|n| self.ident(n));
                self.opt(c.ty.as_ref());
                self.opt(c.values.as_ref());
            }
            Decl::Type(t) => {
                self.ident(&t.name);
                self.fields(&t.tparams);
                self.expr(&t.ty);
            }
            Decl::Func(f) => {
                self.ident(&f.name);
                if let Some(r) = &f.recv {
                    self.fields(std::slice::from_ref(r));
                }
                self.fields(&f.tparams);
                self.func(&f.ty);
                if let Some(b) = &f.body {
                    self.block(b);
                }
            }
        }
    }
}

/// Start of an expression; unlike `start_pos` also of slice expressions.
fn leftmost(e: &Expr) -> Pos {
    match &e.kind {
        ExprKind::CompositeLit { ty: Some(x), .. } => leftmost(x),
        ExprKind::Slice { x, .. }
        | ExprKind::Selector { x, .. }
        | ExprKind::Index { x, .. }
        | ExprKind::Assert { x, .. }
        | ExprKind::Binary { x, .. } => leftmost(x),
        ExprKind::Call { fun, .. } => leftmost(fun),
        _ => start_pos(e),
    }
}
fn pos(p: Pos) -> String {
    let f = file_of(p).expect("position without file");
    let (l, c) = f.line_col(p);
    format!("{}:{l}:{c}", f.name.rsplit('/').next().unwrap())
}
fn ts(t: Ty) -> String {
    type_string(t, &full_qualifier)
}
fn kind(o: Obj) -> String {
    match &o.kind {
        ObjKind::PkgName { imported } => format!("pkgname {}", imported.path()),
        ObjKind::Const(_) => format!("const {}", o.const_val().map_or(String::new(), |v| v.exact_string())),
        ObjKind::TypeName => "typename".into(),
        ObjKind::Var(_) => "var".into(),
        ObjKind::Func(_) => "func".into(),
        ObjKind::Label => "label".into(),
        ObjKind::Builtin(_) => "builtin".into(),
        ObjKind::Nil => "nil".into(),
    }
}

fn dump(out: &mut impl Write, path: &str, w: &Walk, info: &Info, pkg: Pkg) {
    let mut lines = Vec::new();
    let obj = |o: Obj| format!("{} {} {}", kind(o), o.name(), ts(o.ty()));
    for (id, p, _) in &w.idents {
        for (c, o) in [("D", info.defs.get(*id)), ("U", info.uses.get(*id))] {
            if let Some(o) = o
                && !o.is_label()
            {
                lines.push(format!("{c} {} {}", pos(*p), obj(*o)));
            }
        }
        if let Some(i) = info.instances.get(id) {
            lines.push(format!("I {} {}", pos(*p), ts(i.ty)));
        }
    }
    for (id, p, sel) in &w.exprs {
        if let Some(tv) = info.types.get(*id) {
            let v = tv.value.as_ref().map_or(String::new(), |v| v.exact_string());
            let mut f = String::new();
            for (on, c) in [
                (tv.is_type(), 't'),
                (tv.is_void(), 'v'),
                (tv.addressable(), 'a'),
                (tv.has_ok(), 'o'),
                (tv.is_builtin(), 'b'),
            ] {
                if on {
                    f.push(c);
                }
            }
            lines.push(format!("T {} {f} {} {v}", pos(*p), ts(tv.ty)));
        }
        if sel.is_some()
            && let Some(s) = info.selections.get(*id)
        {
            let p = w.nodes[&sel.unwrap()];
            let ix: Vec<String> = s.index.iter().map(ToString::to_string).collect();
            lines.push(format!(
                "S {} {} {} {} [{}] {}",
                pos(p),
                s.kind as u8,
                ts(s.recv),
                s.obj.name(),
                ix.join(" "),
                s.indirect
            ));
        }
    }
    for (i, z) in info.init_order.iter().enumerate() {
        let l: Vec<&str> = z.lhs.iter().map(|o| o.name().as_str()).collect();
        lines.push(format!("Z {i:05} {} {}", l.join(","), pos(start_pos(z.rhs))));
    }
    for o in pkg.scope().sorted() {
        let generic = o.ty().as_named().is_some_and(|n| n.inst.is_none() && !n.tparams().is_empty())
            || o.ty().as_alias().is_some_and(|a| !a.tparams().is_empty());
        if !o.is_type_name() || generic {
            continue;
        }
        for t in [o.ty(), Ty::pointer(o.ty())] {
            for m in goxide_types::method_set(t) {
                let ix: Vec<String> = m.path.iter().map(ToString::to_string).collect();
                let e = u8::from(!m.name.is_exported());
                lines.push(format!("M {} {e}{} [{}] {}", ts(t), m.name, ix.join(" "), ts(m.obj.ty())));
            }
        }
    }
    lines.sort();
    writeln!(out, "# {path}").unwrap();
    for l in lines {
        writeln!(out, "{l}").unwrap();
    }
}

/// Whether a type parameter occurs in `t`.
fn parameterized(t: Ty, depth: u32) -> bool {
    use goxide_types::TyKind::*;
    let vars = |v: &[Obj]| v.iter().any(|o| parameterized(o.ty(), depth + 1));
    if depth > 12 {
        return false;
    }
    match t.unalias().kind() {
        TypeParam(_) | Union(_) => true,
        Pointer(p) => parameterized(p.base, depth + 1),
        Slice(p) => parameterized(p.elem, depth + 1),
        Array(p) => parameterized(p.elem, depth + 1),
        Chan(p) => parameterized(p.elem, depth + 1),
        Map(m) => parameterized(m.key, depth + 1) || parameterized(m.elem, depth + 1),
        Tuple(v) => vars(v),
        Func(f) => vars(f.params()) || vars(f.results()) || !f.tparams().is_empty(),
        Struct(x) => vars(x.fields),
        Interface(i) => !i.type_set().is_method_set() || vars(i.all_methods()),
        Named(n) => {
            n.targs().iter().any(|t| parameterized(*t, depth + 1)) || n.inst.is_none() && !n.tparams().is_empty()
        }
        Basic(b) => b.kind >= goxide_types::BasicKind::UntypedBool || b.kind == goxide_types::BasicKind::Invalid,
        Alias(_) => true,
    }
}

/// Symbol names of the types of a package's expressions.
fn dump_links(out: &mut impl Write, path: &str, info: &Info) {
    let mut set = std::collections::BTreeSet::new();
    for (_, tv) in info.types.iter() {
        if matches!(tv.ty.kind(), goxide_types::TyKind::Tuple(_)) || parameterized(tv.ty, 0) {
            continue;
        }
        set.insert(goxide_types::link_string(goxide_types::canon(tv.ty)));
    }
    for s in set {
        writeln!(out, "{path} {s}").unwrap();
    }
}

fn run() {
    let list = std::env::args().nth(1).expect("list of packages");
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let mut done: HashMap<String, Pkg> = HashMap::new();
    for l in std::fs::read_to_string(list).unwrap().lines() {
        let f: Vec<&str> = l.split('|').collect();
        if f[0] == "unsafe" {
            continue;
        }
        let map =
            f[4].split(';').filter_map(|m| m.split_once('=')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        let mut sink = Sink::default();
        let mut ids = NodeIdGen::new();
        let mut files: Vec<&'static File> = Vec::new();
        for n in f[2].split(',').filter(|n| !n.is_empty()) {
            let full = format!("{}/{n}", f[1]);
            let src = std::fs::read(&full).unwrap();
            let sf = add_file(full.clone(), full, src);
            let mode = Mode { std: true, runtime: true, ..Mode::default() };
            files.extend(parse_file(&sf, &mut ids, mode, &mut sink).map(|f| &*Box::leak(Box::new(f))));
        }
        let c = check_package(f[0], &files, &Imp(&done, &map), &Config::default(), &mut sink);
        done.insert(f[0].to_owned(), c.pkg);
        if std::env::args().nth(2).is_some_and(|a| a == "-links") {
            dump_links(&mut out, f[0], &c.info);
            continue;
        }
        let mut w = Walk::default();
        for f in &files {
            f.decls.iter().for_each(|d| w.decl(d));
        }
        w.nodes = w.idents.iter().map(|i| (i.0, i.1)).collect();
        dump(&mut out, f[0], &w, &c.info, c.pkg);
    }
}

fn main() {
    std::thread::Builder::new().stack_size(FRONT_END_STACK).spawn(run).unwrap().join().unwrap();
}
