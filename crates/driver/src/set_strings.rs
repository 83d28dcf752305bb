//! `-ldflags=-X path.name=value`: string variables get their values before the link.

use goxide_codegen::rttype;
use goxide_ssa::{DataDef, DataReloc, DataRelocKind, Section, Sym, SymKind};

/// Sets the variables that are among `data`; what is not reached or has an initialiser that must run is passed over, as
/// gc's linker does; what is no string variable is an error. A later setting of the same variable wins.
pub fn apply(settings: &[(String, String)], data: &mut Vec<DataDef>) -> Vec<String> {
    let mut errors = Vec::new();
    for (name, value) in settings {
        let Some(sym) = Sym::find(name).filter(|s| matches!(s.kind(), SymKind::Global(_))) else { continue };
        if let SymKind::Global(o) = sym.kind()
            && !goxide_ssagen::layout::is_string(o.ty())
            && data.iter().any(|d| d.sym == sym)
        {
            errors.push(format!("{name}: cannot set with -X: not a var of type string (type:{})", o.ty()));
            continue;
        }
        let Some(d) = data.iter_mut().find(|d| d.sym == sym && d.size == 16) else { continue };
        // a string variable is zero, or points at constant bytes
        let constant = d.relocs.iter().all(|r| r.off == 0 && matches!(r.target.kind(), SymKind::Str(_)));
        if !constant || d.relocs.len() > 1 {
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
    errors
}
