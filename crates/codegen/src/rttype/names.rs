//! Encoded names (`abi.Name`).

use super::data;
use goxide_ssa::sym::{DataDef, DataReloc, DataRelocKind, Section};
use goxide_ssa::{Sym, SymKind};

const EXPORTED: u8 = 1;
const TAG: u8 = 2;
const PKG_PATH: u8 = 4;
const EMBEDDED: u8 = 8;

/// What a name says.
#[derive(Clone, Copy, Default)]
pub struct Name<'a> {
    pub text: &'a str,
    pub tag: &'a str,
    pub exported: bool,
    pub embedded: bool,
    /// Package path of an unexported name, where it has to be stored.
    pub pkg: Option<&'a str>,
}

fn put_len(b: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        b.push(n as u8 | 0x80);
        n >>= 7;
    }
    b.push(n as u8);
}

/// The data of a name; equal names share a symbol. Definitions are pushed to `out`.
pub fn name(n: Name<'_>, out: &mut Vec<DataDef>) -> Sym {
    let pkg = n.pkg.map(|p| name(Name { text: p, ..Name::default() }, out));
    let flags = if n.exported { EXPORTED } else { 0 }
        | if n.tag.is_empty() { 0 } else { TAG }
        | if pkg.is_some() { PKG_PATH } else { 0 }
        | if n.embedded { EMBEDDED } else { 0 };
    let sym = format!("type:.namedata.{flags}.{}\u{0}{}\u{0}{}", n.text, n.tag, n.pkg.unwrap_or(""));
    let s = Sym::intern(&sym, SymKind::Data);
    let mut d = data(s, Section::Types, 1);
    d.bytes.push(flags);
    put_len(&mut d.bytes, n.text.len());
    d.bytes.extend_from_slice(n.text.as_bytes());
    if !n.tag.is_empty() {
        put_len(&mut d.bytes, n.tag.len());
        d.bytes.extend_from_slice(n.tag.as_bytes());
    }
    if let Some(p) = pkg {
        let off = d.bytes.len() as u32;
        d.relocs.push(DataReloc { off, kind: DataRelocKind::TypeOff, target: p, addend: 0 });
        d.bytes.extend([0; 4]);
    }
    d.size = d.bytes.len() as u64;
    out.push(d);
    s
}
