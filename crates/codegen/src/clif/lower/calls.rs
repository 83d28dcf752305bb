//! Symbols, signatures and calls.

use super::super::abi;
use super::{Lower, TRAP_UNREACHABLE, nil_flags, runtime_sym};
use cranelift_codegen::ir::{
    self, ExtFuncData, ExternalName, FuncRef, GlobalValueData, InstBuilder, SigRef, UserExternalName, types,
};
use cranelift_codegen::isa::CallConv;
use goxide_abi::funcs;
use goxide_ssa::{self as ssa, Sig, Sym};

impl Lower<'_> {
    pub(super) fn name(&mut self, s: Sym) -> ExternalName {
        if let Some(n) = self.names.get(&s) {
            return n.clone();
        }
        let r = self.cur.func.declare_imported_user_function(UserExternalName { namespace: 0, index: s.0 });
        let n = ExternalName::user(r);
        self.names.insert(s, n.clone());
        n
    }
    pub fn sym_addr(&mut self, s: Sym, off: i64) -> ir::Value {
        let gv = match self.globals.get(&(s, off)) {
            Some(&gv) => gv,
            None => {
                let name = self.name(s);
                let data = GlobalValueData::Symbol { name, offset: off.into(), colocated: true, tls: false };
                let gv = self.cur.func.create_global_value(data);
                self.globals.insert((s, off), gv);
                gv
            }
        };
        self.cur.ins().symbol_value(types::I64, gv)
    }
    pub(super) fn sig(&mut self, s: ir::Signature) -> SigRef {
        if let Some(&r) = self.sigs.get(&s) {
            return r;
        }
        let r = self.cur.func.import_signature(s.clone());
        self.sigs.insert(s, r);
        r
    }
    pub(super) fn func_ref(&mut self, s: Sym, sig: ir::Signature) -> FuncRef {
        let signature = self.sig(sig);
        if let Some(&r) = self.funcs.get(&(s, signature)) {
            return r;
        }
        let name = self.name(s);
        let r = self.cur.func.import_function(ExtFuncData { name, signature, colocated: true, patchable: false });
        self.funcs.insert((s, signature), r);
        r
    }
    /// Calls symbol `s` with words under any convention.
    pub fn call_words(&mut self, s: Sym, conv: CallConv, args: &[ir::Value]) {
        let r = self.func_ref(s, abi::words(conv, args.len()));
        self.cur.ins().call(r, args);
    }
    /// Calls a function of package runtime by its Go name, be it Rust or Go, with words and one or no result word.
    pub fn call_runtime(&mut self, name: &'static str, args: &[ir::Value], result: bool) -> Option<ir::Value> {
        let rt = funcs::lookup(name).is_some();
        let mut sig = abi::words(if rt { CallConv::SystemV } else { CallConv::Tail }, args.len());
        if result {
            sig.returns.push(ir::AbiParam::new(types::I64));
        }
        let s = runtime_sym(name);
        let r = self.func_ref(s, sig);
        let i = self.cur.ins().call(r, args);
        self.cur.func.dfg.inst_results(i).first().copied()
    }
    /// Ends the current block with a call that does not return.
    pub fn call_noreturn(&mut self, name: &'static str, args: &[ir::Value]) {
        self.call_runtime(name, args, false);
        self.cur.ins().trap(TRAP_UNREACHABLE);
    }

    pub(super) fn results(&mut self, d: &ssa::InstData, i: ir::Inst) {
        let rs = self.cur.func.dfg.inst_results(i).to_vec();
        for (&r, v) in d.results.iter().zip(rs) {
            self.values[r.index()] = Some(v);
        }
    }
    /// Arguments with the padding before the argument block.
    pub(super) fn go_args(&mut self, sig: &Sig, args: &[ssa::Value]) -> Vec<ir::Value> {
        let mut a = self.vs(args);
        if sig.has_block {
            let block = a.pop().expect("argument block");
            let n = abi::padding(sig);
            if n > 0 {
                let z = self.iconst(0);
                a.extend(std::iter::repeat_n(z, n));
            }
            a.push(block);
        }
        a
    }
    /// The code of a method, from an itab.
    pub(super) fn method_code(&mut self, tab: ssa::Value, method: u32) -> ir::Value {
        let tab = self.v(tab);
        let off = 24 + 8 * method as i32;
        let tab = self.nil_check_far(tab, off);
        self.cur.ins().load(types::I64, nil_flags().with_readonly(), tab, off)
    }
    pub(super) fn call_ind(&mut self, d: &ssa::InstData, sig: &Sig, code: ir::Value, args: &[ir::Value]) {
        let s = self.sig(abi::go_sig(sig));
        let i = self.cur.ins().call_indirect(s, code, args);
        self.results(d, i);
    }

    /// Calls `s` with arguments of any type, giving results of these types.
    pub fn call_leaf(&mut self, s: Sym, conv: CallConv, args: &[ir::Value], results: &[ir::Type]) -> Vec<ir::Value> {
        let mut sig = ir::Signature::new(conv);
        for &a in args {
            sig.params.push(ir::AbiParam::new(self.cur.func.dfg.value_type(a)));
        }
        sig.returns.extend(results.iter().map(|&t| ir::AbiParam::new(t)));
        let r = self.func_ref(s, sig);
        let i = self.cur.ins().call(r, args);
        self.cur.func.dfg.inst_results(i).to_vec()
    }
}
