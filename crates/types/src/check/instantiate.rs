//! Satisfaction of constraints and implementation of interfaces (`instantiate.go`).

use super::Checker;
use crate::codes::Code;
use crate::lookup::is_interface_ptr;
use crate::predicates::{comparable_type, identical};
use crate::sprintf;
use crate::subst::{SubstMap, subst};
use crate::types::{Interface, Ty, TyKind};
use crate::typeset::term_includes;
use crate::typestring::{full_qualifier, type_string};
use crate::version::go1;
use goxide_base::{FxHashSet, Pos};

impl Checker {
    /// Reports a wrong number of type arguments.
    pub(crate) fn validate_targ_len(&mut self, pos: Pos, name: &str, want: usize, got: usize) -> bool {
        let qual = match got.cmp(&want) {
            std::cmp::Ordering::Less => "not enough",
            std::cmp::Ordering::Greater => "too many",
            std::cmp::Ordering::Equal => return true,
        };
        let msg = format!("{qual} type arguments for type {name}: have {got}, want {want}");
        self.error(pos, Code::WrongTypeArgCount, msg);
        false
    }

    /// Whether type arguments satisfy their constraints; if not, which does not and why.
    pub(crate) fn verify(&mut self, _pos: Pos, tparams: &[Ty], targs: &[Ty]) -> Result<(), (usize, String)> {
        let m = SubstMap::new(tparams, targs);
        for (i, t) in tparams.iter().enumerate() {
            let p = t.as_type_param().expect("type parameter");
            // Makes the bound an interface.
            p.iface();
            let bound = subst(p.bound(), &m);
            let mut cause = String::new();
            if !self.implements(targs[i], bound, true, Some(&mut cause)) {
                return Err((i, cause));
            }
        }
        Ok(())
    }

    /// Whether `v` implements (or satisfies the constraint) `t`.
    pub(crate) fn implements(&mut self, v: Ty, t: Ty, constraint: bool, cause: Option<&mut String>) -> bool {
        let mut text = String::new();
        let ok = self.implements1(v, t, constraint, cause.is_some().then_some(&mut text));
        if let Some(c) = cause
            && !ok
        {
            *c = text;
        }
        ok
    }

    fn implements1(&mut self, v: Ty, t: Ty, constraint: bool, mut cause: Option<&mut String>) -> bool {
        let (vu, tu) = (v.under(), t.under());
        if !vu.is_valid() || !tu.is_valid() {
            return true;
        }
        if vu.as_pointer().is_some_and(|b| !b.under().is_valid()) {
            return true;
        }
        let verb = if constraint { "satisfy" } else { "implement" };
        let Some(ti) = tu.as_interface() else {
            if let Some(c) = cause {
                let detail = if is_interface_ptr(tu) {
                    self.interface_ptr_error(t)
                } else {
                    sprintf!(self, "{} is not an interface", t)
                };
                *c = sprintf!(self, "{} does not {} {} ({})", v, verb, t, detail);
            }
            return false;
        };
        if ti.is_empty() {
            return true;
        }
        let vi = vu.as_interface();
        if vi.is_some_and(|i| i.type_set().is_empty()) {
            return true;
        }
        if ti.type_set().is_empty() {
            if let Some(c) = cause {
                *c = sprintf!(self, "cannot {} {} (empty type set)", verb, t);
            }
            return false;
        }
        if !self.has_all_methods(v, t, true, &mut |_, x, y| identical(x, y), cause.as_deref_mut()) {
            if let Some(c) = cause {
                *c = sprintf!(self, "{} does not {} {} {}", v, verb, t, c.as_str());
            }
            return false;
        }
        if !ti.type_set().has_terms() {
            return self.check_comparability(v, ti, constraint, verb, cause);
        }
        if let Some(vi) = vi {
            if !vi.type_set().subset_of(ti.type_set()) {
                if let Some(c) = cause {
                    *c = sprintf!(self, "{} does not {} {}", v, verb, t);
                }
                return false;
            }
            return self.check_comparability(v, ti, constraint, verb, cause);
        }
        // Is there a term that includes v? If not, would one with a tilde?
        let mut alt = None;
        let none = ti.type_set().is(&mut |x| {
            let Some(mut x) = x else { return true };
            if term_includes(x, v) {
                return false;
            }
            if alt.is_none() && !x.tilde && identical(x.ty, x.ty.under()) {
                x.tilde = true;
                if term_includes(x, v) {
                    alt = Some(x.ty);
                }
            }
            true
        });
        if none {
            if let Some(c) = cause {
                let detail = if let Some(a) = alt {
                    sprintf!(self, "possibly missing ~ for {} in {}", a, t)
                } else if mentions(tu, v) {
                    sprintf!(self, "{} mentions {}, but {} is not in the type set of {}", t, v, v, t)
                } else {
                    let terms: Vec<String> = ti
                        .type_set()
                        .terms
                        .iter()
                        .map(|x| {
                            let s = x.ty.map_or("𝓤".to_owned(), |t| type_string(t, &full_qualifier));
                            format!("{}{s}", if x.tilde { "~" } else { "" })
                        })
                        .collect();
                    sprintf!(self, "{} missing in {}", v, terms.join(" | "))
                };
                *c = sprintf!(self, "{} does not {} {} ({})", v, verb, t, detail);
            }
            return false;
        }
        self.check_comparability(v, ti, constraint, verb, cause)
    }

    fn check_comparability(
        &mut self,
        v: Ty,
        ti: &'static Interface,
        constraint: bool,
        verb: &str,
        cause: Option<&mut String>,
    ) -> bool {
        if !ti.type_set().is_comparable(&mut FxHashSet::default()) {
            return true;
        }
        if comparable_type(v, false).is_none() {
            return true;
        }
        // Since Go 1.20 ordinary interfaces satisfy comparable although comparing may panic.
        if constraint && comparable_type(v, true).is_none() {
            if self.allow_version(go1(20)) {
                return true;
            }
            if let Some(c) = cause {
                *c = sprintf!(self, "{} to {} comparable requires go1.20 or later", v, verb);
            }
            return false;
        }
        if let Some(c) = cause {
            *c = sprintf!(self, "{} does not {} comparable", v, verb);
        }
        false
    }
}

/// Whether `t` mentions `typ` in its elements.
fn mentions(t: Ty, typ: Ty) -> bool {
    match t.kind() {
        TyKind::Interface(i) => i.embeddeds().iter().any(|e| mentions(*e, typ)),
        TyKind::Union(v) => v.iter().any(|x| mentions(x.ty, typ)),
        _ => identical(t, typ),
    }
}
