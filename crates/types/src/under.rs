//! Underlying types of type parameters (`under.go`).

use crate::predicates::identical;
use crate::types::{ChanDir, Term, Ty, TypeParam};

/// A reason that names types; made into text only when it is reported.
#[derive(Clone, Debug)]
pub struct TypeError {
    format: &'static str,
    args: [Option<Ty>; 2],
}

impl TypeError {
    /// No reason given.
    pub fn empty() -> Self {
        TypeError { format: "", args: [None; 2] }
    }
    pub fn msg(format: &'static str) -> Self {
        TypeError { format, args: [None; 2] }
    }
    /// `format` holds one `%s`.
    pub fn one(format: &'static str, t: Ty) -> Self {
        TypeError { format, args: [Some(t), None] }
    }
    /// `format` holds two `%s`.
    pub fn two(format: &'static str, t: Ty, u: Ty) -> Self {
        TypeError { format, args: [Some(t), Some(u)] }
    }
    /// The text, types shown by `show`.
    pub fn text(&self, show: &dyn Fn(Ty) -> String) -> String {
        let mut s = self.format.to_owned();
        for a in self.args.iter().flatten() {
            s = s.replacen("%s", &show(*a), 1);
        }
        s
    }
}

impl crate::check::Checker {
    /// Text of a reason.
    pub fn type_error(&self, e: &TypeError) -> String {
        e.text(&|t| self.ts(t))
    }
}

impl TypeParam {
    /// Whether `f` holds for all specific terms; asked once with `None` if there are no specific terms.
    pub fn is(&self, f: &mut dyn FnMut(Option<Term>) -> bool) -> bool {
        self.iface().type_set().is(f)
    }
    /// Whether `f(t, under t)` holds for all specific types; asked once with `None`s if there are none.
    pub fn typeset(&self, f: &mut dyn FnMut(Option<Ty>, Option<Ty>) -> bool) -> bool {
        self.iface().type_set().all(f)
    }
}

/// `all`: `f(t, under t)` for a type, or for all specific types of a type parameter.
pub fn all_types(t: Ty, f: &mut dyn FnMut(Option<Ty>, Option<Ty>) -> bool) -> bool {
    match t.as_type_param() {
        Some(p) => p.typeset(f),
        None => f(Some(t), Some(t.under())),
    }
}
/// The pairs that `typeset(t)` iterates over.
pub fn typeset(t: Ty) -> Vec<(Option<Ty>, Option<Ty>)> {
    let mut v = Vec::new();
    all_types(t, &mut |t, u| {
        v.push((t, u));
        true
    });
    v
}
/// `underIs`.
pub fn under_is(t: Ty, f: &mut dyn FnMut(Option<Ty>) -> bool) -> bool {
    all_types(t, &mut |_, u| f(u))
}

/// Extra condition of [`common_under`] on a type and its underlying type.
pub type Cond<'a> = &'a mut dyn FnMut(Ty, Option<Ty>) -> Result<(), TypeError>;

/// The underlying type common to all types of `t`'s type set (channels may differ in direction), if there is one.
pub fn common_under(t: Ty, mut cond: Option<Cond<'_>>) -> Result<Ty, TypeError> {
    let mut common: Option<(Ty, Ty)> = None;
    for (st, su) in typeset(t) {
        if let Some(c) = &mut cond {
            c(st.unwrap_or(t), su)?;
        }
        let (Some(t), Some(u)) = (st, su) else { return Err(TypeError::msg("no specific type")) };
        let Some((ct, cu)) = common else {
            common = Some((t, u));
            continue;
        };
        if let (Some((cdir, celem)), Some((dir, elem))) = (cu.as_chan(), u.as_chan()) {
            if !identical(celem, elem) {
                return Err(TypeError::two("channels %s and %s have different element types", ct, t));
            }
            if cdir == dir {
            } else if cdir == ChanDir::Both {
                common = Some((t, u));
            } else if dir != ChanDir::Both {
                return Err(TypeError::two("channels %s and %s have conflicting directions", ct, t));
            }
            continue;
        }
        if !identical(cu, u) {
            return Err(TypeError::two("%s and %s have different underlying types", ct, t));
        }
    }
    common.map(|c| c.1).ok_or(TypeError::msg("no specific type"))
}

/// The core type, if there is one.
pub fn core_type(t: Ty) -> Option<Ty> {
    common_under(t, None).ok()
}
