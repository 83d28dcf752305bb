//! The state of lowering one function: variables, values in memory or in scalars, loads and stores.

use crate::abi_assign::{Assign, Where};
use crate::layout::*;
use crate::program::Program;
use crate::vars::VarFacts;
use goxide_base::{FxHashMap, FxHashSet, Name, Pos};
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, NodeId};
use goxide_types::constant::Value as Const;
use goxide_types::{CheckedPackage, Info as CheckInfo, Mode, Obj, Subst, Ty, canon, subst};
use smallvec::{SmallVec, smallvec};
use std::rc::Rc;

pub type Scalars = SmallVec<[Value; 4]>;

/// Where something lies.
#[derive(Clone, Copy, Debug)]
pub struct Addr {
    pub base: Value,
    pub off: i64,
    /// In a frame or argument block: stores need no barrier.
    pub stack: bool,
    /// Known to be a valid address.
    pub nonnil: bool,
    /// Never written while readable.
    pub ro: bool,
    /// Read by a recovery landing: accesses are kept as they are.
    pub vol: bool,
}

impl Addr {
    pub fn heap(base: Value) -> Addr {
        Addr { base, off: 0, stack: false, nonnil: true, ro: false, vol: false }
    }
    pub fn maybe_nil(base: Value) -> Addr {
        Addr { base, off: 0, stack: false, nonnil: false, ro: false, vol: false }
    }
    pub fn stack(base: Value) -> Addr {
        Addr { base, off: 0, stack: true, nonnil: true, ro: false, vol: false }
    }
    pub fn readonly(base: Value) -> Addr {
        Addr { base, off: 0, stack: false, nonnil: true, ro: true, vol: false }
    }
    #[must_use]
    pub fn plus(self, n: u64) -> Addr {
        Addr { off: self.off + n as i64, ..self }
    }
}

/// A value of some type: its scalars, or memory that holds it (which may be a variable: copy before anything can
/// change it).
#[derive(Clone, Debug)]
pub enum Val {
    S(Scalars),
    M(Addr),
}

impl Val {
    pub fn one(v: Value) -> Val {
        Val::S(smallvec![v])
    }
    pub fn of(v: &[Value]) -> Val {
        Val::S(v.into())
    }
    pub fn none() -> Val {
        Val::S(SmallVec::new())
    }
    /// The only scalar.
    #[track_caller]
    pub fn v(&self) -> Value {
        match self {
            Val::S(s) if s.len() == 1 => s[0],
            _ => panic!("one scalar wanted, not {self:?}"),
        }
    }
    #[track_caller]
    pub fn s(&self) -> &[Value] {
        match self {
            Val::S(s) => s,
            Val::M(_) => panic!("scalars wanted"),
        }
    }
    #[track_caller]
    pub fn m(&self) -> Addr {
        match self {
            Val::M(a) => *a,
            Val::S(_) => panic!("memory wanted"),
        }
    }
}

/// How a variable is kept.
#[derive(Clone, Debug)]
pub enum Local {
    /// Scalars in builder variables.
    Vars(SmallVec<[Var; 4]>),
    /// Memory in the frame.
    Slot(Slot),
    /// Memory whose address is in a builder variable (an allocation, or captured by reference).
    Ref(Var),
    /// Memory whose address is in a frame slot (results of functions with defer).
    RefSlot(Slot),
    /// Memory at a fixed address that is not the heap (argument block), or a read-only copy in a closure.
    At(Addr),
}

/// Where `break` and `continue` go.
pub struct Scope {
    pub label: Option<Name>,
    pub brk: Block,
    pub cont: Option<Block>,
}

/// How this function returns.
pub struct Results {
    pub tys: Vec<Ty>,
    /// One per result, if results have names or live in slots.
    pub locals: Vec<Option<Local>>,
    pub named: bool,
    /// The result variables, if all have proper names.
    pub objs: Vec<Obj>,
}

/// State of the lowering shared by a function and the closures inside it.
pub struct Out {
    pub funcs: Vec<Func>,
    pub data: Vec<DataDef>,
    /// Compiler-made data of this function so far (for unique names).
    pub ndata: u32,
}

/// Lowering of one function.
pub struct Fx<'p> {
    pub prog: &'p Program,
    pub cp: &'p CheckedPackage,
    pub subst: Rc<Subst>,
    pub b: Builder,
    pub out: Rc<std::cell::RefCell<Out>>,
    pub facts: Rc<VarFacts>,
    pub locals: FxHashMap<Obj, Local>,
    pub results: Results,
    pub assign: Assign,
    /// Address of the caller's argument block.
    pub block: Option<Value>,
    pub scopes: Vec<Scope>,
    pub labels: FxHashMap<Name, LabelState>,
    pub next_label: Option<Name>,
    pub fallthrough: Option<Block>,
    pub defers: Option<crate::defer::Defers>,
    /// Values of calls that were evaluated ahead of the expression they are in.
    pub memo: FxHashMap<NodeId, Val>,
    /// Objects of type switch clauses etc. come from `Info`.
    pub names: Rc<Naming>,
    /// Set in bodies of range-over-func loops.
    pub range_body: Option<Rc<crate::rangefunc::RangeBody>>,
    pub go122: bool,
    /// The expression whose value is being converted, for reports.
    pub boxed: Option<&'static Expr>,
    /// The call whose arguments are being evaluated, for reports.
    pub call_pos: Pos,
    pub call_id: NodeId,
    /// The call of a `go` or `defer` statement that is being taken apart, then its operands; see `given`.
    pub later: Option<NodeId>,
    pub given: Option<Vec<crate::given::Given>>,
    /// What a wrapper evaluates later.
    pub late: FxHashSet<NodeId>,
    /// Slices of this function that are in the frame until they are given away.
    pub moves: crate::exclusive::Moves,
    /// In the body of a `for b.Loop()`.
    pub bloop: bool,
    /// The call that comes next is a statement of such a body.
    pub keep_call: bool,
    /// The clause of a type switch whose variable is declared.
    pub clause: Option<Pos>,
}

/// State of a label.
pub struct LabelState {
    pub block: Block,
    pub defined: bool,
}

/// Counters for names of closures.
pub struct Naming {
    /// The outermost name closures hang from.
    pub base: String,
    /// Whether `base` itself is that of a closure.
    pub in_closure: bool,
    pub lits: std::cell::Cell<u32>,
    pub wraps: std::cell::Cell<u32>,
    pub ranges: std::cell::Cell<u32>,
}

impl Naming {
    pub fn new(base: &str, in_closure: bool) -> Naming {
        Naming { base: base.to_owned(), in_closure, lits: 0.into(), wraps: 0.into(), ranges: 0.into() }
    }
    fn bump(c: &std::cell::Cell<u32>) -> u32 {
        c.set(c.get() + 1);
        c.get()
    }
    /// Name and number of the next function literal.
    pub fn closure(&self) -> (String, u32) {
        let n = Self::bump(&self.lits);
        (format!("{}.{}{n}", self.base, if self.in_closure { "" } else { "func" }), n)
    }
    pub fn gowrap(&self) -> String {
        format!("{}.gowrap{}", self.base, Self::bump(&self.wraps))
    }
    pub fn deferwrap(&self) -> String {
        format!("{}.deferwrap{}", self.base, Self::bump(&self.wraps))
    }
    pub fn range(&self) -> String {
        format!("{}-range{}", self.base, Self::bump(&self.ranges))
    }
}

impl<'p> Fx<'p> {
    /// State for lowering `sym`, with nothing in it yet.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        prog: &'p Program,
        cp: &'p CheckedPackage,
        subst: Rc<Subst>,
        sym: Sym,
        assign: Assign,
        pos: Pos,
        out: Rc<std::cell::RefCell<Out>>,
        facts: Rc<VarFacts>,
        names: Rc<Naming>,
    ) -> Fx<'p> {
        let mut b = Builder::new(sym, assign.sig.clone(), pos);
        b.f.flags.runtime = prog.is_runtime_pkg(cp.pkg);
        b.set_pos(pos);
        let block = assign.sig.has_block.then(|| *b.f.blocks[0].params.last().expect("block parameter"));
        Fx {
            prog,
            cp,
            subst,
            b,
            out,
            facts,
            locals: FxHashMap::default(),
            results: Results { tys: Vec::new(), locals: Vec::new(), named: false, objs: Vec::new() },
            assign,
            block,
            scopes: Vec::new(),
            labels: FxHashMap::default(),
            next_label: None,
            fallthrough: None,
            defers: None,
            memo: FxHashMap::default(),
            names,
            range_body: None,
            moves: crate::exclusive::Moves::default(),
            boxed: None,
            call_pos: Pos::NONE,
            call_id: NodeId::new(0),
            later: None,
            given: None,
            late: FxHashSet::default(),
            clause: None,
            bloop: false,
            keep_call: false,
            go122: prog.loopvar_per_iteration(cp, pos),
        }
    }

    // ---- facts from the checker

    pub fn info(&self) -> &'p CheckInfo {
        &self.cp.info
    }
    /// Canonical concrete form of a type found in the source.
    pub fn ty(&self, t: Ty) -> Ty {
        canon(subst(t, &self.subst))
    }
    /// Type as recorded, type parameters not replaced.
    #[track_caller]
    pub fn raw_type(&self, e: &Expr) -> Ty {
        match self.info().type_of(e) {
            Some(t) => t,
            None => panic!("no type recorded for the expression at {:?}", e.pos),
        }
    }
    /// The type of an expression; for a comma-ok pair that of its first value.
    #[track_caller]
    pub fn type_of(&self, e: &Expr) -> Ty {
        let t = self.raw_type(e);
        if let Some(vars) = t.as_tuple()
            && vars.len() == 2
            && !matches!(e.unparen().kind, goxide_syntax::ast::ExprKind::Call { .. })
        {
            return self.ty(vars[0].ty());
        }
        self.ty(t)
    }
    pub fn const_of(&self, e: &Expr) -> Option<&'p Const> {
        self.info().types.get(e.id).and_then(|t| t.value.as_ref())
    }
    pub fn mode(&self, e: &Expr) -> Option<Mode> {
        self.info().types.get(e.id).map(|t| t.mode)
    }
    pub fn is_type(&self, e: &Expr) -> bool {
        self.mode(e.unparen()) == Some(Mode::TypExpr)
            || (self.mode(e.unparen()).is_none()
                && matches!(e.unparen().kind, goxide_syntax::ast::ExprKind::Name(_))
                && self.info().object_of(e.unparen().id).is_some_and(Obj::is_type_name))
    }
    /// The type an expression denotes.
    pub fn type_expr(&self, e: &Expr) -> Ty {
        self.ty(self.raw_type(e))
    }

    // ---- types and symbols as values

    pub fn type_sym(&self, t: Ty) -> Sym {
        crate::names::type_sym(t)
    }
    /// Address of the descriptor of `t`.
    pub fn type_addr(&mut self, t: Ty) -> Value {
        let s = self.type_sym(t);
        self.b.sym_addr(s, 0)
    }
    pub fn sig(&self, t: Ty) -> (Vec<Ty>, Vec<Ty>, bool) {
        sig_of(t)
    }

    // ---- memory

    /// Address as one value.
    pub fn addr_value(&mut self, a: Addr) -> Value {
        self.b.ptr_add_imm(a.base, a.off)
    }
    /// Address as one value that may be kept: the base is checked first.
    pub fn checked_addr(&mut self, a: Addr) -> Value {
        let a = self.check_nil(a);
        self.addr_value(a)
    }
    /// Panics now if the base is nil.
    pub fn check_nil(&mut self, a: Addr) -> Addr {
        if a.nonnil {
            return a;
        }
        self.b.effect(Op::NilCheck, &[a.base], Aux::None);
        Addr { nonnil: true, ..a }
    }
    fn mem(&mut self, a: Addr, size: u64) -> (Value, i32, MemFlags) {
        let a = if !a.nonnil && a.off + size as i64 > 4096 { self.check_nil(a) } else { a };
        let mut f = MemFlags::NONE;
        if a.nonnil {
            f = f.with(MemFlags::NONNIL);
        }
        if a.ro {
            f = f.with(MemFlags::READONLY);
        }
        if a.vol {
            f = f.with(MemFlags::VOLATILE);
        }
        match i32::try_from(a.off) {
            Ok(off) => (a.base, off, f),
            Err(_) => (self.b.ptr_add_imm(a.base, a.off), 0, f),
        }
    }
    /// Loads one scalar.
    pub fn load1(&mut self, ty: Type, a: Addr) -> Value {
        self.load_part(ty, a, false)
    }
    fn load_part(&mut self, ty: Type, a: Addr, len: bool) -> Value {
        let (base, off, flags) = self.mem(a, 8);
        self.b.load(ty, base, off, if len { flags.with(MemFlags::LENGTH) } else { flags })
    }
    /// Stores one scalar; `gc` says whether it is a pointer the collector follows.
    pub fn store1(&mut self, a: Addr, v: Value, gc: bool) {
        let (base, off, mut flags) = self.mem(a, 8);
        if gc && !a.stack && self.b.f.ty(v) == Type::Ptr {
            flags = flags.with(MemFlags::BARRIER);
        }
        self.b.store(base, off, v, flags.without(MemFlags::READONLY));
    }
    /// The value of type `t` at `a`. For types kept in memory this is `a` itself.
    pub fn load(&mut self, a: Addr, t: Ty) -> Val {
        let Some(cs) = &info(t).scalars else { return Val::M(a) };
        if cs.is_empty() {
            self.check_nil(a);
        }
        Val::S(cs.iter().map(|c| self.load_part(c.ty, a.plus(u64::from(c.off)), c.len)).collect())
    }
    /// Stores a value of type `t`.
    pub fn store(&mut self, a: Addr, t: Ty, v: &Val) {
        match v {
            Val::S(s) => {
                let cs = comps(t);
                debug_assert_eq!(cs.len(), s.len(), "storing a {t}");
                if cs.is_empty() {
                    self.check_nil(a);
                }
                for (c, &v) in cs.iter().zip(s) {
                    self.store1(a.plus(u64::from(c.off)), v, c.gc);
                }
            }
            Val::M(src) => {
                let i = info(t);
                let a = self.check_nil(a);
                let src = self.check_nil(*src);
                let (d, s) = (self.addr_value(a), self.addr_value(src));
                if d != s {
                    self.b.move_(d, s, i.size, (i.ptrs && !a.stack).then_some(t));
                }
            }
        }
    }
    /// Sets memory of type `t` to its zero value.
    pub fn store_zero(&mut self, a: Addr, t: Ty) {
        let i = info(t);
        if i.scalars.is_some() {
            let z = self.zero_val(t);
            return self.store(a, t, &z);
        }
        let a = self.check_nil(a);
        let d = self.addr_value(a);
        self.b.zero(d, i.size, (i.ptrs && !a.stack).then_some(t));
    }
    /// Memory for a `t`, not zeroed: a new frame slot if it is not too large for that.
    pub fn temp(&mut self, t: Ty, name: &'static str) -> Addr {
        let i = info(t);
        if (MAX_FRAME_TEMP + 1..=MAX_FRAME).contains(&i.size) {
            let alloc = Aux::Alloc { ty: t, what: name };
            return Addr::heap(self.b.val(Op::Alloc(AllocKind::Temp), &[], alloc, Type::Ptr));
        }
        let s = self.typed_slot(t, name);
        Addr::stack(self.b.slot_addr(s))
    }
    /// A frame slot for a `t`.
    pub fn typed_slot(&mut self, t: Ty, name: &'static str) -> Slot {
        let i = info(t);
        let s = self.b.f.new_slot(slot_size(i.size), i.align.max(1), name);
        self.b.f.slots[s.index()].noscan = !i.ptrs;
        s
    }
    /// Frame memory where the runtime is to put a `t`. Without pointers from the first: what an earlier round left there
    /// would be kept while this one waits.
    pub fn result_temp(&mut self, t: Ty, name: &'static str) -> Addr {
        let a = self.temp(t, name);
        if info(t).ptrs {
            self.store_zero(a, t);
        }
        a
    }
    /// Frame memory of a given size, 8-aligned.
    pub fn temp_bytes(&mut self, size: u64, name: &'static str) -> Addr {
        let s = self.b.f.new_slot(slot_size(size), 8, name);
        Addr::stack(self.b.slot_addr(s))
    }
    /// Frame memory for the arguments of one call.
    pub fn argument_block(&mut self, size: u64) -> Addr {
        let s = self.b.f.new_slot(slot_size(size), 8, "args");
        self.b.f.slots[s.index()].transient = true;
        Addr::stack(self.b.slot_addr(s))
    }
    /// A value that nothing else can change.
    pub fn stable(&mut self, t: Ty, v: Val) -> Val {
        match v {
            Val::S(_) => v,
            Val::M(a) if a.ro => v,
            Val::M(_) => {
                let tmp = self.temp(t, "tmp");
                self.store(tmp, t, &v);
                Val::M(tmp)
            }
        }
    }
    /// Memory that holds the value: its own, or a frame slot.
    pub fn in_memory(&mut self, t: Ty, v: &Val) -> Addr {
        match v {
            Val::M(a) => self.check_nil(*a),
            Val::S(_) => {
                let a = self.temp(t, "tmp");
                self.store(a, t, v);
                a
            }
        }
    }
    /// The zero value of `t`.
    pub fn zero_val(&mut self, t: Ty) -> Val {
        match &info(t).scalars {
            Some(cs) => Val::S(cs.iter().map(|c| self.zero_scalar(c.ty)).collect()),
            None => {
                let a = self.temp(t, "zero");
                let d = self.addr_value(a);
                self.b.zero(d, size(t), None);
                Val::M(a)
            }
        }
    }
    pub fn zero_scalar(&mut self, ty: Type) -> Value {
        if ty.is_float() { self.b.fconst(ty, 0.0) } else { self.b.iconst(ty, 0) }
    }

    /// Component `i` of a struct value.
    pub fn field_of(&mut self, t: Ty, v: &Val, i: usize) -> Val {
        let ft = field_ty(t, i);
        match v {
            Val::S(s) => Val::S(s[field_scalars(t, i)].into()),
            Val::M(a) => self.load(a.plus(field_offsets(t)[i]), ft),
        }
    }

    // ---- variables

    /// Creates variable `o` (of type `t`), with `init` or its zero value.
    pub fn declare(&mut self, o: Obj, t: Ty, init: Option<&Val>) {
        if o.name().is_blank() {
            return;
        }
        let l = self.make_room(o, t);
        match (&l, init) {
            (Local::Vars(_), None) => {
                let z = self.zero_val(t);
                self.write_local(&l, t, &z);
            }
            (Local::Slot(_), None) => {
                let a = self.local_addr(&l);
                self.store_zero(a, t);
            }
            (_, None) => {}
            (_, Some(v)) => self.write_local(&l, t, v),
        }
        self.locals.insert(o, l);
    }
    /// Declares a variable that is kept in memory with the literal `e`, built in place: nothing in it can mean the variable.
    pub fn declare_literal(&mut self, o: Obj, t: Ty, e: &'static Expr) {
        let l = self.make_room(o, t);
        let a = self.local_addr(&l);
        self.composite_into(e, t, a, matches!(l, Local::Ref(_)));
        self.locals.insert(o, l);
    }
    /// Room for variable `o`, with what reports want to know of it.
    fn make_room(&mut self, o: Obj, t: Ty) -> Local {
        let by_ref = self.facts.needs_ref(o, t);
        let at = self.b.loc();
        if by_ref && self.reporting() {
            // The variables of a type switch are told apart by their clauses.
            self.set_pos(self.clause.unwrap_or(o.pos()));
        }
        let l = self.new_local(t, by_ref, o.name().as_str());
        if let Local::Ref(x) = l {
            let p = self.b.use_var(x);
            self.mark_var(p, o, t);
        }
        if by_ref && self.reporting() {
            let pos = self.b.f.locs[at.index()].pos;
            self.set_pos(pos);
        }
        l
    }
    /// Room for a variable; memory in frame slots is not zeroed, allocated memory is.
    pub fn new_local(&mut self, t: Ty, by_ref: bool, name: &'static str) -> Local {
        if by_ref {
            let p = self.b.val(Op::Alloc(AllocKind::Var), &[], Aux::Alloc { ty: t, what: name }, Type::Ptr);
            let x = self.b.new_var(Type::Ptr);
            self.b.def_var(x, p);
            return Local::Ref(x);
        }
        match &info(t).scalars {
            Some(cs) => Local::Vars(cs.iter().map(|c| self.b.new_var(c.ty)).collect()),
            None => Local::Slot(self.typed_slot(t, name)),
        }
    }
    /// Address of a variable that lives in memory.
    pub fn local_addr(&mut self, l: &Local) -> Addr {
        match l {
            Local::Vars(_) => panic!("address of a scalar variable"),
            Local::Slot(s) => {
                Addr { vol: self.defers.is_some() || self.b.f.flags.has_defer, ..Addr::stack(self.b.slot_addr(*s)) }
            }
            Local::Ref(x) => Addr::heap(self.b.use_var(*x)),
            Local::RefSlot(s) => {
                let a = self.b.slot_addr(*s);
                let p = self.b.load(Type::Ptr, a, 0, MemFlags::NONNIL.with(MemFlags::VOLATILE));
                Addr::heap(p)
            }
            Local::At(a) => *a,
        }
    }
    pub fn read_local(&mut self, l: &Local, t: Ty) -> Val {
        match l {
            Local::Vars(xs) => Val::S(xs.iter().map(|&x| self.b.use_var(x)).collect()),
            _ => {
                let a = self.local_addr(l);
                self.load(a, t)
            }
        }
    }
    pub fn write_local(&mut self, l: &Local, t: Ty, v: &Val) {
        match l {
            Local::Vars(xs) => {
                for (&x, &v) in xs.iter().zip(v.s()) {
                    self.b.def_var(x, v);
                }
            }
            _ => {
                let a = self.local_addr(l);
                self.store(a, t, v);
            }
        }
    }

    // ---- parameters and results as the calling convention has them

    /// The incoming parameters as values, in order of `tys`.
    pub fn incoming(&mut self, tys: &[Ty]) -> Vec<Val> {
        let ps = self.b.f.blocks[0].params.clone();
        let mut next = 0;
        let wheres = self.assign.params.clone();
        tys.iter()
            .zip(&wheres)
            .map(|(&t, w)| match w {
                Where::Regs(cs) => {
                    let vals: Scalars = ps[next..next + cs.len()].into();
                    next += cs.len();
                    self.from_abi(t, cs, &vals)
                }
                Where::Block(off) if size(t) == 0 => {
                    let _ = off;
                    self.zero_val(t)
                }
                Where::Block(off) => {
                    let a = Addr::stack(self.block.expect("argument block")).plus(*off);
                    self.load(a, t)
                }
            })
            .collect()
    }
    /// A value from the flattened scalars of the calling convention.
    pub fn from_abi(&mut self, t: Ty, cs: &[Comp], vals: &[Value]) -> Val {
        if info(t).scalars.is_some() {
            return Val::S(vals.into());
        }
        let a = self.temp(t, "arg");
        // Padding and blank parts must be defined for comparisons of whole memory.
        let d = self.addr_value(a);
        self.b.zero(d, size(t), None);
        for (c, &v) in cs.iter().zip(vals) {
            self.store1(a.plus(u64::from(c.off)), v, c.gc);
        }
        Val::M(a)
    }
    /// The flattened scalars of a value.
    pub fn to_abi(&mut self, cs: &[Comp], v: &Val) -> Scalars {
        match v {
            Val::S(s) => s.clone(),
            Val::M(a) => cs.iter().map(|c| self.load1(c.ty, a.plus(u64::from(c.off)))).collect(),
        }
    }
    /// Returns these results from the function.
    pub fn emit_ret(&mut self, vals: &[Val]) {
        let wheres = self.assign.results.clone();
        let tys = self.results.tys.clone();
        let mut regs: Scalars = SmallVec::new();
        for ((w, v), &t) in wheres.iter().zip(vals).zip(&tys) {
            match w {
                Where::Regs(cs) => regs.extend(self.to_abi(cs, v)),
                Where::Block(_) if size(t) == 0 => {}
                Where::Block(off) => {
                    let a = Addr::stack(self.block.expect("argument block")).plus(*off);
                    self.store(a, t, v);
                }
            }
        }
        self.b.ret(&regs);
    }

    // ---- small helpers

    /// Runs `then` if `cond` is nonzero; both ways meet afterwards.
    pub fn if_then(&mut self, cond: Value, hint: Hint, then: impl FnOnce(&mut Self)) {
        let (t, e) = (self.b.new_block(), self.b.new_block());
        if hint == Hint::Unlikely {
            self.b.f.blocks[t.index()].cold = true;
        }
        self.b.br_hint(cond, t, e, hint);
        self.b.enter(t);
        then(self);
        self.b.jump(e);
        self.b.enter(e);
    }
    /// A value computed one way or the other.
    pub fn if_val(
        &mut self,
        cond: Value,
        tys: &[Type],
        then: impl FnOnce(&mut Self) -> Scalars,
        els: impl FnOnce(&mut Self) -> Scalars,
    ) -> Scalars {
        let (t, e, m) = (self.b.new_block(), self.b.new_block(), self.b.new_block());
        let out: Scalars = tys.iter().map(|&ty| self.b.block_param(m, ty)).collect();
        self.b.br(cond, t, e);
        self.b.enter(t);
        let v = then(self);
        self.b.jump_args(m, &v);
        self.b.enter(e);
        let v = els(self);
        self.b.jump_args(m, &v);
        self.b.enter(m);
        out
    }
    /// An integer of type `from` as i64.
    pub fn to_i64(&mut self, v: Value, signed: bool) -> Value {
        match self.b.f.ty(v) {
            Type::I64 => v,
            Type::Ptr => self.b.un(Op::PtrToInt, v, Type::I64),
            _ => self.b.un(if signed { Op::Sext } else { Op::Zext }, v, Type::I64),
        }
    }
    /// Widens, narrows or reinterprets an integer or pointer.
    pub fn int_cast(&mut self, v: Value, to: Type, signed: bool) -> Value {
        let from = self.b.f.ty(v);
        if from == to {
            return v;
        }
        match (from, to) {
            (Type::Ptr, _) => {
                let i = self.b.un(Op::PtrToInt, v, Type::I64);
                self.int_cast(i, to, false)
            }
            (_, Type::Ptr) => {
                let i = self.int_cast(v, Type::I64, signed);
                self.b.un(Op::IntToPtr, i, Type::Ptr)
            }
            _ if from.size() > to.size() => self.b.un(Op::Trunc, v, to),
            _ => self.b.un(if signed { Op::Sext } else { Op::Zext }, v, to),
        }
    }
    pub fn not(&mut self, v: Value) -> Value {
        let one = self.b.iconst(Type::I8, 1);
        self.b.bin(Op::Xor, v, one)
    }
    pub fn set_pos(&mut self, pos: Pos) {
        self.b.set_pos(pos);
    }
    /// Bounds check; both are i64.
    pub fn bounds(&mut self, kind: BoundsKind, signed: bool, x: Value, y: Value) {
        if let (Some(a), Some(b)) = (self.b.f.as_const(x), self.b.f.as_const(y)) {
            let (a, b) = (a as u64, b as u64);
            if if kind == BoundsKind::Index { a < b } else { a <= b } {
                return;
            }
        }
        self.b.effect(Op::BoundsCheck { kind, signed }, &[x, y], Aux::None);
    }
}

/// Temporaries larger than this are not kept in the frame, unless they are larger than any frame: that is refused, as gc does.
const MAX_FRAME_TEMP: u64 = 1 << 20;
/// Largest frame that is not refused: gc's limit, which is also that of code generation.
pub const MAX_FRAME: u64 = 1 << 30;

/// Size of a frame slot. One that does not fit in the number is too large anyway, which is reported later.
pub(crate) fn slot_size(size: u64) -> u32 {
    u32::try_from(size.max(1)).unwrap_or(u32::MAX)
}
