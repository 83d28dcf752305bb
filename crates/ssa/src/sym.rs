//! Symbols: everything that has an address in the executable, interned by linker name.
//!
//! A symbol's kind tells whoever processes the worklist how to make its definition.

use goxide_base::{FxHashMap, entity};
use goxide_types::{Obj, Ty};
use parking_lot::Mutex;
use std::sync::{Arc, LazyLock};

entity!(
    /// A linker symbol.
    pub Sym, "sym"
);

/// How a symbol comes to be.
#[derive(Clone, Debug, PartialEq)]
pub enum SymKind {
    /// A declared function or method; `targs` are the canonical type arguments, receiver's first.
    Func {
        obj: Obj,
        targs: Arc<[Ty]>,
    },
    /// A function literal (or a body split off by the compiler): made while lowering `parent`.
    Closure {
        parent: Sym,
        index: u32,
    },
    /// Method `obj` (as declared; found by its name) with (canonical) receiver type `recv`, where that needs code of
    /// its own: promotion through embedded fields, or a pointer receiver for a value method. `targs`: the method's own.
    MethodWrapper {
        recv: Ty,
        obj: Obj,
        targs: Arc<[Ty]>,
    },
    /// Body of the closure that a bound method `x.M` is, suffix `-fm`: the record holds the receiver.
    MethodValue {
        recv: Ty,
        obj: Obj,
        targs: Arc<[Ty]>,
    },
    /// Generated equality or hash function of a type.
    Equal(Ty),
    Hash(Ty),
    /// Synthesised initialiser of a package (by package path).
    PkgInit(goxide_types::Pkg),
    /// The read-only one-word func value of a function.
    FuncVal(Sym),
    /// Type descriptor of a canonical type.
    TypeDesc(Ty),
    /// Itab of (concrete, interface), both canonical.
    Itab(Ty, Ty),
    /// A package-level variable (or an instance-local static one).
    Global(Obj),
    /// Bytes of a constant string.
    Str(Arc<[u8]>),
    /// Compiler-made data, defined where it was made.
    Data,
    /// A runtime function in Rust or assembly.
    Runtime(&'static str),
    /// Known by linker name only (linkname); resolved when the program is complete.
    Extern,
}

struct Entry {
    name: Arc<str>,
    kind: SymKind,
}

static BY_NAME: LazyLock<Mutex<FxHashMap<Arc<str>, Sym>>> = LazyLock::new(Mutex::default);
static ALL: LazyLock<boxcar::Vec<Entry>> = LazyLock::new(boxcar::Vec::new);

impl Sym {
    /// The symbol with linker name `name`; `kind` is used if it is new. A symbol first seen as `Extern` keeps that kind.
    pub fn intern(name: &str, kind: SymKind) -> Sym {
        let mut t = BY_NAME.lock();
        if let Some(&s) = t.get(name) {
            return s;
        }
        let name: Arc<str> = name.into();
        let s = Sym(ALL.push(Entry { name: name.clone(), kind }) as u32);
        t.insert(name, s);
        s
    }
    /// The symbol with this linker name, if there is one.
    pub fn find(name: &str) -> Option<Sym> {
        BY_NAME.lock().get(name).copied()
    }
    pub fn name(self) -> &'static str {
        // `ALL` is never dropped.
        &ALL[self.index()].name
    }
    pub fn kind(self) -> &'static SymKind {
        &ALL[self.index()].kind
    }
}

/// Data with relocations: descriptors, itabs, strings, static composite literals, variables.
#[derive(Clone, Debug)]
pub struct DataDef {
    pub sym: Sym,
    pub section: Section,
    pub align: u32,
    /// Initial bytes; empty with `size` > 0 is zero-initialised.
    pub bytes: Vec<u8>,
    pub size: u64,
    pub relocs: Vec<DataReloc>,
    /// For `Data` and `Bss`: bit i set if word i holds a pointer the collector must follow.
    pub ptrmask: Vec<u8>,
}

/// Where data goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    Rodata,
    /// Type descriptors and names: addressed by 32-bit offsets from `runtime.types`.
    Types,
    Data,
    Bss,
    /// Writable, without pointers.
    NoptrData,
    NoptrBss,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DataReloc {
    pub off: u32,
    pub kind: DataRelocKind,
    pub target: Sym,
    pub addend: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataRelocKind {
    /// 64-bit address.
    Abs64,
    /// 32-bit offset from `runtime.types`.
    TypeOff,
    /// 32-bit offset from `runtime.text`; -1 if the target was not kept. Does not keep its target alive.
    MethodOff,
    /// 32-bit offset from `runtime.text`.
    TextOff,
}
