//! Missing methods and failed look-ups, with reasons (`lookup.go`, `errsupport.go`).

use super::Checker;
use crate::lookup::{has_invalid_embedded_fields, is_interface_ptr, lookup_impl};
use crate::object::Obj;
use crate::predicates::{identical, is_interface};
use crate::sprintf;
use crate::types::{Ty, TyKind};
use crate::typestring::{TypeWriter, full_qualifier};

enum State {
    NotFound,
    WrongName(Obj),
    Unexported,
    WrongSig(Obj),
    AmbigSel,
    PtrRecv,
    Field,
}

/// How method signatures are compared.
pub(crate) type Equivalent<'a> = &'a mut dyn FnMut(&mut Checker, Ty, Ty) -> bool;

impl Checker {
    /// The method of interface `t` that `v` lacks, and whether it has one of the wrong type or with a pointer receiver.
    /// If `v` is an interface, methods may be missing unless `static_`.
    pub(crate) fn missing_method(
        &mut self,
        v: Ty,
        t: Ty,
        static_: bool,
        equivalent: Equivalent<'_>,
        cause: Option<&mut String>,
    ) -> Option<(Obj, bool)> {
        let methods = t.under().as_interface()?.type_set().methods;
        let mut found = None;
        if let TyKind::Interface(vi) = v.under().kind() {
            for m in methods {
                match vi.type_set().lookup_method(m.pkg(), m.name(), false) {
                    None if !static_ => {}
                    None => {
                        found = Some((*m, State::NotFound));
                        break;
                    }
                    Some((_, f)) => {
                        if !equivalent(self, f.ty(), m.ty()) {
                            found = Some((*m, State::WrongSig(f)));
                            break;
                        }
                    }
                }
            }
        } else {
            for m in methods {
                let l = lookup_impl(v, false, m.pkg(), m.name(), false);
                let Some(f) = l.obj else {
                    let state = if l.index.is_some() {
                        State::AmbigSel
                    } else if l.indirect {
                        State::PtrRecv
                    } else {
                        match lookup_impl(v, false, m.pkg(), m.name(), true).obj.filter(|o| o.is_func()) {
                            Some(f) if f.name() == m.name() => State::Unexported,
                            Some(f) => State::WrongName(f),
                            None => State::NotFound,
                        }
                    };
                    found = Some((*m, state));
                    break;
                };
                if !f.is_func() {
                    found = Some((*m, State::Field));
                    break;
                }
                // Methods may not have a fully set up signature yet.
                self.obj_decl(f);
                if !equivalent(self, f.ty(), m.ty()) {
                    found = Some((*m, State::WrongSig(f)));
                    break;
                }
            }
        }
        let (m, state) = found?;
        let wrong_type = matches!(state, State::WrongSig(_) | State::PtrRecv);
        if let Some(cause) = cause {
            *cause = self.missing_cause(v, t, m, state);
        }
        Some((m, wrong_type))
    }

    fn missing_cause(&mut self, v: Ty, t: Ty, m: Obj, state: State) -> String {
        let name = m.name();
        match state {
            State::NotFound if is_interface_ptr(v) => format!("({})", self.interface_ptr_error(v)),
            State::NotFound if is_interface_ptr(t) => format!("({})", self.interface_ptr_error(t)),
            State::NotFound => format!("(missing method {name})"),
            State::WrongName(f) => {
                self.obj_decl(f);
                let (fs, ms) = (self.func_string(f, false), self.func_string(m, false));
                format!("(missing method {name})\n\t\thave {fs}\n\t\twant {ms}")
            }
            State::Unexported => format!("(unexported method {name})"),
            State::WrongSig(f) => {
                let (mut fs, mut ms) = (self.func_string(f, false), self.func_string(m, false));
                if fs == ms {
                    // Don't report "want Foo, have Foo".
                    (fs, ms) = (self.func_string(f, true), self.func_string(m, true));
                }
                if fs == ms {
                    return format!("(wrong type for method {name})");
                }
                format!("(wrong type for method {name})\n\t\thave {fs}\n\t\twant {ms}")
            }
            State::AmbigSel => sprintf!(self, "(ambiguous selector {}.{})", v, name),
            State::PtrRecv => format!("(method {name} has pointer receiver)"),
            State::Field => sprintf!(self, "({}.{} is a field, not a method)", v, name),
        }
    }

    /// As `missing_method`, but invalid types and embedded fields are assumed to have everything.
    pub(crate) fn has_all_methods(
        &mut self,
        v: Ty,
        t: Ty,
        static_: bool,
        equivalent: Equivalent<'_>,
        cause: Option<&mut String>,
    ) -> bool {
        if !v.is_valid() {
            return true;
        }
        self.missing_method(v, t, static_, equivalent, cause).is_none() || has_invalid_embedded_fields(v)
    }

    fn func_string(&self, f: Obj, pkg_info: bool) -> String {
        let local = |p| self.qualifier(p);
        let mut w = TypeWriter::new(if pkg_info { &full_qualifier } else { &local });
        w.buf.push_str(f.name().as_str());
        w.pkg_info = pkg_info;
        w.param_names = false;
        if let Some(s) = f.sig_opt() {
            w.signature(s);
        }
        w.buf
    }

    /// Whether a value of interface type `v` can be asserted to have type `t`.
    pub(crate) fn assertable_to(&mut self, v: Ty, t: Ty, cause: Option<&mut String>) -> bool {
        // No static check is required if t is an interface.
        is_interface(t) || self.has_all_methods(t, v, false, &mut |_, x, y| identical(x, y), cause)
    }
}
