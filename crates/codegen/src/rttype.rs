use goxide_ssa::{Sym, SymKind};
use goxide_types::Ty;
/// The descriptor of a canonical type.
pub fn type_sym(t: Ty) -> Sym {
    Sym::intern(&format!("type:{}", goxide_types::typenames::link_string(t)), SymKind::TypeDesc(t))
}
