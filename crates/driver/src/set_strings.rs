//! `-ldflags=-X path.name=value`: string variables get their values before the link.

use goxide_codegen::rttype;
use goxide_ssa::{DataDef, DataReloc, DataRelocKind, Section, Sym, SymKind};

/// Sets the variables that are among `data`; what is no string variable, or not reached, is passed over, as gc's linker
/// does. A later setting of the same variable wins.
pub fn apply(settings: &[(String, String)], data: &mut Vec<DataDef>) {
    for (name, value) in settings {
        let Some(sym) = Sym::find(name).filter(|s| matches!(s.kind(), SymKind::Global(_))) else { continue };
        let Some(d) = data.iter_mut().find(|d| d.sym == sym && d.size == 16) else { continue };
        // a string variable is zero, or points at constant bytes
        let constant = d.relocs.iter().all(|r| r.off == 0 && matches!(r.target.kind(), SymKind::Str(_)));
        let SymKind::Global(o) = sym.kind() else { continue };
        if !constant || d.relocs.len() > 1 || !goxide_ssagen::layout::is_string(o.ty()) {
            continue;
        }
        d.bytes = [0u64.to_le_bytes(), (value.len() as u64).to_le_bytes()].concat();
        d.section = Section::Data;
        d.ptrmask = vec![1];
        d.relocs.clear();
        if !value.is_empty() {
            let text = Sym::intern(&format!("go:string.{name}.{value}"), SymKind::Str(value.as_bytes().into()));
            d.relocs.push(DataReloc { off: 0, kind: DataRelocKind::Abs64, target: text, addend: 0 });
            if !data.iter().any(|d| d.sym == text) {
                data.push(rttype::string(text, value.as_bytes()));
            }
        }
    }
}
