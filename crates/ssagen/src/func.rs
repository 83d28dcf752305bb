//! Bodies of functions: parameters, results, returning.

use crate::fx::*;
use goxide_ssa::*;
use goxide_syntax::ast::{self, Expr};
use goxide_types::{Obj, Ty};

impl Fx<'_> {
    /// Lowers a body; `params` (receiver first) and `results` are its variables.
    pub fn function_body(
        &mut self,
        params: &[Obj],
        results: &[Obj],
        ptys: &[Ty],
        rtys: &[Ty],
        body: &'static ast::Block,
    ) {
        let bf = self.facts.body(body.pos);
        self.b.f.flags.has_recover = bf.has_recover;
        self.b.f.flags.has_defer = bf.defers > 0;
        self.moves =
            crate::exclusive::analyse(self.prog, self.info(), params, results, body, bf.defers > 0 || bf.has_recover);
        let vals = self.incoming(ptys);
        for ((&o, &t), v) in params.iter().zip(ptys).zip(&vals) {
            if o.name().is_blank() || o.name().as_str().is_empty() {
                continue;
            }
            match v {
                // The callee owns its arguments in memory.
                Val::M(a) if !self.facts.needs_ref(o, t) => {
                    self.locals.insert(o, Local::At(*a));
                }
                v => self.declare(o, t, Some(v)),
            }
        }
        self.setup_results(results, rtys, bf.defers > 0);
        if bf.defers > 0 {
            self.setup_defers(bf);
        }
        self.stmts(&body.stmts);
        if self.b.reachable() {
            self.set_pos(body.rbrace);
            if rtys.is_empty() || self.results.named {
                self.exit();
            } else {
                self.b.unreachable();
            }
        }
        self.finish_defers();
    }
    fn setup_results(&mut self, results: &[Obj], rtys: &[Ty], slots: bool) {
        let named = results.iter().any(|o| !o.name().as_str().is_empty());
        let mut locals = Vec::new();
        for (&o, &t) in results.iter().zip(rtys) {
            if !named && !slots {
                locals.push(None);
                continue;
            }
            let blank = o.name().is_blank() || o.name().as_str().is_empty();
            let by_ref = !blank && self.facts.needs_ref(o, t);
            let l = match (by_ref, slots) {
                (true, true) => {
                    let p = self.b.val(
                        Op::Alloc(AllocKind::Var),
                        &[],
                        Aux::Alloc { ty: t, what: o.name().as_str() },
                        Type::Ptr,
                    );
                    let s = self.b.f.new_slot(8, 8, o.name().as_str());
                    let a = self.b.slot_addr(s);
                    self.b.store(a, 0, p, MemFlags::NONNIL.with(MemFlags::VOLATILE));
                    Local::RefSlot(s)
                }
                (false, true) => Local::Slot(self.typed_slot(t, "result")),
                (r, false) => self.new_local(t, r, o.name().as_str()),
            };
            if !by_ref {
                let z = self.zero_val(t);
                self.write_local(&l, t, &z);
            }
            if !blank {
                self.locals.insert(o, l.clone());
            }
            locals.push(Some(l));
        }
        let proper = results.iter().all(|o| !o.name().is_blank() && !o.name().as_str().is_empty());
        let objs = if proper { results.to_vec() } else { Vec::new() };
        self.results = Results { tys: rtys.to_vec(), locals, named, objs };
    }

    /// `return e`
    pub fn return_stmt(&mut self, e: Option<&'static Expr>) {
        if self.range_body.is_some() {
            return self.return_from_range(e);
        }
        let Some(e) = e else { return self.exit() };
        let vals = self.return_values(e);
        if self.results.locals.iter().any(Option::is_some) {
            self.set_results(&vals);
            return self.exit();
        }
        self.emit_ret(&vals);
    }
    /// The operands of a return statement as the result types.
    pub fn return_values(&mut self, e: &'static Expr) -> Vec<Val> {
        let tys = self.results.tys.clone();
        let list = e.list();
        if list.len() == 1 && tys.len() > 1 {
            let vals = self.call_multi(&list[0]);
            return vals.into_iter().zip(&tys).map(|((vt, v), &t)| self.assign_conv(v, vt, t)).collect();
        }
        if list.len() == 1 {
            let v = self.full_expr_as(&list[0], tys[0]);
            return vec![v];
        }
        self.hoist_each_as(list, |i| tys.get(i).copied());
        list.iter()
            .zip(&tys)
            .map(|(x, &t)| {
                self.hoist_lookups(x);
                let v = self.expr_as(x, t);
                self.stable(t, v)
            })
            .collect()
    }
    pub fn set_results(&mut self, vals: &[Val]) {
        let tys = self.results.tys.clone();
        let locals = self.results.locals.clone();
        for ((l, v), &t) in locals.iter().zip(vals).zip(&tys) {
            if let Some(l) = l {
                self.write_local(l, t, v);
            }
        }
    }
    /// Runs deferred calls and returns what the result variables hold.
    pub fn exit(&mut self) {
        self.run_defers();
        let vals = self.read_results();
        self.emit_ret(&vals);
    }
    pub fn read_results(&mut self) -> Vec<Val> {
        let tys = self.results.tys.clone();
        let locals = self.results.locals.clone();
        locals
            .iter()
            .zip(&tys)
            .map(|(l, &t)| match l {
                Some(l) => self.read_local(l, t),
                None => self.zero_val(t),
            })
            .collect()
    }
    /// Hands the finished function over.
    pub fn finish(mut self) {
        let labels: Vec<Block> = self.labels.values().map(|l| l.block).collect();
        let mut labels = labels;
        labels.sort();
        for b in labels {
            self.b.seal(b);
        }
        let f = self.b.finish();
        if cfg!(debug_assertions)
            && let Err(e) = verify::verify(&f)
        {
            panic!("{e}\n{f}");
        }
        self.out.borrow_mut().funcs.push(f);
    }
}
