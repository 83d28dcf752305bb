//! Variables initialised by `//go:embed`: strings, byte slices, and `embed.FS` (laid out as `embed/embed.go` reads it).

use crate::layout::*;
use crate::names;
use crate::program::Program;
use crate::staticinit::Image;
use goxide_ssa::{DataDef, Section, Sym, SymKind};
use goxide_syntax::ast::{Decl, File};
use goxide_types::{CheckedPackage, Obj, Ty};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of one variable, by slash-separated path relative to the package.
pub type Files = BTreeMap<String, Arc<[u8]>>;

/// The variables of a package that have `//go:embed` lines, with their patterns.
pub fn variables(cp: &CheckedPackage) -> Vec<(Obj, Vec<String>)> {
    let mut out = Vec::new();
    for f in &cp.files {
        let f: &File = f;
        for d in &f.decls {
            let Decl::Var(v) = d else { continue };
            if v.pragma.embeds.is_empty() || v.names.len() != 1 {
                continue;
            }
            if let Some(&o) = cp.info.defs.get(v.names[0].id) {
                let patterns = v.pragma.embeds.iter().flat_map(|e| e.patterns.iter().map(|p| p.1.clone()));
                out.push((o, patterns.collect()));
            }
        }
    }
    out
}

/// Directory and last element of an entry's name; directories end in a slash.
fn split(name: &str) -> (&str, &str) {
    let name = name.strip_suffix('/').unwrap_or(name);
    match name.rfind('/') {
        Some(i) => (&name[..i], &name[i + 1..]),
        None => (".", name),
    }
}

/// Fills in the variable's value; gives what it points to.
pub fn value(_prog: &Program, sym: Sym, t: Ty, files: &Files, img: &mut Image) -> Vec<DataDef> {
    let mut out = Vec::new();
    if is_string(t) || is_slice(t) {
        let data = files.values().next().cloned().unwrap_or_default();
        let n = (data.len() as u64).to_le_bytes();
        if data.is_empty() {
            return out;
        }
        if is_string(t) {
            img.reloc(0, names::string_sym(&data), 0);
        } else {
            // The slice may be written to.
            let s = Sym::intern(&format!("{}..embed", sym.name()), SymKind::Data);
            out.push(DataDef {
                sym: s,
                section: Section::NoptrData,
                align: 1,
                size: data.len() as u64,
                bytes: data.to_vec(),
                relocs: Vec::new(),
                ptrmask: Vec::new(),
            });
            img.reloc(0, s, 0);
            img.put(16, &n);
        }
        img.put(8, &n);
        return out;
    }
    // embed.FS: a pointer to a slice of {name, data string; hash [16]byte}, directories included, sorted.
    type Content<'a> = Option<&'a Arc<[u8]>>; // none: a directory
    let mut list: BTreeMap<(String, String), (String, Content<'_>)> = BTreeMap::new();
    let mut add = |name: String, data| {
        let (d, e) = split(&name);
        list.insert((d.to_owned(), e.to_owned()), (name.clone(), data));
    };
    for (name, data) in files {
        add(name.clone(), Some(data));
        let mut dir = split(name).0;
        while dir != "." {
            add(format!("{dir}/"), None);
            dir = split(dir).0;
        }
    }
    let s = Sym::intern(&format!("{}.files", sym.name()), SymKind::Data);
    let mut inner = Image::new(24 + 48 * list.len() as u64);
    let n = (list.len() as u64).to_le_bytes();
    inner.reloc(0, s, 24);
    inner.put(8, &n);
    inner.put(16, &n);
    for (i, (name, data)) in list.values().enumerate() {
        let at = 24 + 48 * i as u64;
        inner.reloc(at, names::string_sym(name.as_bytes()), 0);
        inner.put(at + 8, &(name.len() as u64).to_le_bytes());
        if let Some(d) = data.filter(|d| !d.is_empty()) {
            inner.reloc(at + 16, names::string_sym(d), 0);
            inner.put(at + 24, &(d.len() as u64).to_le_bytes());
        }
    }
    out.push(DataDef {
        sym: s,
        section: Section::Rodata,
        align: 8,
        size: inner.bytes.len() as u64,
        bytes: inner.bytes,
        relocs: inner.relocs,
        ptrmask: Vec::new(),
    });
    img.reloc(0, s, 0);
    out
}
