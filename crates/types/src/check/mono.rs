//! Detection of generic code that would need infinitely many instances (`types2/mono.go`).
//!
//! Vertices are type parameters and local types declared in their scope; an edge says that instantiating the source
//! instantiates the destination, with weight 1 if the type grows on the way. A cycle of positive weight is an error.

use super::Checker;
use super::errors::ErrorDesc;
use crate::codes::Code;
use crate::object::{Obj, Pkg};
use crate::types::{Ty, TyKind};
use goxide_base::{FxHashMap, Pos};
use goxide_syntax::ast::Expr;

/// The graph of instantiations seen while checking a package.
#[derive(Default)]
pub struct MonoGraph {
    vertices: Vec<Vertex>,
    edges: Vec<Edge>,
    /// Method receiver type parameter -> that of the declared type.
    canon: FxHashMap<Ty, Ty>,
    /// Type name -> vertex; `None` for local types without ambient type parameters.
    name_idx: FxHashMap<Obj, Option<usize>>,
}

struct Vertex {
    /// Weight and length of the heaviest known path to here, and its last edge.
    weight: usize,
    pre: usize,
    len: usize,
    obj: Obj,
}

#[derive(Clone, Copy)]
struct Edge {
    dst: usize,
    src: usize,
    weight: usize,
    pos: Pos,
    ty: Ty,
}

impl Checker {
    /// Reports an instantiation cycle, if there is one (Bellman-Ford for positive cycles).
    pub fn monomorph(&mut self) {
        loop {
            let mut again = false;
            for i in 0..self.mono.edges.len() {
                let e = self.mono.edges[i];
                let (w, len) = {
                    let src = &self.mono.vertices[e.src];
                    (src.weight + e.weight, src.len + 1)
                };
                let n = self.mono.vertices.len();
                let dst = &mut self.mono.vertices[e.dst];
                if w <= dst.weight {
                    continue;
                }
                dst.pre = i;
                dst.len = len;
                if dst.len == n {
                    self.report_instance_loop(e.dst);
                    return;
                }
                dst.weight = w;
                again = true;
            }
            if !again {
                return;
            }
        }
    }

    fn report_instance_loop(&mut self, mut v: usize) {
        let g = &self.mono;
        let mut stack = Vec::new();
        let mut seen = vec![false; g.vertices.len()];
        // The heaviest path to v contains a cycle: walk back until it closes.
        while !seen[v] {
            stack.push(v);
            seen[v] = true;
            v = g.edges[g.vertices[v].pre].src;
        }
        let from = stack.iter().position(|&x| x == v).expect("v was visited");
        let mut err = ErrorDesc::new(Code::InvalidInstanceCycle);
        err.add(g.vertices[v].obj, "instantiation cycle:");
        for &v in &stack[from..] {
            let e = g.edges[g.vertices[v].pre];
            let obj = g.vertices[e.dst].obj;
            let ty = crate::typestring::type_string(e.ty, &|p: Pkg| {
                if p == self.pkg { String::new() } else { p.path().as_str().to_owned() }
            });
            let what = match obj.ty().kind() {
                TyKind::Named(_) => "implicitly parameterized by",
                _ => "instantiated as",
            };
            err.add(e.pos, format!("{} {what} {ty}", obj.name()));
        }
        self.report(err);
    }
}

impl MonoGraph {
    /// `mpar`, of a method's receiver, stands for `tpar`, of the receiver's type.
    pub fn record_canon(&mut self, mpar: Ty, tpar: Ty) {
        self.canon.insert(mpar, tpar);
    }

    /// Records that `tparams` are instantiated with `targs` at `pos` (or at the elements of `xlist`).
    pub fn record_instance(&mut self, pkg: Pkg, pos: Pos, tparams: &[Ty], targs: &[Ty], xlist: &[&Expr]) {
        for (i, &tpar) in tparams.iter().enumerate() {
            let pos = xlist.get(i).map_or(pos, |x| goxide_syntax::start_pos(x));
            self.assign(pkg, pos, tpar, targs[i]);
        }
    }

    fn assign(&mut self, pkg: Pkg, pos: Pos, tpar: Ty, targ: Ty) {
        // Instantiating another package's generics cannot lead back here.
        if tpar.as_type_param().and_then(|t| t.obj.pkg()) != Some(pkg) {
            return;
        }
        self.walk(pkg, pos, tpar, targ, targ, 0);
    }

    fn flow(&mut self, pos: Pos, tpar: Ty, targ: Ty, src: usize, ty: Ty) {
        let weight = usize::from(ty != targ);
        let dst = self.type_param_vertex(tpar);
        self.edges.push(Edge { dst, src, weight, pos, ty: targ });
    }

    fn walk(&mut self, pkg: Pkg, pos: Pos, tpar: Ty, targ: Ty, ty: Ty, depth: u32) {
        // Type arguments are finite; the bound is for malformed interfaces that mention themselves.
        if depth > 100 {
            return;
        }
        let go = |g: &mut MonoGraph, t: Ty| g.walk(pkg, pos, tpar, targ, t, depth + 1);
        let ty = ty.unalias();
        match ty.kind() {
            TyKind::TypeParam(_) => {
                let src = self.type_param_vertex(ty);
                self.flow(pos, tpar, targ, src, ty);
            }
            TyKind::Named(n) => {
                if let Some(src) = self.local_named_vertex(pkg, n.origin().obj()) {
                    self.flow(pos, tpar, targ, src, ty);
                }
                for &t in n.targs() {
                    go(self, t);
                }
            }
            TyKind::Array(a) => go(self, a.elem),
            TyKind::Chan(c) => go(self, c.elem),
            TyKind::Map(m) => {
                go(self, m.key);
                go(self, m.elem);
            }
            TyKind::Pointer(p) => go(self, p.base),
            TyKind::Slice(s) => go(self, s.elem),
            TyKind::Interface(i) => {
                for m in i.all_methods() {
                    go(self, m.ty());
                }
            }
            TyKind::Func(s) => {
                for v in s.params().iter().chain(s.results()) {
                    go(self, v.ty());
                }
            }
            TyKind::Struct(s) => {
                for f in s.fields {
                    go(self, f.ty());
                }
            }
            TyKind::Basic(_) | TyKind::Alias(_) | TyKind::Tuple(_) | TyKind::Union(_) => {}
        }
    }

    /// The vertex of a local type declared inside generic code.
    fn local_named_vertex(&mut self, pkg: Pkg, obj: Obj) -> Option<usize> {
        if obj.pkg() != Some(pkg) || obj.parent() == Some(pkg.scope()) {
            return None;
        }
        if let Some(&i) = self.name_idx.get(&obj) {
            return i;
        }
        let mut idx = None;
        let mut scope = obj.parent();
        while let Some(s) = scope
            && s != pkg.scope()
        {
            for e in s.sorted() {
                // Type parameters declared before the type: of the enclosing function.
                if !e.is_type_name() || e.pos() >= obj.pos() {
                    continue;
                }
                let t = e.ty();
                if !matches!(t.kind(), TyKind::TypeParam(_)) {
                    continue;
                }
                let dst = *idx.get_or_insert_with(|| self.vertex(obj));
                let src = self.type_param_vertex(t);
                self.edges.push(Edge { dst, src, weight: 1, pos: obj.pos(), ty: t });
            }
            scope = s.parent();
        }
        self.name_idx.insert(obj, idx);
        idx
    }

    fn vertex(&mut self, obj: Obj) -> usize {
        self.vertices.push(Vertex { weight: 0, pre: 0, len: 0, obj });
        self.vertices.len() - 1
    }

    fn type_param_vertex(&mut self, tpar: Ty) -> usize {
        // Copies that substitution made (type parameters of generic methods) know their originals.
        let tpar = *self.canon.get(&tpar).unwrap_or(&tpar);
        let tpar = tpar.as_type_param().and_then(|p| p.canon.get()).unwrap_or(tpar);
        let obj = tpar.as_type_param().expect("a type parameter").obj;
        if let Some(&Some(i)) = self.name_idx.get(&obj) {
            return i;
        }
        let i = self.vertex(obj);
        self.name_idx.insert(obj, Some(i));
        i
    }
}
