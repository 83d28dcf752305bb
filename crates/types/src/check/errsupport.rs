//! Texts about failed look-ups (`errsupport.go`).

use super::Checker;
use crate::object::Obj;
use crate::predicates::is_type_param;
use crate::sprintf;
use crate::types::Ty;
use goxide_base::Name;

/// How what was found under another spelling relates to the selector.
#[derive(PartialEq)]
enum Case {
    Missing,
    Misspelled,
    Unexported,
    Inaccessible,
}

fn tail(s: &str) -> &str {
    s.char_indices().nth(1).map_or("", |(i, _)| &s[i..])
}

impl Checker {
    pub(crate) fn interface_ptr_error(&self, t: Ty) -> String {
        if t.under().as_pointer().is_some_and(is_type_param) {
            return sprintf!(self, "type {} is pointer to type parameter, not type parameter", t);
        }
        sprintf!(self, "type {} is pointer to interface, not interface", t)
    }

    /// Why `typ` has no `sel`; `obj` is what differs from it in case only, if anything does.
    pub(crate) fn lookup_error(&self, typ: Ty, sel: &str, obj: Option<Obj>, struct_lit: bool) -> String {
        let exported = |s: &str| Name::new(s).is_exported();
        let mut case = Case::Missing;
        let mut alt = "";
        if let Some(o) = obj {
            alt = o.name().as_str();
            if o.pkg() == Some(self.pkg) {
                case = Case::Misspelled;
            } else if exported(sel) {
                if exported(alt) {
                    case = Case::Misspelled;
                } else if tail(sel) == tail(alt) {
                    case = Case::Unexported;
                }
            } else if exported(alt) {
                if tail(sel) == tail(alt) {
                    case = Case::Misspelled;
                }
            } else if sel == alt {
                case = Case::Inaccessible;
            }
        }
        if struct_lit {
            let unknown = sprintf!(self, "unknown field {} in struct literal of type {}", sel, typ);
            return match case {
                Case::Missing => unknown,
                Case::Misspelled => format!("{unknown}, but does have {alt}"),
                Case::Unexported => format!("{unknown}, but does have unexported {alt}"),
                Case::Inaccessible => {
                    sprintf!(self, "cannot refer to unexported field {} in struct literal of type {}", alt, typ)
                }
            };
        }
        let what = match obj {
            Some(o) if o.is_var() => "field",
            Some(o) if o.is_func() => "method",
            _ => "object",
        };
        let none = sprintf!(self, "type {} has no field or method {}", typ, sel);
        match case {
            Case::Missing => none,
            Case::Misspelled => format!("{none}, but does have {what} {alt}"),
            Case::Unexported => format!("{none}, but does have unexported {what} {alt}"),
            Case::Inaccessible => format!("cannot refer to unexported {what} {alt}"),
        }
    }
}
