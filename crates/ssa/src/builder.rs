//! Construction of SSA while lowering (Braun et al., "Simple and Efficient Construction of SSA Form").
//!
//! Source variables of scalar type are [`Var`]s: `def_var` and `use_var` find values across blocks, adding block
//! parameters where needed. A block is *sealed* once all its predecessors are known; until then reads in it make
//! provisional parameters. [`Builder::finish`] drops unreachable blocks and trivial parameters.
//!
//! There is always a current block: after a terminator it is a fresh one without predecessors, which `finish` drops.

use crate::analysis::cfg::succs;
use crate::ir::*;
use crate::op::*;
use crate::sym::Sym;
use goxide_base::{FxHashMap, Pos, entity};
use goxide_types::Ty;
use smallvec::SmallVec;

entity!(
    /// A mutable scalar during construction.
    pub Var, "x"
);

/// A function under construction.
pub struct Builder {
    /// What has been built; blocks and values may be read freely.
    pub f: Func,
    cur: Block,
    loc: Loc,
    vars: Vec<Type>,
    defs: FxHashMap<(Block, Var), Value>,
    sealed: Vec<bool>,
    preds: Vec<SmallVec<[Block; 2]>>,
    incomplete: FxHashMap<Block, Vec<(Var, Value)>>,
    locs: FxHashMap<LocData, Loc>,
}

impl Builder {
    /// Starts function `sym`; the current block is the entry, which has the signature's parameters.
    pub fn new(sym: Sym, sig: Sig, pos: Pos) -> Builder {
        let f = Func::new(sym, sig, pos);
        Builder {
            f,
            cur: Block(0),
            loc: Loc(0),
            vars: Vec::new(),
            defs: FxHashMap::default(),
            sealed: vec![true],
            preds: vec![SmallVec::new()],
            incomplete: FxHashMap::default(),
            locs: FxHashMap::default(),
        }
    }

    // ---- positions

    /// Instructions from now on belong to `pos`.
    pub fn set_pos(&mut self, pos: Pos) {
        if !pos.is_known() {
            return;
        }
        let d = LocData { pos, inlined: None };
        let f = &mut self.f;
        self.loc = *self.locs.entry(d).or_insert_with(|| {
            f.locs.push(d);
            Loc::new(f.locs.len() - 1)
        });
    }
    /// The current position, to be restored with [`Builder::set_loc`].
    pub fn loc(&self) -> Loc {
        self.loc
    }
    /// Instructions from now on belong to `loc`.
    pub fn set_loc(&mut self, loc: Loc) {
        self.loc = loc;
    }

    // ---- blocks

    /// The block instructions go to.
    pub fn block(&self) -> Block {
        self.cur
    }
    /// A new block that is not sealed.
    pub fn new_block(&mut self) -> Block {
        let b = self.f.new_block();
        self.sealed.push(false);
        self.preds.push(SmallVec::new());
        b
    }
    /// A new block that is expected to be rarely executed.
    pub fn new_cold(&mut self) -> Block {
        let b = self.new_block();
        self.f.blocks[b.index()].cold = true;
        b
    }
    /// Adds an explicit parameter to a block that nothing jumps to yet and in which nothing was read yet.
    pub fn block_param(&mut self, b: Block, ty: Type) -> Value {
        debug_assert!(self.preds[b.index()].is_empty(), "parameter added after a jump");
        self.f.add_param(b, ty)
    }
    /// Continues in `b` (not sealed by this).
    pub fn switch_to(&mut self, b: Block) {
        debug_assert!(self.f.blocks[b.index()].term == Term::None, "{b} is already terminated");
        self.cur = b;
    }
    /// All jumps to `b` have been made.
    pub fn seal(&mut self, b: Block) {
        if std::mem::replace(&mut self.sealed[b.index()], true) {
            return;
        }
        if let Some(list) = self.incomplete.remove(&b) {
            for (x, _) in list {
                self.fill_param(b, x);
            }
        }
    }
    /// Seals `b` and continues in it.
    pub fn enter(&mut self, b: Block) {
        self.seal(b);
        self.switch_to(b);
    }
    /// Whether the current block can be reached as far as known (false right after a terminator).
    pub fn reachable(&self) -> bool {
        self.cur == Block(0) || !self.sealed[self.cur.index()] || !self.preds[self.cur.index()].is_empty()
    }

    // ---- terminators

    /// Ends the current block with `t`; a fresh unreachable block becomes current.
    pub fn terminate(&mut self, t: Term) {
        let from = self.cur;
        for s in t.targets().iter().map(|t| t.block).chain(t.landing()) {
            debug_assert!(!self.sealed[s.index()], "jump to sealed {s}");
            if !self.preds[s.index()].contains(&from) {
                self.preds[s.index()].push(from);
            }
        }
        let loc = self.loc;
        let b = &mut self.f.blocks[from.index()];
        debug_assert!(b.term == Term::None);
        b.term = t;
        b.term_loc = loc;
        let n = self.new_block();
        self.sealed[n.index()] = true;
        self.cur = n;
    }
    pub fn jump(&mut self, b: Block) {
        self.jump_args(b, &[]);
    }
    /// Jump with values for the explicit parameters of `b`.
    pub fn jump_args(&mut self, b: Block, args: &[Value]) {
        self.terminate(Term::Jump(Target { block: b, args: args.into() }));
    }
    pub fn br(&mut self, cond: Value, then: Block, els: Block) {
        self.br_hint(cond, then, els, Hint::None);
    }
    pub fn br_hint(&mut self, cond: Value, then: Block, els: Block, hint: Hint) {
        if then == els {
            return self.jump(then);
        }
        let t = |block| Target { block, args: Args::new() };
        self.terminate(Term::Br { cond, then: t(then), els: t(els), hint });
    }
    pub fn ret(&mut self, vals: &[Value]) {
        self.terminate(Term::Ret(vals.into()));
    }
    pub fn unreachable(&mut self) {
        self.terminate(Term::Unreachable);
    }

    // ---- variables

    /// A new variable.
    pub fn new_var(&mut self, ty: Type) -> Var {
        self.vars.push(ty);
        Var::new(self.vars.len() - 1)
    }
    pub fn var_type(&self, x: Var) -> Type {
        self.vars[x.index()]
    }
    /// Assigns in the current block.
    pub fn def_var(&mut self, x: Var, v: Value) {
        debug_assert_eq!(self.vars[x.index()], self.f.ty(v), "variable {x} of {}", self.f.sym.name());
        self.defs.insert((self.cur, x), v);
    }
    /// The value in the current block.
    pub fn use_var(&mut self, x: Var) -> Value {
        self.read(self.cur, x)
    }

    fn read(&mut self, block: Block, x: Var) -> Value {
        // Chains of single predecessors are walked in a loop: they may be long.
        let mut b = block;
        let mut path: SmallVec<[Block; 8]> = SmallVec::new();
        let v = loop {
            if let Some(&v) = self.defs.get(&(b, x)) {
                break v;
            }
            let ty = self.vars[x.index()];
            let ps = &self.preds[b.index()];
            if !self.sealed[b.index()] {
                let v = self.f.add_param(b, ty);
                self.incomplete.entry(b).or_default().push((x, v));
                self.defs.insert((b, x), v);
                break v;
            } else if ps.is_empty() {
                let v = self.undef_at(b, ty);
                self.defs.insert((b, x), v);
                break v;
            } else if ps.len() == 1 && self.f.blocks[ps[0].index()].term.landing() != Some(b) {
                path.push(b);
                b = ps[0];
            } else if ps.len() == 1 {
                // A landing sees nothing of the frame's registers.
                let v = self.undef_at(b, ty);
                self.defs.insert((b, x), v);
                break v;
            } else {
                let v = self.f.add_param(b, ty);
                self.defs.insert((b, x), v);
                self.fill_param(b, x);
                break v;
            }
        };
        for p in path {
            self.defs.insert((p, x), v);
        }
        v
    }

    /// Appends the argument for `x` to every edge into `b`.
    fn fill_param(&mut self, b: Block, x: Var) {
        for p in self.preds[b.index()].clone() {
            let v = self.read(p, x);
            for t in self.f.blocks[p.index()].term.targets_mut() {
                if t.block == b {
                    t.args.push(v);
                }
            }
        }
    }

    fn undef_at(&mut self, b: Block, ty: Type) -> Value {
        let i = self.f.make_inst(Op::Undef, Args::new(), Aux::None, &[ty], Loc(0));
        self.f.blocks[b.index()].insts.insert(0, i);
        self.f.insts[i.index()].results[0]
    }

    // ---- instructions

    /// Appends an instruction and gives its results.
    pub fn inst(&mut self, op: Op, args: &[Value], aux: Aux, tys: &[Type]) -> SmallVec<[Value; 1]> {
        let i = self.f.make_inst(op, args, aux, tys, self.loc);
        self.f.blocks[self.cur.index()].insts.push(i);
        self.f.insts[i.index()].results.clone()
    }
    /// An instruction with one result.
    pub fn val(&mut self, op: Op, args: &[Value], aux: Aux, ty: Type) -> Value {
        self.inst(op, args, aux, &[ty])[0]
    }
    /// An instruction without result.
    pub fn effect(&mut self, op: Op, args: &[Value], aux: Aux) {
        self.inst(op, args, aux, &[]);
    }
    pub fn iconst(&mut self, ty: Type, n: i64) -> Value {
        self.val(Op::Iconst, &[], Aux::Int(n), ty)
    }
    /// i64 constant.
    pub fn int(&mut self, n: i64) -> Value {
        self.iconst(Type::I64, n)
    }
    /// The nil pointer.
    pub fn nil(&mut self) -> Value {
        self.iconst(Type::Ptr, 0)
    }
    /// A float constant of `ty` nearest to `x`.
    pub fn fconst(&mut self, ty: Type, x: f64) -> Value {
        let bits = if ty == Type::F32 { i64::from((x as f32).to_bits()) } else { x.to_bits() as i64 };
        self.val(Op::Fconst, &[], Aux::Int(bits), ty)
    }
    pub fn undef(&mut self, ty: Type) -> Value {
        self.val(Op::Undef, &[], Aux::None, ty)
    }
    pub fn sym_addr(&mut self, s: Sym, off: i64) -> Value {
        self.val(Op::SymAddr, &[], Aux::Sym(s, off), Type::Ptr)
    }
    pub fn slot_addr(&mut self, s: Slot) -> Value {
        self.val(Op::SlotAddr, &[], Aux::Slot(s), Type::Ptr)
    }
    /// Unary operation with a result of type `ty`.
    pub fn un(&mut self, op: Op, x: Value, ty: Type) -> Value {
        self.val(op, &[x], Aux::None, ty)
    }
    /// Binary operation with a result of the first operand's type.
    pub fn bin(&mut self, op: Op, x: Value, y: Value) -> Value {
        let ty = self.f.ty(x);
        self.val(op, &[x, y], Aux::None, ty)
    }
    pub fn icmp(&mut self, cc: IntCC, x: Value, y: Value) -> Value {
        self.val(Op::Icmp(cc), &[x, y], Aux::None, Type::I8)
    }
    /// Comparison with a constant.
    pub fn icmp_imm(&mut self, cc: IntCC, x: Value, n: i64) -> Value {
        let ty = self.f.ty(x);
        let c = self.iconst(ty, n);
        self.icmp(cc, x, c)
    }
    pub fn select(&mut self, c: Value, x: Value, y: Value) -> Value {
        let ty = self.f.ty(x);
        self.val(Op::Select, &[c, x, y], Aux::None, ty)
    }
    pub fn load(&mut self, ty: Type, addr: Value, off: i32, flags: MemFlags) -> Value {
        self.val(Op::Load, &[addr], Aux::Mem { off, flags }, ty)
    }
    pub fn store(&mut self, addr: Value, off: i32, v: Value, flags: MemFlags) {
        self.effect(Op::Store, &[addr, v], Aux::Mem { off, flags });
    }
    /// `addr + n`; `addr` itself if `n` is 0.
    pub fn ptr_add_imm(&mut self, addr: Value, n: i64) -> Value {
        if n == 0 {
            return addr;
        }
        let c = self.int(n);
        self.bin(Op::PtrAdd, addr, c)
    }
    pub fn move_(&mut self, dst: Value, src: Value, size: u64, ty: Option<Ty>) {
        if size > 0 {
            self.effect(Op::Move, &[dst, src], Aux::Move { size, ty });
        }
    }
    pub fn zero(&mut self, dst: Value, size: u64, ty: Option<Ty>) {
        if size > 0 {
            self.effect(Op::Zero, &[dst], Aux::Move { size, ty });
        }
    }

    // ---- the end

    /// The finished function: reachable blocks only, no trivial parameters.
    pub fn finish(mut self) -> Func {
        let f = &mut self.f;
        debug_assert!(self.incomplete.is_empty(), "blocks left unsealed in {}", f.sym.name());
        prune_unreachable(f);
        remove_trivial_params(f);
        self.f
    }
}

/// Takes blocks that cannot be reached out of the layout.
pub fn prune_unreachable(f: &mut Func) {
    let mut seen = vec![false; f.blocks.len()];
    let mut work = vec![f.entry()];
    seen[0] = true;
    while let Some(b) = work.pop() {
        for s in succs(f, b) {
            if !std::mem::replace(&mut seen[s.index()], true) {
                work.push(s);
            }
        }
    }
    f.order.retain(|b| seen[b.index()]);
    for (i, b) in f.blocks.iter_mut().enumerate() {
        if !seen[i] {
            b.insts.clear();
            b.params.clear();
            b.term = Term::Unreachable;
        }
    }
}

/// Replaces block parameters that get the same value from every edge (or themselves) by that value.
/// (That value reaches every predecessor, so its definition dominates the block.)
pub fn remove_trivial_params(f: &mut Func) {
    let mut repl: Vec<Value> = (0..f.values.len()).map(Value::new).collect();
    fn find(repl: &mut [Value], mut v: Value) -> Value {
        while repl[v.index()] != v {
            let up = repl[repl[v.index()].index()];
            repl[v.index()] = up;
            v = up;
        }
        v
    }
    // Edges into each block: (predecessor, index of the target in its terminator).
    let mut edges: Vec<SmallVec<[(Block, u32); 2]>> = vec![SmallVec::new(); f.blocks.len()];
    for &b in &f.order {
        for (i, t) in f.blocks[b.index()].term.targets().iter().enumerate() {
            edges[t.block.index()].push((b, i as u32));
        }
    }
    let landings: Vec<Block> = f.order.iter().filter_map(|b| f.blocks[b.index()].term.landing()).collect();
    let args_of =
        |f: &Func, b: Block, i: u32, p: usize| -> Value { f.blocks[b.index()].term.targets()[i as usize].args[p] };
    let mut dead: Vec<SmallVec<[bool; 4]>> =
        f.blocks.iter().map(|b| smallvec::smallvec![false; b.params.len()]).collect();
    loop {
        let mut changed = false;
        for &b in &f.order {
            if b == f.entry() || landings.contains(&b) {
                continue;
            }
            for (p, &me) in f.blocks[b.index()].params.iter().enumerate() {
                if dead[b.index()][p] {
                    continue;
                }
                let mut one: Option<Value> = None;
                let mut same = true;
                for &(q, i) in &edges[b.index()] {
                    let v = find(&mut repl, args_of(f, q, i, p));
                    if v == me {
                        continue;
                    }
                    match one {
                        None => one = Some(v),
                        Some(o) if o == v => {}
                        _ => {
                            same = false;
                            break;
                        }
                    }
                }
                if let (true, Some(v)) = (same, one) {
                    repl[me.index()] = v;
                    dead[b.index()][p] = true;
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    let mut keep_args = |list: &mut Args| {
        for a in list.iter_mut() {
            *a = find(&mut repl, *a);
        }
    };
    for b in f.order.clone() {
        for i in f.blocks[b.index()].insts.clone() {
            keep_args(&mut f.insts[i.index()].args);
        }
        let block = &mut f.blocks[b.index()];
        match &mut block.term {
            Term::Br { cond, .. } => {
                let mut a: Args = smallvec::smallvec![*cond];
                keep_args(&mut a);
                *cond = a[0];
            }
            Term::Table { index, .. } => {
                let mut a: Args = smallvec::smallvec![*index];
                keep_args(&mut a);
                *index = a[0];
            }
            Term::Ret(a) => keep_args(a),
            _ => {}
        }
        for t in block.term.targets_mut() {
            let d = &dead[t.block.index()];
            let mut n = 0;
            t.args.retain(|_| {
                n += 1;
                !d[n - 1]
            });
            keep_args(&mut t.args);
        }
    }
    for b in f.order.clone() {
        let d = &dead[b.index()];
        if !d.contains(&true) {
            continue;
        }
        let mut n = 0;
        f.blocks[b.index()].params.retain(|_| {
            n += 1;
            !d[n - 1]
        });
        for (i, v) in f.blocks[b.index()].params.clone().into_iter().enumerate() {
            f.values[v.index()].def = ValueDef::Param(b, i as u32);
        }
    }
}
