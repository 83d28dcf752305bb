//! Type descriptors, itabs, func values and strings as data, laid out as `internal/abi` and upstream's `reflect` expect
//! (docs/abi.md). Takes canonical types. Which methods were kept is asked of the caller, so that a descriptor can be made
//! again once reachability is settled.

mod desc;
mod methods;
mod names;

pub use desc::{KeptMethod, MethodEntry, type_desc};
pub use methods::{MethodInfo, method_set, sorted_iface_methods};

use goxide_ssa::sym::{DataDef, DataReloc, DataRelocKind, Section};
use goxide_ssa::{Sym, SymKind};
use goxide_types::canon::{canon, canon_under};
use goxide_types::typenames::link_string;
use goxide_types::{BasicKind, Ty, TyKind};

/// The descriptor of a canonical type.
pub fn type_sym(t: Ty) -> Sym {
    Sym::intern(&format!("type:{}", link_string(t)), SymKind::TypeDesc(t))
}

/// The one-word func value of a function.
pub fn funcval_sym(f: Sym) -> Sym {
    Sym::intern(&format!("{}·f", f.name()), SymKind::FuncVal(f))
}

/// Func value `f`·f.
pub fn funcval(f: Sym) -> DataDef {
    let mut d = data(funcval_sym(f), Section::Rodata, 8);
    d.bytes = vec![0; 8];
    d.size = 8;
    d.relocs.push(DataReloc { off: 0, kind: DataRelocKind::Abs64, target: f, addend: 0 });
    d
}

/// Bytes of a constant string.
pub fn string(s: Sym, b: &[u8]) -> DataDef {
    let mut d = data(s, Section::Rodata, 1);
    d.bytes = b.to_vec();
    d.size = b.len() as u64;
    d
}

/// An itab: `entry(i)` is the code for the i-th method of the interface in run-time order.
pub fn itab(s: Sym, t: Ty, iface: Ty, entry: &dyn Fn(usize, &MethodInfo) -> Sym) -> DataDef {
    let ms = sorted_iface_methods(iface);
    let mut d = data(s, Section::Rodata, 8);
    d.bytes = vec![0; 24 + 8 * ms.len()];
    d.bytes[16..20].copy_from_slice(&hash(t).to_le_bytes());
    d.size = d.bytes.len() as u64;
    let mut abs = |off: usize, target: Sym| {
        d.relocs.push(DataReloc { off: off as u32, kind: DataRelocKind::Abs64, target, addend: 0 });
    };
    abs(0, type_sym(iface));
    abs(8, type_sym(t));
    for (i, m) in ms.iter().enumerate() {
        abs(24 + 8 * i, entry(i, m));
    }
    d
}

/// Hash of a type, as stored in descriptors and itabs.
pub fn hash(t: Ty) -> u32 {
    let h =
        link_string(t).bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    (h ^ h >> 32) as u32
}

fn data(sym: Sym, section: Section, align: u32) -> DataDef {
    DataDef { sym, section, align, bytes: Vec::new(), size: 0, relocs: Vec::new(), ptrmask: Vec::new() }
}

/// Whether an interface holds values of `t` in its data word itself.
pub fn is_direct_iface(t: Ty) -> bool {
    match canon_under(t).kind() {
        TyKind::Pointer(_) | TyKind::Chan(_) | TyKind::Map(_) | TyKind::Func(_) => true,
        TyKind::Basic(b) => b.kind == BasicKind::UnsafePointer,
        TyKind::Array(a) => a.len == 1 && is_direct_iface(canon(a.elem)),
        TyKind::Struct(s) => s.fields.len() == 1 && is_direct_iface(canon(s.fields[0].ty())),
        _ => false,
    }
}

/// Whether the descriptor is listed for `reflect` to find (unnamed composite types).
pub fn is_typelink(t: Ty) -> bool {
    matches!(
        t.kind(),
        TyKind::Pointer(_)
            | TyKind::Slice(_)
            | TyKind::Array(_)
            | TyKind::Chan(_)
            | TyKind::Map(_)
            | TyKind::Func(_)
            | TyKind::Struct(_)
    )
}

/// Go functions of package runtime whose func values descriptors may refer to.
pub const RUNTIME_FUNCS: &[&str] = &[
    "memequal0",
    "memequal8",
    "memequal16",
    "memequal32",
    "memequal64",
    "memequal128",
    "f32equal",
    "f64equal",
    "c64equal",
    "c128equal",
    "strequal",
    "interequal",
    "nilinterequal",
    "memhash0",
    "memhash8",
    "memhash16",
    "memhash32",
    "memhash64",
    "memhash128",
    "f32hash",
    "f64hash",
    "c64hash",
    "c128hash",
    "strhash",
    "interhash",
    "nilinterhash",
];
