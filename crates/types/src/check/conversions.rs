//! Conversions `T(x)` (`conversions.go`).

use super::Checker;
use super::Operand;
use super::const_::representable_const;
use crate::codes::Code;
use crate::constant::{self, Value};
use crate::info::Mode;
use crate::predicates::*;
use crate::types::{BasicKind, Ty, TyKind};
use crate::under::under_is;
use crate::version::go1;

/// The constant `x` as a value of basic type `t` (or of a type whose underlying type is basic).
fn const_convertible(x: &Operand, t: Ty) -> Option<Value> {
    let u = t.under();
    u.as_basic()?;
    if let Some(v) = representable_const(&x.val, u) {
        return Some(v);
    }
    if is_integer(x.typ) && is_string(u) {
        let c = x
            .val
            .uint64_val()
            .and_then(|v| u32::try_from(v).ok())
            .and_then(char::from_u32)
            .unwrap_or(char::REPLACEMENT_CHARACTER);
        return Some(constant::make_string(c.encode_utf8(&mut [0; 4]).as_bytes()));
    }
    None
}

impl Checker {
    /// Checks the conversion of `x` to `t` and leaves the result in `x`.
    pub(crate) fn conversion(&mut self, x: &mut Operand, t: Ty) {
        let const_arg = x.mode == Mode::Constant;
        let mut ok = false;
        let mut cause = String::new();
        if const_arg && is_const_type(t) {
            match const_convertible(x, t) {
                Some(v) => {
                    x.val = v;
                    ok = true;
                }
                None if is_integer(x.typ) && is_integer(t) => {
                    let msg = format!("constant {} overflows {}", &x.val, self.ts(t));
                    self.error(&*x, Code::InvalidConversion, msg);
                    x.invalidate();
                    return;
                }
                None => {}
            }
        } else if const_arg && is_type_param(t) {
            // It must be convertible to every type of the type set.
            ok = under_is(t, &mut |u| {
                let Some(u) = u else {
                    cause = format!("{} does not contain specific types", self.ts(t));
                    return false;
                };
                if is_string(x.typ) && is_bytes_or_runes(u) || const_convertible(x, u).is_some() {
                    return true;
                }
                cause = if is_integer(x.typ) && is_integer(u) {
                    format!("constant {} overflows {} (in {})", &x.val, self.ts(u), self.ts(t))
                } else {
                    format!("cannot convert {} to type {} (in {})", self.os(x), self.ts(u), self.ts(t))
                };
                false
            });
            x.mode = Mode::Value; // type parameters are not constant types
        } else if self.convertible_to(x, t, Some(&mut cause)) {
            ok = true;
            x.mode = Mode::Value;
        }
        if !ok {
            let mut msg = format!("cannot convert {} to type {}", self.os(x), self.ts(t));
            if !cause.is_empty() {
                msg = format!("{msg}: {cause}");
            }
            self.error(&*x, Code::InvalidConversion, msg);
            x.invalidate();
            return;
        }
        // The argument's type is final now: for an untyped value it is the target's, or the default where the target
        // cannot hold a constant.
        if is_untyped(x.typ) {
            let nil = x.typ.as_basic().is_some_and(|b| b.kind == BasicKind::UntypedNil);
            let mut fin = t;
            if nil {
            } else if is_non_type_param_interface(t) || const_arg && !is_const_type(t) {
                fin = default_type(x.typ);
            } else if x.mode == Mode::Constant && is_integer(x.typ) && all_string(t) {
                fin = x.typ;
            }
            self.update_expr_type(x.expr, fin, true);
        }
        x.typ = t;
    }

    /// Whether a non-constant `x` can be converted to `t`; may give a cause if not.
    pub(crate) fn convertible_to(&mut self, x: &Operand, t: Ty, mut cause: Option<&mut String>) -> bool {
        if self.assignable_to(x, t, cause.as_deref_mut()).is_ok() {
            return true;
        }
        let orig = t;
        let (v, t) = (x.typ.unalias(), t.unalias());
        let (vu, tu) = (v.under(), t.under());
        let (vp, tp) = (v.as_type_param(), t.as_type_param());
        let generic = vp.is_some() || tp.is_some();
        if !generic && identical_ignore_tags(vu, tu) {
            return true;
        }
        if let (Some(a), Some(b)) = (v.as_pointer(), t.as_pointer())
            && !is_type_param(a)
            && !is_type_param(b)
            && identical_ignore_tags(a.under(), b.under())
        {
            return true;
        }
        if is_integer_or_float(vu) && is_integer_or_float(tu) || is_complex(vu) && is_complex(tu) {
            return true;
        }
        if (is_integer(vu) || is_bytes_or_runes(vu)) && is_string(tu) || is_string(vu) && is_bytes_or_runes(tu) {
            return true;
        }
        if (is_pointer(vu) || is_uintptr(vu)) && is_unsafe_pointer(tu)
            || is_unsafe_pointer(vu) && (is_pointer(tu) || is_uintptr(tu))
        {
            return true;
        }
        // A slice to an array or pointer to array with the same elements.
        if let Some(elem) = vu.as_slice() {
            let (arr, min, what) = match tu.kind() {
                TyKind::Array(a) => (Some(a), go1(20), "conversion of slice to array requires go1.20 or later"),
                TyKind::Pointer(p) => (
                    p.base.under().as_array(),
                    go1(17),
                    "conversion of slice to array pointer requires go1.17 or later",
                ),
                _ => (None, go1(17), ""),
            };
            if arr.is_some_and(|a| identical(elem, a.elem)) {
                if self.allow_version(min) {
                    return true;
                }
                if let Some(c) = cause {
                    *c = what.to_owned();
                }
                return false;
            }
        }
        if !generic {
            return false;
        }

        let mut local = String::new();
        let add = |cause: &mut String, msg: String| {
            *cause = if cause.is_empty() { msg } else { format!("{msg}\n\t{cause}") };
        };
        let ok = match (vp, tp) {
            (Some(vp), Some(tp)) => vp.is(&mut |vt| {
                let Some(vt) = vt else { return false };
                let y = Operand { typ: vt.ty, ..x.clone() };
                tp.is(&mut |tt| {
                    let Some(tt) = tt else { return false };
                    if self.convertible_to(&y, tt.ty, Some(&mut local)) {
                        return true;
                    }
                    let msg = format!(
                        "cannot convert {} (in {}) to type {} (in {})",
                        self.ts(vt.ty),
                        self.ts(vp.ty()),
                        self.ts(tt.ty),
                        self.ts(tp.ty())
                    );
                    add(&mut local, msg);
                    false
                })
            }),
            (Some(vp), None) => vp.is(&mut |vt| {
                let Some(vt) = vt else { return false };
                let y = Operand { typ: vt.ty, ..x.clone() };
                if self.convertible_to(&y, t, Some(&mut local)) {
                    return true;
                }
                let msg =
                    format!("cannot convert {} (in {}) to type {}", self.ts(vt.ty), self.ts(vp.ty()), self.ts(orig));
                add(&mut local, msg);
                false
            }),
            (None, Some(tp)) => tp.is(&mut |tt| {
                let Some(tt) = tt else { return false };
                if self.convertible_to(x, tt.ty, Some(&mut local)) {
                    return true;
                }
                let msg =
                    format!("cannot convert {} to type {} (in {})", self.ts(x.typ), self.ts(tt.ty), self.ts(tp.ty()));
                add(&mut local, msg);
                false
            }),
            (None, None) => false,
        };
        if let Some(c) = cause
            && !local.is_empty()
        {
            *c = local;
        }
        ok
    }
}

pub(crate) fn is_uintptr(t: Ty) -> bool {
    t.under().as_basic().is_some_and(|b| b.kind == BasicKind::Uintptr)
}

pub(crate) fn is_unsafe_pointer(t: Ty) -> bool {
    t.under().as_basic().is_some_and(|b| b.kind == BasicKind::UnsafePointer)
}

pub(crate) fn is_pointer(t: Ty) -> bool {
    t.under().as_pointer().is_some()
}

pub(crate) fn is_bytes_or_runes(t: Ty) -> bool {
    let elem = t.under().as_slice().and_then(|e| e.under().as_basic());
    elem.is_some_and(|b| matches!(b.kind, BasicKind::Uint8 | BasicKind::Int32))
}
