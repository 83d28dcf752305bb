//! Calls of runtime functions (`docs/runtime-calls.md`): a row of `abi::funcs` is a runtime call with the C convention,
//! anything else an ordinary Go function of package runtime.

use crate::fx::*;
use goxide_abi::funcs::{self, Effects};
use goxide_ssa::*;
use smallvec::SmallVec;

impl Fx<'_> {
    /// Calls `runtime.<name>`.
    pub fn rt(&mut self, name: &'static str, args: &[Value], results: &[Type]) -> Scalars {
        if let Some(row) = funcs::lookup(name) {
            return self.rt_row(row, args, results);
        }
        let callee = self.prog.sym_of_name(&format!("runtime.{name}"));
        let sig =
            Sig { params: args.iter().map(|&a| self.b.f.ty(a)).collect(), results: results.into(), ..Sig::default() };
        let r = self.b.inst(Op::Call, args, Aux::Call { callee, sig: Box::new(sig) }, results);
        r.into_iter().collect()
    }
    /// Calls a runtime function in Rust or assembly: whole words only.
    pub fn rt_row(&mut self, row: &'static funcs::RuntimeFn, args: &[Value], results: &[Type]) -> Scalars {
        let words: Args = args.iter().map(|&a| self.word(a)).collect();
        assert_eq!(words.len(), row.args as usize, "arguments of runtime.{}", row.name);
        let rtys: SmallVec<[Type; 4]> =
            results.iter().map(|&t| if t == Type::Ptr { Type::Ptr } else { Type::I64 }).collect();
        let sig =
            Sig { params: words.iter().map(|&a| self.b.f.ty(a)).collect(), results: rtys.clone(), ..Sig::default() };
        let r = self.b.inst(Op::CallRt, &words, Aux::Rt { name: row.name, sig: Box::new(sig) }, &rtys);
        let out = r.iter().zip(results).map(|(&v, &t)| self.unword(v, t)).collect();
        if row.effects.has(Effects::NORETURN) {
            self.b.unreachable();
        }
        out
    }
    /// A scalar as a whole word.
    fn word(&mut self, v: Value) -> Value {
        match self.b.f.ty(v) {
            Type::I64 | Type::Ptr => v,
            Type::F64 => self.b.un(Op::Bitcast, v, Type::I64),
            Type::F32 => {
                let i = self.b.un(Op::Bitcast, v, Type::I32);
                self.b.un(Op::Zext, i, Type::I64)
            }
            _ => self.b.un(Op::Zext, v, Type::I64),
        }
    }
    fn unword(&mut self, v: Value, t: Type) -> Value {
        match t {
            Type::I64 | Type::Ptr => v,
            Type::F64 => self.b.un(Op::Bitcast, v, t),
            Type::F32 => {
                let i = self.b.un(Op::Trunc, v, Type::I32);
                self.b.un(Op::Bitcast, i, t)
            }
            _ => self.b.un(Op::Trunc, v, t),
        }
    }
    /// Calls a runtime function that does not return.
    pub fn rt_noreturn(&mut self, name: &'static str, args: &[Value]) {
        let returns = !funcs::lookup(name).is_some_and(|r| r.effects.has(Effects::NORETURN));
        self.rt(name, args, &[]);
        if returns {
            self.b.unreachable();
        }
    }
    /// One result.
    pub fn rt1(&mut self, name: &'static str, args: &[Value], result: Type) -> Value {
        self.rt(name, args, &[result])[0]
    }
    /// Address of a package-level variable of package runtime.
    pub fn rt_var(&mut self, name: &str) -> Value {
        let s = self.prog.sym_of_name(&format!("runtime.{name}"));
        self.b.sym_addr(s, 0)
    }
}
