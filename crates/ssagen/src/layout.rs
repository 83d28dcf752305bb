//! Types as lowering sees them: canonical, concrete, with size and scalar representation.
//!
//! Everything here takes canonical types (`canon`) without type parameters, and gives such.

use goxide_base::FxHashMap;
use goxide_ssa::Type;
pub use goxide_types::canon::canon;
use goxide_types::{BasicInfo, BasicKind, Obj, Ty, TyKind};
use smallvec::SmallVec;
use std::cell::RefCell;

/// One scalar of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comp {
    pub ty: Type,
    pub off: u32,
    /// A pointer the collector follows.
    pub gc: bool,
    /// A signed integer (decides how it is widened).
    pub signed: bool,
    /// A length or capacity.
    pub len: bool,
}

/// Most scalars a value may have to be held in SSA values.
pub const MAX_SCALARS: usize = 4;

/// Facts about a canonical type.
#[derive(Debug)]
pub struct Info {
    pub size: u64,
    pub align: u32,
    /// Holds pointers.
    pub ptrs: bool,
    /// `Some`: values are held as these scalars; `None`: values live in memory.
    pub scalars: Option<SmallVec<[Comp; 4]>>,
}

thread_local! {
    static INFO: RefCell<FxHashMap<Ty, &'static Info>> = RefCell::default();
}

/// Size, alignment and representation of `t`.
pub fn info(t: Ty) -> &'static Info {
    if let Some(i) = INFO.with_borrow(|m| m.get(&t).copied()) {
        return i;
    }
    let i = Box::leak(Box::new(compute(t)));
    INFO.with_borrow_mut(|m| m.insert(t, i));
    i
}

fn compute(t: Ty) -> Info {
    let size = goxide_types::size_of(t).max(0) as u64;
    let align = goxide_types::align_of(t) as u32;
    let mut out = SmallVec::new();
    let scalars = (flatten(t, 0, MAX_SCALARS, &mut out) && out.len() <= MAX_SCALARS).then_some(out);
    Info { size, align, ptrs: has_pointers(t), scalars }
}

/// Whether `t` is an integer that may have been a pointer.
pub fn is_uintptr(t: Ty) -> bool {
    t.under().as_basic().is_some_and(|b| b.kind == BasicKind::Uintptr)
}
pub fn size(t: Ty) -> u64 {
    info(t).size
}
pub fn align(t: Ty) -> u32 {
    info(t).align
}

/// Appends the scalars of `t` at offset `off` as the calling convention flattens them.
/// False if it holds an array longer than 1 or more than `max` scalars.
pub fn flatten(t: Ty, off: u32, max: usize, out: &mut SmallVec<[Comp; 4]>) -> bool {
    let mut part = |ty, off, gc, signed, len| {
        out.push(Comp { ty, off, gc, signed, len });
        out.len() <= max
    };
    match t.under().kind() {
        TyKind::Basic(b) => {
            use BasicKind::*;
            let signed = !b.info.has(BasicInfo::UNSIGNED);
            match b.kind {
                Bool | UntypedBool => part(Type::I8, off, false, false, false),
                Int8 | Uint8 => part(Type::I8, off, false, signed, false),
                Int16 | Uint16 => part(Type::I16, off, false, signed, false),
                Int32 | Uint32 | UntypedRune => part(Type::I32, off, false, signed, false),
                Int | Int64 | Uint | Uint64 | Uintptr | UntypedInt => part(Type::I64, off, false, signed, false),
                Float32 => part(Type::F32, off, false, false, false),
                Float64 | UntypedFloat => part(Type::F64, off, false, false, false),
                Complex64 => part(Type::F32, off, false, false, false) && part(Type::F32, off + 4, false, false, false),
                Complex128 | UntypedComplex => {
                    part(Type::F64, off, false, false, false) && part(Type::F64, off + 8, false, false, false)
                }
                String | UntypedString => {
                    part(Type::Ptr, off, true, false, false) && part(Type::I64, off + 8, false, true, true)
                }
                UnsafePointer | UntypedNil => part(Type::Ptr, off, true, false, false),
                Invalid => panic!("invalid type reached lowering"),
            }
        }
        TyKind::Pointer(_) | TyKind::Map(_) | TyKind::Chan(_) | TyKind::Func(_) => {
            part(Type::Ptr, off, !not_in_heap(t), false, false)
        }
        TyKind::Slice(_) => {
            part(Type::Ptr, off, true, false, false)
                && part(Type::I64, off + 8, false, true, true)
                && part(Type::I64, off + 16, false, true, true)
        }
        // The first word is a descriptor or itab: never freed, so the collector ignores it.
        TyKind::Interface(_) => {
            part(Type::Ptr, off, false, false, false) && part(Type::Ptr, off + 8, true, false, false)
        }
        TyKind::Array(a) => match a.len {
            0 => true,
            1 => flatten(canon(a.elem), off, max, out),
            _ => false,
        },
        TyKind::Struct(s) => {
            let offs = field_offsets(t);
            s.fields.iter().enumerate().all(|(i, f)| flatten(canon(f.ty()), off + offs[i] as u32, max, out))
        }
        TyKind::Tuple(_) | TyKind::Union(_) | TyKind::TypeParam(_) | TyKind::Named(_) | TyKind::Alias(_) => {
            panic!("{t} has no representation")
        }
    }
}

/// Whether the pointer type points to a type marked not-in-heap (never followed by the collector).
fn not_in_heap(_t: Ty) -> bool {
    false
}

/// Whether values of `t` hold pointers the collector must follow.
pub fn has_pointers(t: Ty) -> bool {
    match t.under().kind() {
        TyKind::Basic(b) => {
            use BasicKind::*;
            matches!(b.kind, String | UnsafePointer | UntypedString | UntypedNil)
        }
        TyKind::Array(a) => a.len > 0 && has_pointers(canon(a.elem)),
        TyKind::Struct(s) => s.fields.iter().any(|f| has_pointers(canon(f.ty()))),
        _ => true,
    }
}

thread_local! {
    static OFFSETS: RefCell<FxHashMap<Ty, &'static [u64]>> = RefCell::default();
}

/// Offsets of the fields of a struct type.
pub fn field_offsets(t: Ty) -> &'static [u64] {
    let t = canon(t.under());
    if let Some(o) = OFFSETS.with_borrow(|m| m.get(&t).copied()) {
        return o;
    }
    let o: &'static [u64] = goxide_types::field_offsets(t).leak();
    OFFSETS.with_borrow_mut(|m| m.insert(t, o));
    o
}

/// Fields of a struct type.
pub fn fields(t: Ty) -> &'static [Obj] {
    match t.under().kind() {
        TyKind::Struct(s) => s.fields,
        _ => panic!("{t} is no struct"),
    }
}
/// Type of field `i`.
pub fn field_ty(t: Ty, i: usize) -> Ty {
    canon(fields(t)[i].ty())
}

/// Range of the scalars of field `i` within those of the struct.
pub fn field_scalars(t: Ty, i: usize) -> std::ops::Range<usize> {
    let n = |t: Ty| info(t).scalars.as_ref().map_or(0, SmallVec::len);
    let from: usize = (0..i).map(|k| n(field_ty(t, k))).sum();
    from..from + n(field_ty(t, i))
}

/// The scalars of a type that has them.
pub fn comps(t: Ty) -> &'static [Comp] {
    info(t).scalars.as_deref().unwrap_or_else(|| panic!("{t} lives in memory"))
}
pub fn is_mem(t: Ty) -> bool {
    info(t).scalars.is_none()
}
/// The only scalar of a type with one.
pub fn scalar(t: Ty) -> Type {
    let c = comps(t);
    assert!(c.len() == 1, "{t} is not one scalar");
    c[0].ty
}

pub fn basic(t: Ty) -> Option<BasicKind> {
    match t.under().kind() {
        TyKind::Basic(b) => Some(b.kind),
        _ => None,
    }
}
fn has(t: Ty, i: BasicInfo) -> bool {
    matches!(t.under().kind(), TyKind::Basic(b) if b.info.has(i))
}
pub fn is_int(t: Ty) -> bool {
    has(t, BasicInfo::INTEGER)
}
pub fn is_unsigned(t: Ty) -> bool {
    has(t, BasicInfo::UNSIGNED)
}
pub fn is_signed(t: Ty) -> bool {
    is_int(t) && !is_unsigned(t)
}
pub fn is_float(t: Ty) -> bool {
    has(t, BasicInfo::FLOAT)
}
pub fn is_complex(t: Ty) -> bool {
    has(t, BasicInfo::COMPLEX)
}
pub fn is_string(t: Ty) -> bool {
    has(t, BasicInfo::STRING)
}
pub fn is_bool(t: Ty) -> bool {
    has(t, BasicInfo::BOOLEAN)
}
pub fn is_untyped(t: Ty) -> bool {
    matches!(t.kind(), TyKind::Basic(b) if b.info.has(BasicInfo::UNTYPED))
}
pub fn is_nil(t: Ty) -> bool {
    basic(t) == Some(BasicKind::UntypedNil)
}
pub fn is_iface(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Interface(_))
}
/// Interface without methods.
pub fn is_eface(t: Ty) -> bool {
    match t.under().kind() {
        TyKind::Interface(i) => i.all_methods().is_empty(),
        _ => false,
    }
}
pub fn is_unsafe_ptr(t: Ty) -> bool {
    basic(t) == Some(BasicKind::UnsafePointer)
}
pub fn is_slice(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Slice(_))
}
pub fn is_map(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Map(_))
}
pub fn is_chan(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Chan(_))
}
pub fn is_func(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Func(_))
}
pub fn is_ptr(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Pointer(_))
}
pub fn is_struct(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Struct(_))
}
pub fn is_array(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Array(_))
}
/// `[]byte` or a type with that underlying type (element type of underlying type uint8).
/// What `t` comes down to: the type of the only field, or of the only element, of what it is made of.
pub fn sole_component(mut t: Ty) -> Ty {
    loop {
        t = match () {
            () if is_struct(t) && fields(t).len() == 1 => field_ty(t, 0),
            () if is_array(t) && array_len(t) == 1 => elem(t),
            () => return t,
        }
    }
}
pub fn is_byte_slice(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Slice(s) if basic(s.elem) == Some(BasicKind::Uint8))
}
pub fn is_rune_slice(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Slice(s) if basic(s.elem) == Some(BasicKind::Int32))
}

/// Element type of pointer, slice, array, channel, map.
pub fn elem(t: Ty) -> Ty {
    canon(match t.under().kind() {
        TyKind::Pointer(p) => p.base,
        TyKind::Slice(s) => s.elem,
        TyKind::Map(m) => m.elem,
        TyKind::Chan(c) => c.elem,
        TyKind::Array(a) => a.elem,
        _ => panic!("{t} has no elements"),
    })
}
/// Key type of a map.
pub fn key(t: Ty) -> Ty {
    match t.under().kind() {
        TyKind::Map(m) => canon(m.key),
        _ => panic!("{t} is no map"),
    }
}
pub fn array_len(t: Ty) -> i64 {
    match t.under().kind() {
        TyKind::Array(a) => a.len,
        _ => panic!("{t} is no array"),
    }
}
/// The array type of an array or pointer to array.
pub fn array_of(t: Ty) -> Option<Ty> {
    match t.under().kind() {
        TyKind::Array(_) => Some(t),
        TyKind::Pointer(p) if is_array(p.base) => Some(canon(p.base)),
        _ => None,
    }
}
/// Parameter and result types and variadicity of a function type.
pub fn sig_of(t: Ty) -> (Vec<Ty>, Vec<Ty>, bool) {
    match t.under().kind() {
        TyKind::Func(s) => {
            let tys = |l: &[Obj]| l.iter().map(|o| canon(o.ty())).collect();
            (tys(s.params()), tys(s.results()), s.variadic())
        }
        _ => panic!("{t} is no function type"),
    }
}

/// Whether an interface holds values of `t` in its data word itself.
pub fn is_direct_iface(t: Ty) -> bool {
    match t.under().kind() {
        TyKind::Pointer(_) | TyKind::Chan(_) | TyKind::Map(_) | TyKind::Func(_) => true,
        TyKind::Basic(b) => b.kind == BasicKind::UnsafePointer,
        TyKind::Array(a) => a.len == 1 && is_direct_iface(canon(a.elem)),
        TyKind::Struct(s) => s.fields.len() == 1 && is_direct_iface(canon(s.fields[0].ty())),
        _ => false,
    }
}

/// Well-known types.
pub mod known {
    use super::*;
    pub use goxide_types::typ;
    pub fn int() -> Ty {
        typ(BasicKind::Int)
    }
    pub fn uint8() -> Ty {
        typ(BasicKind::Uint8)
    }
    pub fn uint32() -> Ty {
        typ(BasicKind::Uint32)
    }
    pub fn uint64() -> Ty {
        typ(BasicKind::Uint64)
    }
    pub fn uintptr() -> Ty {
        typ(BasicKind::Uintptr)
    }
    pub fn int32() -> Ty {
        typ(BasicKind::Int32)
    }
    pub fn bool() -> Ty {
        typ(BasicKind::Bool)
    }
    pub fn string() -> Ty {
        typ(BasicKind::String)
    }
    pub fn unsafe_ptr() -> Ty {
        typ(BasicKind::UnsafePointer)
    }
    pub fn ptr(t: Ty) -> Ty {
        canon(Ty::pointer(t))
    }
    pub fn slice(t: Ty) -> Ty {
        canon(Ty::slice(t))
    }
    pub fn array(n: i64, t: Ty) -> Ty {
        canon(Ty::array(n, t))
    }
}

/// `interface{}`.
pub fn eface() -> Ty {
    canon(goxide_types::universe::empty_interface_ty())
}
