//! Constraint interfaces of type parameters (`typeparam.go`).

use crate::late::leak_vec;
use crate::predicates::is_type_param;
use crate::types::{BasicKind, IfaceData, Interface, Ty, TyKind, TypeParam};
use crate::universe::empty_interface;

/// The constraint as an interface; other constraints are wrapped, once.
pub(crate) fn iface(t: &TypeParam) -> &'static Interface {
    let Some(bound) = t.bound_opt() else { return empty_interface() };
    match bound.under().kind() {
        TyKind::Basic(b) if b.kind == BasicKind::Invalid => empty_interface(),
        TyKind::Interface(_) if is_type_param(bound) => empty_interface(),
        TyKind::Interface(i) => i,
        _ => {
            let w = Ty::new_interface();
            let i = w.as_interface().expect("interface");
            i.set(IfaceData { methods: &[], embeddeds: leak_vec(vec![bound]), embed_pos: &[], methods_only: false });
            i.mark_implicit();
            t.set_bound(w);
            i
        }
    }
}

/// Numbers the type parameters of a list.
pub fn bind_tparams(list: Vec<Ty>) -> &'static [Ty] {
    for (i, t) in list.iter().enumerate() {
        t.as_type_param().expect("type parameter").set_index(i);
    }
    leak_vec(list)
}
