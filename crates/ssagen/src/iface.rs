//! Interfaces: making them, asserting, comparing with concrete values.

use crate::flow::Site;
use crate::fx::*;
use crate::layout::*;
use crate::names;
use goxide_ssa::*;
use goxide_types::Ty;

const RO: MemFlags = MemFlags(MemFlags::NONNIL.0 | MemFlags::READONLY.0);

/// Whether two interface types have the same methods, so that their itabs are interchangeable.
fn same_methods(a: Ty, b: Ty) -> bool {
    a == b || goxide_types::canon(a.under()) == goxide_types::canon(b.under())
}

impl Fx<'_> {
    /// Converts a value for assignment to type `t`.
    pub fn assign_conv(&mut self, v: Val, src: Ty, t: Ty) -> Val {
        if src == t || !is_iface(t) {
            return v;
        }
        if is_nil(src) {
            return self.zero_val(t);
        }
        if is_iface(src) {
            return self.iface_to_iface(&v, src, t);
        }
        let src = crate::convert::default_type(src);
        self.to_iface(v, src, t)
    }

    /// First word of an interface of type `t` holding a `src`.
    pub fn type_word(&mut self, src: Ty, t: Ty) -> Value {
        if is_eface(t) {
            return self.type_addr(src);
        }
        let s = names::itab_sym(src, t);
        self.b.sym_addr(s, 0)
    }
    /// A concrete value as interface `t`.
    pub fn to_iface(&mut self, v: Val, src: Ty, t: Ty) -> Val {
        let word = self.type_word(src, t);
        let data = self.iface_data(v, src);
        Val::of(&[word, data])
    }
    /// The data word for a concrete value.
    fn iface_data(&mut self, v: Val, src: Ty) -> Value {
        let i = info(src);
        if i.size == 0 {
            return self.rt_var("zerobase");
        }
        if is_direct_iface(src) {
            return match v {
                Val::S(_) => v.v(),
                Val::M(_) => panic!("a one-word value in memory"),
            };
        }
        if let Some(e) = self.boxed.filter(|_| self.reporting()) {
            self.set_pos(e.pos);
        }
        if let Some(p) = self.static_box(&v, src) {
            return p;
        }
        if let Val::S(s) = &v
            && s.len() == 1
        {
            let x = s[0];
            let c = comps(src)[0];
            if c.ty == Type::I8 {
                let table = self.rt_var("staticuint64s");
                let n = self.b.un(Op::Zext, x, Type::I64);
                let off = self.scale(n, 8);
                return self.b.bin(Op::PtrAdd, table, off);
            }
        }
        if let Val::S(words) = &v
            && let Some(conv) = boxing(src)
        {
            let p = self.rt1(conv, words, Type::Ptr);
            if let Some(e) = self.boxed {
                self.mark_site(p, Site::Iface, e.id);
            }
            return p;
        }
        let what = self.boxed.map_or("interface", |e| self.what("interface", e));
        let p = self.b.val(Op::Alloc(AllocKind::Iface), &[], Aux::Alloc { ty: src, what }, Type::Ptr);
        if let Some(e) = self.boxed {
            self.mark_site(p, Site::Iface, e.id);
        }
        self.store(Addr::heap(p), src, &v);
        p
    }
    /// Read-only memory holding a value made of constants.
    fn static_box(&mut self, v: &Val, src: Ty) -> Option<Value> {
        let Val::S(s) = v else { return None };
        let i = info(src);
        let mut bytes = vec![0u8; i.size as usize];
        let mut relocs = Vec::new();
        let mut name = format!("go:const.{}", i.size);
        for (c, &v) in comps(src).iter().zip(s) {
            let d = &self.b.f.insts[self.b.f.def_inst(v)?.index()];
            let off = c.off as usize;
            match (d.op, &d.aux) {
                (Op::Iconst | Op::Fconst, Aux::Int(n)) => {
                    let w = c.ty.size() as usize;
                    bytes[off..off + w].copy_from_slice(&n.to_le_bytes()[..w]);
                    name.push_str(&format!(".{:x}", *n as u64));
                }
                (Op::SymAddr, Aux::Sym(sym, add)) if matches!(sym.kind(), SymKind::Str(_)) => {
                    relocs.push(DataReloc { off: c.off, kind: DataRelocKind::Abs64, target: *sym, addend: *add });
                    name.push_str(&format!(".{}+{add}", sym.name()));
                }
                _ => return None,
            }
        }
        // The layout is part of the identity: equal names mean equal bytes.
        for c in comps(src) {
            name.push_str(&format!("@{}{}", c.off, c.ty));
        }
        let sym = Sym::intern(&name, SymKind::Data);
        self.out.borrow_mut().data.push(DataDef {
            sym,
            section: Section::Rodata,
            align: i.align.max(8),
            size: i.size,
            bytes,
            relocs,
            ptrmask: Vec::new(),
        });
        Some(self.b.sym_addr(sym, 0))
    }

    /// The descriptor of an interface's dynamic type, nil if it is nil.
    pub fn iface_type(&mut self, v: &Val, t: Ty) -> Value {
        let w = v.s()[0];
        if is_eface(t) {
            return w;
        }
        let set = self.b.icmp_imm(IntCC::Ne, w, 0);
        self.if_val(
            set,
            &[Type::Ptr],
            |s| [s.b.load(Type::Ptr, w, 8, RO)].into_iter().collect(),
            |s| [s.b.nil()].into_iter().collect(),
        )[0]
    }
    /// Any interface as an empty one.
    pub fn to_eface(&mut self, v: &Val, t: Ty) -> Val {
        let ty = self.iface_type(v, t);
        Val::of(&[ty, v.s()[1]])
    }
    pub fn iface_to_iface(&mut self, v: &Val, src: Ty, t: Ty) -> Val {
        if same_methods(src, t) || (is_eface(src) && is_eface(t)) {
            return v.clone();
        }
        if is_eface(t) {
            return self.to_eface(v, src);
        }
        let ty = self.iface_type(v, src);
        let inter = self.type_addr(t);
        let set = self.b.icmp_imm(IntCC::Ne, ty, 0);
        let tab = self.if_val(
            set,
            &[Type::Ptr],
            |s| [s.cached_itab(inter, ty)].into_iter().collect(),
            |s| [s.b.nil()].into_iter().collect(),
        )[0];
        Val::of(&[tab, v.s()[1]])
    }

    /// The itab that makes a `ty` an interface `inter` (both descriptors), nil if `ty` is nil or lacks a method.
    ///
    /// The place keeps the last few itabs it found, those of failures included (they have no first method): itabs never
    /// change, so one word is enough and needs no lock. A cell nothing was found for holds an itab of zeros.
    pub fn cached_itab(&mut self, inter: Value, ty: Value) -> Value {
        const CELLS: u64 = 4;
        const ITAB: u64 = 32;
        let none = self.zero_sym(ITAB);
        // Unique: there is an instruction of that number once.
        let name = format!("{}.itabs{}", self.b.f.sym.name(), self.b.f.insts.len());
        let sym = Sym::intern(&name, SymKind::Data);
        self.out.borrow_mut().data.push(DataDef {
            sym,
            section: Section::NoptrData,
            align: 8,
            bytes: vec![0; CELLS as usize * 8],
            size: CELLS * 8,
            relocs: (0..CELLS as u32)
                .map(|n| DataReloc { off: n * 8, kind: DataRelocKind::Abs64, target: none, addend: 0 })
                .collect(),
            ptrmask: Vec::new(),
        });
        let cells = self.b.sym_addr(sym, 0);
        let bits = self.b.un(Op::PtrToInt, ty, Type::I64);
        let (shift, mask) = (self.b.int(5), self.b.int((CELLS as i64 - 1) * 8));
        let bits = self.b.bin(Op::Shr, bits, shift);
        let at = self.b.bin(Op::And, bits, mask);
        let cell = self.b.bin(Op::PtrAdd, cells, at);
        let tab = self.b.load(Type::Ptr, cell, 0, MemFlags::NONNIL);
        let have = self.b.load(Type::Ptr, tab, 8, RO);
        let hit = self.b.icmp(IntCC::Eq, have, ty);
        self.if_val(
            hit,
            &[Type::Ptr],
            |s| {
                let first = s.b.load(Type::I64, tab, 24, RO);
                let ok = s.b.icmp_imm(IntCC::Ne, first, 0);
                let nil = s.b.nil();
                [s.b.select(ok, tab, nil)].into_iter().collect()
            },
            |s| s.rt("assertE2I2cached", &[inter, ty, cell], &[Type::Ptr]),
        )[0]
    }

    /// The value of type `t` in a data word.
    pub fn unbox(&mut self, data: Value, t: Ty) -> Val {
        if size(t) == 0 {
            return self.zero_val(t);
        }
        if is_direct_iface(t) {
            return Val::one(data);
        }
        self.load(Addr::readonly(data), t)
    }
    /// Whether an interface of type `xt` holds exactly a `t`.
    pub fn holds(&mut self, v: &Val, xt: Ty, t: Ty) -> Value {
        // By type, not by itab: interface types with the same methods pass their itabs on to each other.
        let have = self.iface_type(v, xt);
        let want = self.type_addr(t);
        self.b.icmp(IntCC::Eq, have, want)
    }

    /// `x.(T)` that panics.
    pub fn type_assert(&mut self, v: Val, xt: Ty, t: Ty) -> Val {
        let data = v.s()[1];
        if is_iface(t) {
            let ty = self.iface_type(&v, xt);
            if is_eface(t) {
                let none = self.b.icmp_imm(IntCC::Eq, ty, 0);
                let want = self.type_addr(t);
                self.if_then(none, Hint::Unlikely, |s| s.rt_noreturn("panicnildottype", &[want]));
                return Val::of(&[ty, data]);
            }
            let inter = self.type_addr(t);
            let tab = self.cached_itab(inter, ty);
            let none = self.b.icmp_imm(IntCC::Eq, tab, 0);
            self.if_then(none, Hint::Unlikely, |s| {
                s.rt("assertE2I", &[inter, ty], &[Type::Ptr]);
                s.b.unreachable();
            });
            return Val::of(&[tab, data]);
        }
        let ok = self.holds(&v, xt, t);
        let (good, bad) = (self.b.new_block(), self.b.new_cold());
        self.b.br_hint(ok, good, bad, Hint::Likely);
        self.b.enter(bad);
        let want = self.type_addr(t);
        let st = self.type_addr(xt);
        self.rt_noreturn(if is_eface(xt) { "panicdottypeE" } else { "panicdottypeI" }, &[v.s()[0], want, st]);
        self.b.enter(good);
        self.unbox(data, t)
    }
    /// `v, ok := x.(T)`
    pub fn type_assert_ok(&mut self, v: &Val, xt: Ty, t: Ty) -> (Val, Value) {
        let data = v.s()[1];
        if is_iface(t) {
            let ty = self.iface_type(v, xt);
            let word = if is_eface(t) {
                ty
            } else {
                let inter = self.type_addr(t);
                self.cached_itab(inter, ty)
            };
            let ok = self.b.icmp_imm(IntCC::Ne, word, 0);
            let nil = self.b.nil();
            let data = self.b.select(ok, data, nil);
            return (Val::of(&[word, data]), ok);
        }
        let ok = self.holds(v, xt, t);
        if is_mem(t) {
            let tmp = self.temp(t, "assert");
            let (good, bad, m) = (self.b.new_block(), self.b.new_block(), self.b.new_block());
            self.b.br(ok, good, bad);
            self.b.enter(good);
            let x = self.unbox(data, t);
            self.store(tmp, t, &x);
            self.b.jump(m);
            self.b.enter(bad);
            self.store_zero(tmp, t);
            self.b.jump(m);
            self.b.enter(m);
            return (Val::M(tmp), ok);
        }
        let tys: Vec<Type> = comps(t).iter().map(|c| c.ty).collect();
        let r = self.if_val(ok, &tys, |s| s.unbox(data, t).s().into(), |s| s.zero_val(t).s().into());
        (Val::S(r), ok)
    }

    /// `i == c` for a concrete `c`.
    pub fn iface_eq_concrete(&mut self, i: &Val, it: Ty, c: &Val, ct: Ty) -> Value {
        let same = self.holds(i, it, ct);
        let data = i.s()[1];
        let c = c.clone();
        self.if_val(
            same,
            &[Type::I8],
            |s| {
                let x = s.unbox(data, ct);
                [s.eq(ct, &x, &c)].into_iter().collect()
            },
            |s| [s.b.iconst(Type::I8, 0)].into_iter().collect(),
        )[0]
    }
}

/// The function of the runtime that puts the scalars of a `t` into memory for an interface.
fn boxing(t: Ty) -> Option<&'static str> {
    if is_string(t) {
        return Some("convTstring");
    }
    if t.under().as_slice().is_some() {
        return Some("convTslice");
    }
    match comps(t) {
        [c] => match c.ty {
            Type::I16 => Some("convT16"),
            Type::I32 => Some("convT32"),
            Type::I64 => Some("convT64"),
            _ => None,
        },
        _ => None,
    }
}
