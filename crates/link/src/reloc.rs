//! Relocations: of code, of data, of the runtime's objects.

use crate::Input;
use crate::gotables::Image;
use crate::layout::Layout;
use crate::object::Kind;
use crate::symbols::Addresses;
use goxide_codegen::CodeRelocKind;
use goxide_ssa::sym::{DataRelocKind, Section as S};

const R_64: u32 = 1;
const R_PC32: u32 = 2;
const R_PLT32: u32 = 4;
pub const GOTPCREL: u32 = 9;
const R_32: u32 = 10;
const R_32S: u32 = 11;
const R_PC64: u32 = 24;
pub const GOTPCRELX: u32 = 41;
pub const REX_GOTPCRELX: u32 = 42;

/// Most errors reported, as gc's linker does.
const MAX_ERRORS: usize = 20;

struct Errors(Vec<String>);

impl Errors {
    fn undefined(&mut self, referrer: &str, target: &str) {
        self.push(format!("{referrer}: relocation target {target} not defined"));
    }
    fn push(&mut self, e: String) {
        if !self.0.contains(&e) {
            self.0.push(e);
        }
    }
}

fn put32(b: &mut [u8], at: usize, v: i64, e: &mut Errors, who: &str) {
    match i32::try_from(v) {
        Ok(x) => b[at..at + 4].copy_from_slice(&x.to_le_bytes()),
        Err(_) => e.push(format!("{who}: relocation does not fit in 32 bits")),
    }
}

/// Applies all relocations.
pub fn apply(input: &Input, l: &Layout, a: &Addresses, mut im: Image) -> Result<Image, Vec<String>> {
    let mut e = Errors(Vec::new());
    for (b, &off) in input.code.iter().zip(&l.code) {
        for r in &b.relocs {
            let target = a.sym(r.target);
            if target == 0 {
                e.undefined(b.sym.name(), r.target.name());
                continue;
            }
            let at = off as usize + r.off as usize;
            let value = target as i64 + r.addend;
            match r.kind {
                CodeRelocKind::Pc32 => {
                    put32(&mut im.text, at, value - (l.text.addr as i64 + at as i64), &mut e, b.sym.name())
                }
                CodeRelocKind::Abs64 => im.text[at..at + 8].copy_from_slice(&value.to_le_bytes()),
            }
        }
    }
    for (d, &(sec, off)) in input.data.iter().zip(&l.data) {
        let to = match sec {
            S::Types => &mut im.types,
            S::Rodata => &mut im.rodata,
            S::Data => &mut im.data,
            S::NoptrData => &mut im.noptrdata,
            S::Bss | S::NoptrBss => {
                if !d.relocs.is_empty() {
                    e.push(format!("{}: relocation in zero-initialised data", d.sym.name()));
                }
                continue;
            }
        };
        for r in &d.relocs {
            let target = a.sym(r.target);
            let at = off as usize + r.off as usize;
            if target == 0 {
                if r.kind == DataRelocKind::MethodOff {
                    to[at..at + 4].copy_from_slice(&(-1i32).to_le_bytes());
                } else {
                    e.undefined(d.sym.name(), r.target.name());
                }
                continue;
            }
            let value = target as i64 + r.addend;
            match r.kind {
                DataRelocKind::Abs64 => to[at..at + 8].copy_from_slice(&value.to_le_bytes()),
                DataRelocKind::TypeOff => put32(to, at, value - l.types.addr as i64, &mut e, d.sym.name()),
                DataRelocKind::MethodOff | DataRelocKind::TextOff => {
                    put32(to, at, value - l.text.addr as i64, &mut e, d.sym.name());
                }
            }
        }
    }
    let o = &input.runtime;
    for (i, s) in o.sections.iter().enumerate() {
        let Some(addr) = l.object_section(i as u32) else { continue };
        let (to, base) = match s.kind {
            Kind::Text => (&mut im.text, l.text.addr),
            Kind::Rodata => (&mut im.rodata, l.rodata.addr),
            Kind::Data => (&mut im.noptrdata, l.noptrdata.addr),
            Kind::Bss => continue,
        };
        for r in &s.relocs {
            let sym = &o.symbols[r.sym as usize];
            let target = a.objs[r.sym as usize];
            if target == 0 && !sym.weak {
                e.undefined(&s.name, &sym.name);
                continue;
            }
            let place = addr + r.off;
            let at = (place - base) as usize;
            let value = target as i64 + r.addend;
            match r.kind {
                R_64 => to[at..at + 8].copy_from_slice(&value.to_le_bytes()),
                R_PC64 => to[at..at + 8].copy_from_slice(&(value - place as i64).to_le_bytes()),
                R_PC32 | R_PLT32 => put32(to, at, value - place as i64, &mut e, &s.name),
                R_32 => match u32::try_from(value) {
                    Ok(x) => to[at..at + 4].copy_from_slice(&x.to_le_bytes()),
                    Err(_) => e.push(format!("{}: relocation does not fit in 32 bits", s.name)),
                },
                R_32S => put32(to, at, value, &mut e, &s.name),
                GOTPCREL | GOTPCRELX | REX_GOTPCRELX => {
                    let slot = l.tables.got.addr + l.got_slots[&r.sym];
                    put32(to, at, slot as i64 + r.addend - place as i64, &mut e, &s.name);
                }
                k => e.push(format!("{}: unknown relocation type {k}", s.name)),
            }
        }
    }
    if e.0.is_empty() {
        return Ok(im);
    }
    if e.0.len() > MAX_ERRORS {
        e.0.truncate(MAX_ERRORS);
        e.0.push("too many errors".into());
    }
    Err(e.0)
}
