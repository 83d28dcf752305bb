//! Predicates on types and type identity (`predicates.go`).

use crate::subst::{SubstMap, subst};
use crate::types::{BasicInfo, BasicKind, Interface, Ty, TyKind, rune, typ};
use crate::under::{TypeError, under_is};
use goxide_base::FxHashSet;

pub use crate::object::same_pkg;

/// `isValid`.
#[inline]
pub fn is_valid(t: Ty) -> bool {
    t.is_valid()
}

/// Whether the underlying type is basic with any of these properties; no type parameters.
pub fn is_basic(t: Ty, info: BasicInfo) -> bool {
    t.under().as_basic().is_some_and(|b| b.info.has(info))
}
/// As [`is_basic`], or a type parameter all of whose types are.
pub fn all_basic(t: Ty, info: BasicInfo) -> bool {
    match t.as_type_param() {
        Some(p) => p.is(&mut |t| t.is_some_and(|t| is_basic(t.ty, info))),
        None => is_basic(t, info),
    }
}

macro_rules! preds {
    ($($is:ident $all:ident $info:expr;)*) => {$(
        #[allow(missing_docs)]
        pub fn $is(t: Ty) -> bool {
            is_basic(t, $info)
        }
        #[allow(missing_docs)]
        pub fn $all(t: Ty) -> bool {
            all_basic(t, $info)
        }
    )*};
}
preds! {
    is_boolean all_boolean BasicInfo::BOOLEAN;
    is_integer all_integer BasicInfo::INTEGER;
    is_unsigned all_unsigned BasicInfo::UNSIGNED;
    is_float all_float BasicInfo::FLOAT;
    is_complex all_complex BasicInfo::COMPLEX;
    is_numeric all_numeric BasicInfo::NUMERIC;
    is_string all_string BasicInfo::STRING;
    is_ordered all_ordered BasicInfo::ORDERED;
    is_integer_or_float all_integer_or_float BasicInfo(2 | 8);
    is_numeric_or_string all_numeric_or_string BasicInfo(2 | 8 | 16 | 32);
    is_const_type all_const_type BasicInfo::CONST_TYPE;
}

/// Whether the type has a name: basic, defined, type parameter.
pub fn has_name(t: Ty) -> bool {
    matches!(t.unalias().kind(), TyKind::Basic(_) | TyKind::Named(_) | TyKind::TypeParam(_))
}
/// Whether the type is a literal or basic.
pub fn is_type_lit(t: Ty) -> bool {
    !matches!(t.unalias().kind(), TyKind::Named(_) | TyKind::TypeParam(_))
}
/// Safe before types are set up.
pub fn is_typed(t: Ty) -> bool {
    !is_untyped(t)
}
/// Whether this is the type of an untyped constant, boolean or nil.
pub fn is_untyped(t: Ty) -> bool {
    t.as_basic().is_some_and(|b| b.info.has(BasicInfo::UNTYPED))
}
pub fn is_untyped_numeric(t: Ty) -> bool {
    t.as_basic().is_some_and(|b| b.info.has(BasicInfo::UNTYPED) && b.info.has(BasicInfo::NUMERIC))
}
/// Includes type parameters.
pub fn is_interface(t: Ty) -> bool {
    matches!(t.under().kind(), TyKind::Interface(_))
}
pub fn is_non_type_param_interface(t: Ty) -> bool {
    !is_type_param(t) && is_interface(t)
}
pub fn is_type_param(t: Ty) -> bool {
    matches!(t.unalias().kind(), TyKind::TypeParam(_))
}
/// Whether `t` is a type parameter with an empty type set, if that is known already.
pub fn has_empty_typeset(t: Ty) -> bool {
    let Some(b) = t.as_type_param().and_then(|p| p.bound_opt()) else { return false };
    let u = match b.as_named() {
        Some(n) => n.underlying.get(),
        None => Some(b.under()),
    };
    u.and_then(Ty::as_interface).and_then(|i| i.tset.get()).is_some_and(|s| s.is_empty())
}
/// Whether `t` is generic and not instantiated.
pub fn is_generic(t: Ty) -> bool {
    if let Some(a) = t.as_alias()
        && !a.tparams().is_empty()
        && a.targs.is_empty()
    {
        return true;
    }
    t.as_named().is_some_and(|n| n.inst.is_none() && !n.tparams().is_empty())
}

/// Whether values of the type are comparable by the language (interfaces may panic).
pub fn comparable(t: Ty) -> bool {
    comparable_type(t, true).is_none()
}
/// Why the type is not comparable; `None` if it is. `dynamic`: interfaces are.
pub fn comparable_type(t: Ty, dynamic: bool) -> Option<TypeError> {
    comparable_seen(t, dynamic, &mut FxHashSet::default())
}
pub(crate) fn comparable_seen(t: Ty, dynamic: bool, seen: &mut FxHashSet<Ty>) -> Option<TypeError> {
    let u = t.under();
    match u.kind() {
        TyKind::Basic(b) if b.kind == BasicKind::UntypedNil => return Some(TypeError::empty()),
        TyKind::Basic(_) | TyKind::Pointer(_) | TyKind::Chan(_) => return None,
        _ => {}
    }
    if !seen.insert(t) {
        return None;
    }
    match u.kind() {
        TyKind::Struct(s) => {
            for f in s.fields {
                if comparable_seen(f.ty(), dynamic, seen).is_some() {
                    return Some(TypeError::one("struct containing %s cannot be compared", f.ty()));
                }
            }
        }
        TyKind::Array(a) => {
            if comparable_seen(a.elem, dynamic, seen).is_some() {
                return Some(TypeError::one("%s cannot be compared", t));
            }
        }
        TyKind::Interface(i) => {
            if dynamic && !is_type_param(t) || i.type_set().is_comparable(seen) {
                return None;
            }
            let s = if i.type_set().is_empty() { "empty type set" } else { "incomparable types in type set" };
            return Some(TypeError::msg(s));
        }
        _ => return Some(TypeError::empty()),
    }
    None
}

/// Whether the type has the value nil.
pub fn has_nil(t: Ty) -> bool {
    match t.under().kind() {
        TyKind::Basic(b) => b.kind == BasicKind::UnsafePointer,
        TyKind::Slice(_) | TyKind::Pointer(_) | TyKind::Func(_) | TyKind::Map(_) | TyKind::Chan(_) => true,
        TyKind::Interface(_) => !is_type_param(t) || under_is(t, &mut |u| u.is_some_and(has_nil)),
        _ => false,
    }
}

/// Whether two types are identical.
#[inline]
pub fn identical(x: Ty, y: Ty) -> bool {
    x == y || Comparer::default().identical(x, y, None)
}
/// As [`identical`] but struct tags do not matter.
pub fn identical_ignore_tags(x: Ty, y: Ty) -> bool {
    Comparer { ignore_tags: true, ignore_invalids: false }.identical(x, y, None)
}

/// Interfaces being compared, so that recursive ones end.
pub struct IfacePair<'a> {
    x: &'static Interface,
    y: &'static Interface,
    prev: Option<&'a IfacePair<'a>>,
}

/// How types are compared.
#[derive(Default, Clone, Copy)]
pub struct Comparer {
    pub ignore_tags: bool,
    /// An invalid type is identical to any.
    pub ignore_invalids: bool,
}

impl Comparer {
    fn vars(self, x: &[crate::object::Obj], y: &[crate::object::Obj], p: Option<&IfacePair<'_>>) -> bool {
        x.len() == y.len() && x.iter().zip(y).all(|(a, b)| self.identical(a.ty(), b.ty(), p))
    }
    /// Identity of two types.
    pub fn identical(self, x: Ty, y: Ty, p: Option<&IfacePair<'_>>) -> bool {
        let (x, y) = (x.unalias(), y.unalias());
        if x == y {
            return true;
        }
        if self.ignore_invalids && (!x.is_valid() || !y.is_valid()) {
            return true;
        }
        match (x.kind(), y.kind()) {
            (TyKind::Basic(a), TyKind::Basic(b)) => a.kind == b.kind,
            (TyKind::Array(a), TyKind::Array(b)) => {
                (a.len < 0 || b.len < 0 || a.len == b.len) && self.identical(a.elem, b.elem, p)
            }
            (TyKind::Slice(a), TyKind::Slice(b)) => self.identical(a.elem, b.elem, p),
            (TyKind::Pointer(a), TyKind::Pointer(b)) => self.identical(a.base, b.base, p),
            (TyKind::Map(a), TyKind::Map(b)) => self.identical(a.key, b.key, p) && self.identical(a.elem, b.elem, p),
            (TyKind::Chan(a), TyKind::Chan(b)) => a.dir == b.dir && self.identical(a.elem, b.elem, p),
            (TyKind::Struct(a), TyKind::Struct(b)) => {
                a.fields.len() == b.fields.len()
                    && a.fields.iter().zip(b.fields).enumerate().all(|(i, (f, g))| {
                        f.embedded() == g.embedded()
                            && (self.ignore_tags || a.tag(i) == b.tag(i))
                            && f.same_id(g.pkg(), g.name(), false)
                            && self.identical(f.ty(), g.ty(), p)
                    })
            }
            (TyKind::Tuple(a), TyKind::Tuple(b)) => self.vars(a, b, p),
            (TyKind::Func(a), TyKind::Func(b)) => {
                let (a, b) = (a.data(), b.data());
                if a.tparams.len() != b.tparams.len() || a.variadic != b.variadic {
                    return false;
                }
                if a.tparams.is_empty() {
                    return self.vars(a.params, b.params, p) && self.vars(a.results, b.results, p);
                }
                let m = SubstMap::new(b.tparams, a.tparams);
                for (s, t) in a.tparams.iter().zip(b.tparams) {
                    let (s, t) = (s.as_type_param(), t.as_type_param());
                    let (Some(s), Some(t)) = (s, t) else { return false };
                    if !self.identical(s.bound(), subst(t.bound(), &m), p) {
                        return false;
                    }
                }
                let sub = |v: &'static [crate::object::Obj]| crate::subst::subst_vars(v, &m);
                self.vars(a.params, sub(b.params), p) && self.vars(a.results, sub(b.results), p)
            }
            (TyKind::Union(a), TyKind::Union(b)) => {
                let (a, b) = (crate::typeset::union_terms(a), crate::typeset::union_terms(b));
                matches!((a, b), (Some(a), Some(b)) if crate::typeset::terms_equal(&a, &b))
            }
            (TyKind::Interface(a), TyKind::Interface(b)) => {
                let (s, t) = (a.type_set(), b.type_set());
                if s.comparable != t.comparable
                    || s.methods.len() != t.methods.len()
                    || !crate::typeset::terms_equal(&s.terms, &t.terms)
                {
                    return false;
                }
                let mut q = p;
                while let Some(r) = q {
                    if std::ptr::eq(r.x, a) && std::ptr::eq(r.y, b) || std::ptr::eq(r.x, b) && std::ptr::eq(r.y, a) {
                        return true;
                    }
                    q = r.prev;
                }
                let q = IfacePair { x: a, y: b, prev: p };
                s.methods
                    .iter()
                    .zip(t.methods)
                    .all(|(f, g)| f.id() == g.id() && self.identical(f.ty(), g.ty(), Some(&q)))
            }
            (TyKind::Named(a), TyKind::Named(b)) => {
                let (s, t) = (a.targs(), b.targs());
                s.len() == t.len() && a.obj() == b.obj() && s.iter().zip(t).all(|(x, y)| identical(*x, *y))
            }
            _ => false,
        }
    }
}

/// Whether two instantiations are the same.
pub fn identical_instance(xorig: Ty, xargs: &[Ty], yorig: Ty, yargs: &[Ty]) -> bool {
    xargs.len() == yargs.len() && xargs.iter().zip(yargs).all(|(x, y)| identical(*x, *y)) && identical(xorig, yorig)
}

/// The type an untyped value takes by default (`Default`).
pub fn default_type(t: Ty) -> Ty {
    match t.basic_kind() {
        Some(BasicKind::UntypedBool) => typ(BasicKind::Bool),
        Some(BasicKind::UntypedInt) => typ(BasicKind::Int),
        Some(BasicKind::UntypedRune) => rune(),
        Some(BasicKind::UntypedFloat) => typ(BasicKind::Float64),
        Some(BasicKind::UntypedComplex) => typ(BasicKind::Complex128),
        Some(BasicKind::UntypedString) => typ(BasicKind::String),
        _ => t,
    }
}

/// The larger of two untyped numeric types, or the type if both are the same.
pub fn max_type(x: Ty, y: Ty) -> Option<Ty> {
    if x == y {
        return Some(x);
    }
    if is_untyped_numeric(x) && is_untyped_numeric(y) {
        return Some(if x.basic_kind() > y.basic_kind() { x } else { y });
    }
    None
}

/// Whether `s` is an identifier (keywords included).
pub fn is_valid_name(s: &str) -> bool {
    s.chars().enumerate().all(|(i, c)| c.is_alphabetic() || c == '_' || i > 0 && c.is_numeric())
}
