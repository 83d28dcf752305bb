//! Functions and data by demand: what the roots reach is lowered, nothing else (but see `Options::whole_packages`).
//!
//! Rounds: every symbol that is wanted and not made yet is made in parallel; then, one after another in a fixed order,
//! what they refer to becomes wanted. So the result does not depend on timing.

use crate::methods::Methods;
use goxide_base::FxHashSet;
use goxide_codegen::rttype::{self, MethodEntry, MethodInfo};
use goxide_ssa::sym::DataDef;
use goxide_ssa::{Aux, Func, Op, Sym, SymKind};
use goxide_ssagen as ssagen;
use goxide_types::{Ty, TyKind, canon};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What making a symbol gave.
#[derive(Default)]
struct Made {
    funcs: Vec<Func>,
    data: Vec<DataDef>,
    refs: Refs,
    error: Option<String>,
}

/// What functions and data refer to.
#[derive(Default)]
pub struct Refs {
    pub syms: Vec<Sym>,
    /// Descriptors that say only what memory looks like: these make no interface values.
    pub layouts: Vec<Sym>,
    /// Interface methods called: interface and index in run-time order.
    pub calls: Vec<(Ty, u32)>,
}

/// Everything reached so far.
pub struct World<'p> {
    pub prog: &'p ssagen::Program,
    pub funcs: Vec<Func>,
    pub data: Vec<DataDef>,
    /// Canonical types whose descriptors are wanted, with their symbols; likewise itabs.
    pub types: Vec<(Sym, Ty)>,
    pub itabs: Vec<(Sym, Ty, Ty)>,
    pub methods: Methods,
    pub errors: Vec<String>,
    /// Reports of making symbols, by name: `-d=stubs` turns them into traps.
    pub verify: bool,
    /// Compare definitions that come more than once.
    pub strict_dups: bool,
    wanted: Vec<bool>,
    defined: FxHashSet<Sym>,
    queue: Vec<Sym>,
    /// Descriptors of types of which there can be interface values, and those whose consequences are still to be drawn.
    valued: FxHashSet<Sym>,
    new_valued: Vec<Sym>,
}

impl<'p> World<'p> {
    pub fn new(prog: &'p ssagen::Program) -> World<'p> {
        World {
            prog,
            funcs: Vec::new(),
            data: Vec::new(),
            types: Vec::new(),
            itabs: Vec::new(),
            methods: Methods::default(),
            errors: Vec::new(),
            verify: false,
            strict_dups: false,
            wanted: Vec::new(),
            defined: FxHashSet::default(),
            queue: Vec::new(),
            valued: FxHashSet::default(),
            new_valued: Vec::new(),
        }
    }

    /// Makes `s` wanted; if it is a descriptor, there can be interface values of its type.
    pub fn want(&mut self, s: Sym) {
        if matches!(s.kind(), SymKind::TypeDesc(_)) && self.valued.insert(s) {
            self.new_valued.push(s);
        }
        self.want_layout(s);
    }

    /// Makes `s` wanted; a descriptor only for the memory it describes.
    fn want_layout(&mut self, s: Sym) {
        if s.index() >= self.wanted.len() {
            self.wanted.resize((s.index() + 1).next_power_of_two(), false);
        }
        if !std::mem::replace(&mut self.wanted[s.index()], true) {
            self.queue.push(s);
        }
    }

    /// Makes everything that is wanted, and what that wants.
    pub fn run(&mut self) {
        loop {
            while let Some(s) = self.new_valued.pop() {
                self.add_valued(s);
            }
            if self.queue.is_empty() {
                break;
            }
            let batch = std::mem::take(&mut self.queue);
            let (prog, verify) = (self.prog, self.verify);
            let made: Vec<Made> = batch.par_iter().map(|&s| make(prog, s, verify)).collect();
            for (s, m) in batch.into_iter().zip(made) {
                match s.kind() {
                    SymKind::TypeDesc(t) => self.types.push((s, *t)),
                    // The methods that they find are named by no code.
                    _ if matches!(s.name(), "reflect.Value.Method" | "reflect.Value.MethodByName") => {
                        let new = self.methods.keep_exported(self.prog);
                        new.into_iter().for_each(|s| self.want(s));
                    }
                    SymKind::Itab(t, i) => self.itabs.push((s, *t, *i)),
                    _ => {}
                }
                self.errors.extend(m.error);
                for f in m.funcs {
                    if self.defined.insert(f.sym) {
                        // A closure comes with its parent: it need not be made again.
                        self.want(f.sym);
                        self.funcs.push(f);
                    }
                }
                for d in m.data {
                    if self.defined.insert(d.sym) {
                        self.data.push(d);
                    } else if self.strict_dups && self.data.iter().any(|o| o.sym == d.sym && !same(o, &d)) {
                        self.errors.push(format!("{}: new duplicate of a different content", d.sym.name()));
                    }
                }
                self.refer(m.refs);
            }
        }
    }

    /// Wants what something made refers to.
    pub fn refer(&mut self, r: Refs) {
        r.syms.into_iter().for_each(|s| self.want(s));
        r.layouts.into_iter().for_each(|s| self.want_layout(s));
        for (iface, n) in r.calls {
            let new = self.methods.call(self.prog, iface, n);
            new.into_iter().for_each(|s| self.want(s));
        }
    }

    /// There can be interface values of the type that `s` describes: reflection gets from it to the types it is made of, and
    /// its methods may be called.
    fn add_valued(&mut self, s: Sym) {
        let SymKind::TypeDesc(t) = s.kind() else { return };
        let new = self.methods.add_type(self.prog, *t);
        new.into_iter().for_each(|s| self.want(s));
        for d in rttype::type_desc(*t, &|_| MethodEntry::Gone) {
            d.relocs.iter().for_each(|r| self.want(r.target));
        }
        // reflect makes pointer types that it does not find, and those would have no methods.
        if !matches!(t.kind(), TyKind::Pointer(_) | TyKind::Interface(_)) {
            let p = canon(Ty::pointer(*t));
            if !rttype::method_set(p).is_empty() {
                self.want(rttype::type_sym(p));
            }
        }
    }

    /// Descriptors and itabs with the methods that were kept; the last step.
    pub fn finish_types(&mut self) {
        let (prog, methods) = (self.prog, &self.methods);
        let unreachable = prog.sym_of_name("runtime.unreachableMethod");
        let own: FxHashSet<Sym> = self.types.iter().map(|t| t.0).collect();
        let method = |t: Ty, m: &MethodInfo| match methods.kept(t, m) {
            Some(k) => MethodEntry::Kept(k),
            None if own.contains(&rttype::type_sym(m.sig)) => MethodEntry::Known,
            None => MethodEntry::Gone,
        };
        let descs: Vec<Vec<DataDef>> =
            self.types.par_iter().map(|&(_, t)| rttype::type_desc(t, &|m| method(t, m))).collect();
        for d in descs.into_iter().flatten() {
            // Names and masks exist since the first time.
            if own.contains(&d.sym) || self.defined.insert(d.sym) {
                self.data.push(d);
            }
        }
        let entry = |t: Ty, m: &rttype::MethodInfo| methods.kept(t, m).map_or(unreachable, |k| k.0);
        let tabs: Vec<DataDef> =
            self.itabs.par_iter().map(|&(s, t, i)| rttype::itab(s, t, i, &|_, m| entry(t, m))).collect();
        self.data.extend(tabs);
    }
}

/// Whether two definitions of a symbol are equal.
fn same(a: &DataDef, b: &DataDef) -> bool {
    let relocs = |d: &DataDef| d.relocs.iter().map(|r| (r.off, r.target, r.addend)).collect::<Vec<_>>();
    (a.section, a.align, a.size, &a.bytes) == (b.section, b.align, b.size, &b.bytes) && relocs(a) == relocs(b)
}

/// Makes one symbol. Internal errors become reports.
fn make(prog: &ssagen::Program, s: Sym, verify: bool) -> Made {
    let r = catch_unwind(AssertUnwindSafe(|| {
        let mut m = Made::default();
        match s.kind() {
            SymKind::TypeDesc(t) => {
                let mut defs = rttype::type_desc(*t, &|_| MethodEntry::Gone);
                // The descriptor itself is made again once it is known which methods are kept.
                let d = defs.pop().expect("descriptor");
                m.refs.layouts.extend(d.relocs.iter().map(|r| r.target));
                m.data = defs;
            }
            SymKind::Itab(t, i) => {
                let d = rttype::itab(s, *t, *i, &|_, _| s);
                m.refs.layouts.extend(d.relocs.iter().map(|r| r.target).filter(|&r| r != s));
                m.refs.syms.push(rttype::type_sym(*t));
            }
            SymKind::FuncVal(f) => m.data.push(rttype::funcval(*f)),
            SymKind::Str(b) => m.data.push(rttype::string(s, b)),
            // Supplied by the runtime's objects, or defined where they were made.
            SymKind::Runtime(_) | SymKind::Extern | SymKind::Data => {}
            SymKind::Closure { .. } => {}
            _ => {
                let l = ssagen::lower(prog, s);
                m.funcs = l.funcs;
                m.data = l.data;
            }
        }
        for f in &m.funcs {
            if verify {
                goxide_ssa::verify::verify(f).unwrap_or_else(|e| panic!("{e}\n{f}"));
            }
            refs(f, &mut m.refs);
        }
        if !matches!(s.kind(), SymKind::TypeDesc(_)) {
            m.refs.syms.extend(m.data.iter().flat_map(|d| &d.relocs).map(|r| r.target));
        }
        m
    }));
    r.unwrap_or_else(|p| {
        let text = p.downcast_ref::<String>().cloned().or(p.downcast_ref::<&str>().map(|s| s.to_string()));
        let text = text.unwrap_or_else(|| "panic".into());
        Made { error: Some(format!("internal compiler error: {}: {text}", s.name())), ..Made::default() }
    })
}

/// What a function refers to.
pub fn refs(f: &Func, out: &mut Refs) {
    for &b in &f.order {
        for &i in &f.blocks[b.index()].insts {
            let d = &f.insts[i.index()];
            match &d.aux {
                Aux::Sym(s, _) => out.syms.push(*s),
                Aux::Call { callee, .. } => out.syms.push(*callee),
                Aux::Alloc { ty, .. } | Aux::Type(ty) => out.layouts.push(rttype::type_sym(*ty)),
                Aux::Move { ty: Some(t), .. } => out.layouts.push(rttype::type_sym(*t)),
                Aux::CallInter { iface, method, .. } => out.calls.push((*iface, *method)),
                _ => {}
            }
            if d.op == Op::Fma {
                out.syms.push(Sym::intern("math.FMA", SymKind::Extern));
            }
        }
    }
}
