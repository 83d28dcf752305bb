//! Types of generated programs.

use crate::rng::Rng;

/// A type: what the generator can make values of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ty {
    Bool,
    /// By name.
    Int(&'static str),
    Float(&'static str),
    Str,
    Slice(Box<Ty>),
    Array(u32, Box<Ty>),
    Map(Box<Ty>, Box<Ty>),
    Ptr(Box<Ty>),
    /// The n-th struct of the program.
    Struct(usize),
    Func(Box<Ty>, Box<Ty>),
    Any,
}

pub const INTS: &[&str] =
    &["int", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr"];

impl Ty {
    pub fn name(&self) -> String {
        match self {
            Ty::Bool => "bool".into(),
            Ty::Int(n) | Ty::Float(n) => (*n).into(),
            Ty::Str => "string".into(),
            Ty::Slice(e) => format!("[]{}", e.name()),
            Ty::Array(n, e) => format!("[{n}]{}", e.name()),
            Ty::Map(k, e) => format!("map[{}]{}", k.name(), e.name()),
            Ty::Ptr(e) => format!("*{}", e.name()),
            Ty::Struct(n) => format!("S{n}"),
            Ty::Func(p, r) => format!("func({}) {}", p.name(), r.name()),
            Ty::Any => "any".into(),
        }
    }
    /// Bits and sign of an integer type.
    pub fn bits(&self) -> (u32, bool) {
        match self {
            Ty::Int(n) => {
                let digits = n.trim_start_matches(|c: char| !c.is_ascii_digit());
                (digits.parse().unwrap_or(64), !n.starts_with('u'))
            }
            _ => (64, true),
        }
    }
    /// Whether values can be compared, with structs given by their fields.
    pub fn comparable(&self, structs: &[Vec<Ty>]) -> bool {
        match self {
            Ty::Slice(_) | Ty::Map(..) | Ty::Func(..) | Ty::Any => false,
            Ty::Array(_, e) => e.comparable(structs),
            Ty::Struct(n) => structs[*n].iter().all(|f| f.comparable(structs)),
            _ => true,
        }
    }
    /// Whether `%v` prints the same in every run: no addresses.
    pub fn printable(&self, structs: &[Vec<Ty>]) -> bool {
        match self {
            Ty::Ptr(_) | Ty::Func(..) => false,
            Ty::Slice(e) | Ty::Array(_, e) => e.printable(structs),
            Ty::Map(k, e) => k.printable(structs) && e.printable(structs),
            Ty::Struct(n) => structs[*n].iter().all(|f| f.printable(structs)),
            _ => true,
        }
    }
}

/// A type without parts.
pub fn basic(r: &mut Rng) -> Ty {
    match r.below(10) {
        0 => Ty::Bool,
        1 => Ty::Float(r.word(&["float64", "float64", "float32"])),
        2 => Ty::Str,
        _ => Ty::Int(r.word(INTS)),
    }
}

/// Any type; structs below `structs` may be used.
pub fn any(r: &mut Rng, depth: u32, structs: usize) -> Ty {
    if depth == 0 {
        return basic(r);
    }
    let part = |r: &mut Rng| Box::new(any(r, depth - 1, structs));
    match r.below(14) {
        0 | 1 => Ty::Slice(part(r)),
        2 => Ty::Array(1 + r.below(4) as u32, part(r)),
        3 => Ty::Map(Box::new(if r.one_in(2) { Ty::Str } else { Ty::Int("int") }), part(r)),
        4 => Ty::Ptr(part(r)),
        5 | 6 if structs > 0 => Ty::Struct(r.below(structs)),
        7 => Ty::Func(Box::new(basic(r)), Box::new(basic(r))),
        8 => Ty::Any,
        _ => basic(r),
    }
}
