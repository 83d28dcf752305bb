//! Reads the text form that `print` writes. For tests and tools: source positions and inlining are not in the text.

use crate::ir::*;
use crate::op::*;
use crate::print::{FLAG_NAMES, PLAIN, mem_flag};
use crate::sym::{Sym, SymKind};
use goxide_base::{FxHashMap, Pos};
use goxide_types::Ty;
use smallvec::SmallVec;

/// Parses one function. `ty` finds the type with a given text.
pub fn parse(src: &str, ty: &dyn Fn(&str) -> Option<Ty>) -> Result<Func, String> {
    let mut p = Parser { toks: lex(src)?, at: 0, ty, values: FxHashMap::default() };
    p.func().map_err(|e| format!("line {}: {e}", p.toks.get(p.at.saturating_sub(1)).map_or(0, |t| t.1)))
}

#[derive(Clone, Debug, PartialEq)]
enum Tok {
    Word(String),
    Int(i64),
    Str(String),
    Punct(char),
    Arrow,
    End,
}

fn lex(src: &str) -> Result<Vec<(Tok, usize)>, String> {
    let mut out = Vec::new();
    for (n, line) in src.lines().enumerate() {
        let n = n + 1;
        let mut cs = line.char_indices().peekable();
        while let Some(&(i, c)) = cs.peek() {
            if c.is_whitespace() {
                cs.next();
            } else if c == ';' {
                break;
            } else if c == '"' {
                cs.next();
                let mut s = String::new();
                loop {
                    match cs.next() {
                        None => return Err(format!("line {n}: string without end")),
                        Some((_, '"')) => break,
                        Some((_, '\\')) => match cs.next().map(|x| x.1) {
                            Some('n') => s.push('\n'),
                            Some('t') => s.push('\t'),
                            Some('r') => s.push('\r'),
                            Some('0') => s.push('\0'),
                            Some('u') => {
                                let hex: String = cs
                                    .by_ref()
                                    .map(|x| x.1)
                                    .skip_while(|&c| c == '{')
                                    .take_while(|&c| c != '}')
                                    .collect();
                                let ch = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
                                s.push(ch.ok_or_else(|| format!("line {n}: bad escape"))?);
                            }
                            Some(c) => s.push(c),
                            None => return Err(format!("line {n}: string without end")),
                        },
                        Some((_, c)) => s.push(c),
                    }
                }
                out.push((Tok::Str(s), n));
            } else if line[i..].starts_with("->") {
                cs.next();
                cs.next();
                out.push((Tok::Arrow, n));
            } else if c.is_ascii_digit() || c == '-' {
                let mut s = String::new();
                while let Some(&(_, c)) = cs.peek() {
                    if !(c.is_ascii_digit() || c == '-') {
                        break;
                    }
                    s.push(c);
                    cs.next();
                }
                out.push((Tok::Int(s.parse().map_err(|_| format!("line {n}: bad number {s}"))?), n));
            } else if c.is_alphanumeric() || c == '_' {
                let mut s = String::new();
                while let Some(&(_, c)) = cs.peek() {
                    if !(c.is_alphanumeric() || c == '_' || c == '.') {
                        break;
                    }
                    s.push(c);
                    cs.next();
                }
                out.push((Tok::Word(s), n));
            } else {
                cs.next();
                out.push((Tok::Punct(c), n));
            }
        }
    }
    out.push((Tok::End, 0));
    Ok(out)
}

struct Parser<'a> {
    toks: Vec<(Tok, usize)>,
    at: usize,
    ty: &'a dyn Fn(&str) -> Option<Ty>,
    values: FxHashMap<u32, Value>,
}

type R<T> = Result<T, String>;

impl Parser<'_> {
    fn peek(&self) -> &Tok {
        &self.toks[self.at].0
    }
    fn next(&mut self) -> Tok {
        let t = self.toks[self.at].0.clone();
        if self.at + 1 < self.toks.len() {
            self.at += 1;
        }
        t
    }
    fn eat(&mut self, c: char) -> bool {
        let hit = *self.peek() == Tok::Punct(c);
        if hit {
            self.next();
        }
        hit
    }
    fn want(&mut self, c: char) -> R<()> {
        if self.eat(c) { Ok(()) } else { Err(format!("expected {c:?}, found {:?}", self.peek())) }
    }
    fn word(&mut self) -> R<String> {
        match self.next() {
            Tok::Word(w) => Ok(w),
            t => Err(format!("expected a word, found {t:?}")),
        }
    }
    fn is_word(&self, w: &str) -> bool {
        matches!(self.peek(), Tok::Word(x) if x == w)
    }
    fn eat_word(&mut self, w: &str) -> bool {
        let hit = self.is_word(w);
        if hit {
            self.next();
        }
        hit
    }
    fn int(&mut self) -> R<i64> {
        match self.next() {
            Tok::Int(n) => Ok(n),
            t => Err(format!("expected a number, found {t:?}")),
        }
    }
    fn string(&mut self) -> R<String> {
        match self.next() {
            Tok::Str(s) => Ok(s),
            t => Err(format!("expected a string, found {t:?}")),
        }
    }
    fn leak(&mut self) -> R<&'static str> {
        Ok(goxide_base::Name::new(&self.string()?).as_str())
    }
    fn sym(&mut self) -> R<Sym> {
        let name = self.string()?;
        Ok(Sym::intern(&name, SymKind::Extern))
    }
    fn goty(&mut self) -> R<Ty> {
        let s = self.string()?;
        (self.ty)(&s).ok_or_else(|| format!("unknown type {s}"))
    }
    fn id(&mut self, prefix: &str) -> R<u32> {
        let w = self.word()?;
        w.strip_prefix(prefix).and_then(|n| n.parse().ok()).ok_or_else(|| format!("expected {prefix}N, found {w}"))
    }
    fn scalar(&mut self) -> R<Type> {
        let w = self.word()?;
        use Type::*;
        [I8, I16, I32, I64, F32, F64, Ptr]
            .into_iter()
            .find(|t| t.name() == w)
            .ok_or_else(|| format!("unknown scalar type {w}"))
    }
    fn sig(&mut self) -> R<Sig> {
        let mut s = Sig::default();
        self.want('(')?;
        while !self.eat(')') {
            if self.eat_word("block") {
                s.has_block = true;
                continue;
            }
            if self.eat_word("len") {
                s.len_params |= 1 << s.params.len();
                s.params.push(Type::I64);
            } else {
                s.params.push(self.scalar()?);
            }
            self.eat(',');
        }
        if self.next() != Tok::Arrow {
            return Err("expected ->".into());
        }
        self.want('(')?;
        while !self.eat(')') {
            if self.eat_word("len") {
                s.len_results |= 1 << s.results.len();
                s.results.push(Type::I64);
            } else {
                s.results.push(self.scalar()?);
            }
            self.eat(',');
        }
        Ok(s)
    }

    /// The value written `vN`; made on first sight, so that uses may come before definitions in layout order.
    fn value(&mut self, f: &mut Func, n: u32) -> Value {
        *self.values.entry(n).or_insert_with(|| f.new_value(Type::I64, ValueDef::Param(Block(u32::MAX), 0)))
    }
    fn use_value(&mut self, f: &mut Func) -> R<Value> {
        let n = self.id("v")?;
        Ok(self.value(f, n))
    }
    fn define(&mut self, f: &mut Func, def: ValueDef) -> R<Value> {
        let v = self.use_value(f)?;
        self.want(':')?;
        let ty = self.scalar()?;
        f.values[v.index()] = ValueData { ty, def };
        Ok(v)
    }
    fn block(&mut self, f: &mut Func) -> R<Block> {
        let n = self.id("b")? as usize;
        while f.blocks.len() <= n {
            f.new_block();
        }
        Ok(Block::new(n))
    }
    fn target(&mut self, f: &mut Func) -> R<Target> {
        let block = self.block(f)?;
        let mut args = Args::new();
        if self.eat('(') {
            while !self.eat(')') {
                args.push(self.use_value(f)?);
                self.eat(',');
            }
        }
        Ok(Target { block, args })
    }

    fn func(&mut self) -> R<Func> {
        if !self.eat_word("func") {
            return Err("expected func".into());
        }
        let sym = self.sym()?;
        let sig = self.sig()?;
        let mut f = Func::new(sym, Sig::default(), Pos::NONE);
        f.sig = sig;
        while let Tok::Word(w) = self.peek().clone() {
            let i = FLAG_NAMES.iter().position(|&x| x == w).ok_or_else(|| format!("unknown flag {w}"))?;
            *f.flags.bits()[i] = true;
            self.next();
        }
        self.want('{')?;
        while self.eat_word("slot") {
            let n = self.id("s")? as usize;
            let (size, align) = (self.int()? as u32, self.int()? as u32);
            let name = self.leak()?;
            let s = f.new_slot(size, align, name);
            if s.index() != n {
                return Err("slots must be numbered in order".into());
            }
            f.slots[n].noscan = self.eat_word("noscan");
        }
        let mut order = Vec::new();
        while !self.eat('}') {
            let b = self.block(&mut f)?;
            order.push(b);
            if self.eat('(') {
                let mut n = 0;
                while !self.eat(')') {
                    let v = self.define(&mut f, ValueDef::Param(b, n))?;
                    f.blocks[b.index()].params.push(v);
                    n += 1;
                    self.eat(',');
                }
            }
            f.blocks[b.index()].cold = self.eat_word("cold");
            self.want(':')?;
            while f.blocks[b.index()].term == Term::None {
                self.line(&mut f, b)?;
            }
        }
        f.order = order;
        Ok(f)
    }

    fn line(&mut self, f: &mut Func, b: Block) -> R<()> {
        let i = Inst::new(f.insts.len());
        let mut results: SmallVec<[Value; 1]> = SmallVec::new();
        let starts_value = |w: &str| w.len() > 1 && w.starts_with('v') && w[1..].bytes().all(|c| c.is_ascii_digit());
        if matches!(self.peek(), Tok::Word(w) if starts_value(w)) {
            loop {
                let n = results.len() as u32;
                results.push(self.define(f, ValueDef::Result(i, n))?);
                if !self.eat(',') {
                    break;
                }
            }
            self.want('=')?;
        }
        let name = self.word()?;
        if results.is_empty()
            && let Some(t) = self.term(f, &name)?
        {
            f.blocks[b.index()].term = t;
            return Ok(());
        }
        let op = op_of(&name).ok_or_else(|| format!("unknown operation {name}"))?;
        let mut args = Args::new();
        while matches!(self.peek(), Tok::Word(w) if starts_value(w))
            && !matches!(self.toks[self.at + 1].0, Tok::Punct(':'))
        {
            args.push(self.use_value(f)?);
            if !self.eat(',') {
                break;
            }
        }
        let aux = if self.eat('{') {
            let a = self.aux(op)?;
            self.want('}')?;
            a
        } else {
            Aux::None
        };
        f.insts.push(InstData { op, args, aux, results, loc: Loc(0) });
        f.blocks[b.index()].insts.push(i);
        Ok(())
    }

    fn term(&mut self, f: &mut Func, name: &str) -> R<Option<Term>> {
        Ok(Some(match name {
            "jump" => Term::Jump(self.target(f)?),
            "br" => {
                let cond = self.use_value(f)?;
                self.want(',')?;
                let then = self.target(f)?;
                self.want(',')?;
                let els = self.target(f)?;
                let hint = if self.eat_word("likely") {
                    Hint::Likely
                } else if self.eat_word("unlikely") {
                    Hint::Unlikely
                } else {
                    Hint::None
                };
                Term::Br { cond, then, els, hint }
            }
            "table" => {
                let index = self.use_value(f)?;
                self.want(',')?;
                let default = self.target(f)?;
                self.want(',')?;
                self.want('[')?;
                let mut targets = Vec::new();
                while !self.eat(']') {
                    targets.push(self.target(f)?);
                    self.eat(',');
                }
                Term::Table { index, targets, default }
            }
            "ret" => {
                let mut a = Args::new();
                while matches!(self.peek(), Tok::Word(w) if w.starts_with('v')) {
                    a.push(self.use_value(f)?);
                    if !self.eat(',') {
                        break;
                    }
                }
                Term::Ret(a)
            }
            "unreachable" => Term::Unreachable,
            "deferenter" => {
                let frame = Slot(self.id("s")?);
                self.want(',')?;
                let normal = self.target(f)?;
                self.want(',')?;
                Term::DeferEnter { frame, normal, landing: self.block(f)? }
            }
            _ => return Ok(None),
        }))
    }

    fn aux(&mut self, op: Op) -> R<Aux> {
        Ok(match op {
            Op::Iconst | Op::Fconst => Aux::Int(self.int()?),
            Op::SymAddr => {
                let s = self.sym()?;
                Aux::Sym(s, self.int()?)
            }
            Op::Load
            | Op::Store
            | Op::AtomicLoad
            | Op::AtomicStore
            | Op::AtomicRmw(_)
            | Op::AtomicCas
            | Op::Prefetch => {
                let off = self.int()? as i32;
                let mut flags = MemFlags::NONE;
                while let Tok::Word(w) = self.peek().clone() {
                    flags = flags.with(mem_flag(&w).ok_or_else(|| format!("unknown flag {w}"))?);
                    self.next();
                }
                Aux::Mem { off, flags }
            }
            Op::Move | Op::Zero => {
                let size = self.int()? as u64;
                let ty = if matches!(self.peek(), Tok::Str(_)) { Some(self.goty()?) } else { None };
                Aux::Move { size, ty }
            }
            Op::SlotAddr => Aux::Slot(Slot(self.id("s")?)),
            Op::Alloc(_) => {
                let ty = self.goty()?;
                Aux::Alloc { ty, what: self.leak()? }
            }
            Op::MakeSlice => Aux::Type(self.goty()?),
            Op::Call => {
                let callee = self.sym()?;
                Aux::Call { callee, sig: Box::new(self.sig()?) }
            }
            Op::CallClosure if matches!(self.peek(), Tok::Str(_)) => {
                let callee = self.sym()?;
                Aux::Call { callee, sig: Box::new(self.sig()?) }
            }
            Op::CallClosure | Op::CallInd => Aux::Sig(Box::new(self.sig()?)),
            Op::CallInter => {
                let iface = self.goty()?;
                let method = self.int()? as u32;
                Aux::CallInter { iface, method, sig: Box::new(self.sig()?) }
            }
            Op::CallRt => {
                let name = self.leak()?;
                Aux::Rt { name, sig: Box::new(self.sig()?) }
            }
            _ => return Err(format!("{op} has nothing in braces")),
        })
    }
}

fn op_of(name: &str) -> Option<Op> {
    if let Some(x) = PLAIN.iter().find(|x| x.1 == name) {
        return Some(x.0);
    }
    let (base, suffix) = name.split_once('.')?;
    Some(match base {
        "icmp" => Op::Icmp(*IntCC::ALL.iter().find(|c| c.name() == suffix)?),
        "fcmp" => Op::Fcmp(*FloatCC::ALL.iter().find(|c| c.name() == suffix)?),
        "atomicrmw" => Op::AtomicRmw(*RmwOp::ALL.iter().find(|c| c.name() == suffix)?),
        "alloc" => Op::Alloc(*AllocKind::ALL.iter().find(|c| c.name() == suffix)?),
        "boundscheck" => {
            let (kind, signed) = match suffix.strip_suffix(".u") {
                Some(k) => (k, false),
                None => (suffix, true),
            };
            Op::BoundsCheck { kind: *BoundsKind::ALL.iter().find(|c| c.name() == kind)?, signed }
        }
        _ => return None,
    })
}
