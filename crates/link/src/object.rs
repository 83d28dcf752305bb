//! Relocatable objects as the linker sees them, read from ELF members of `ar` archives; and the compact bundle that the
//! build script embeds. Depends on nothing but std: the build script includes this file.

use std::collections::{HashMap, HashSet};

/// Where a section belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Text,
    Rodata,
    Data,
    Bss,
}

#[derive(Clone, Debug)]
pub struct Section {
    pub name: String,
    pub kind: Kind,
    pub align: u64,
    pub size: u64,
    /// Empty for `Bss`.
    pub bytes: Vec<u8>,
    pub relocs: Vec<Reloc>,
}

#[derive(Clone, Debug)]
pub struct Reloc {
    pub off: u64,
    /// ELF's number (R_X86_64_…).
    pub kind: u32,
    pub sym: u32,
    pub addend: i64,
}

#[derive(Clone, Debug)]
pub struct Symbol {
    pub name: String,
    /// Index of the section that holds it; `None`: undefined, or absolute if `abs`.
    pub section: Option<u32>,
    pub value: u64,
    pub size: u64,
    pub global: bool,
    pub weak: bool,
    pub func: bool,
}

/// A set of sections and the symbols that name places in them.
#[derive(Clone, Debug, Default)]
pub struct Object {
    pub sections: Vec<Section>,
    pub symbols: Vec<Symbol>,
}

fn u16_at(b: &[u8], o: usize) -> u64 {
    u64::from(u16::from_le_bytes([b[o], b[o + 1]]))
}
fn u32_at(b: &[u8], o: usize) -> u64 {
    u64::from(u32::from_le_bytes([b[o], b[o + 1], b[o + 2], b[o + 3]]))
}
fn u64_at(b: &[u8], o: usize) -> u64 {
    u64::from_le_bytes(b[o..o + 8].try_into().expect("eight bytes"))
}
fn cstr(b: &[u8], o: usize) -> String {
    let end = b[o..].iter().position(|&c| c == 0).map_or(b.len(), |n| o + n);
    String::from_utf8_lossy(&b[o..end]).into_owned()
}

const SHT_PROGBITS: u64 = 1;
const SHT_SYMTAB: u64 = 2;
const SHT_RELA: u64 = 4;
const SHT_NOBITS: u64 = 8;
const SHT_INIT_ARRAY: u64 = 14;
const SHF_WRITE: u64 = 1;
const SHF_ALLOC: u64 = 2;
const SHF_EXECINSTR: u64 = 4;
const SHF_TLS: u64 = 0x400;

/// Reads an ELF64 relocatable file.
pub fn parse_elf(b: &[u8]) -> Result<Object, String> {
    if b.len() < 64 || &b[..5] != b"\x7fELF\x02" || u16_at(b, 16) != 1 || u16_at(b, 18) != 62 {
        return Err("not a relocatable ELF file for amd64".into());
    }
    let shoff = u64_at(b, 40) as usize;
    let shnum = u16_at(b, 60) as usize;
    let shstrndx = u16_at(b, 62) as usize;
    let sh = |i: usize| shoff + i * 64;
    let shstr = u64_at(b, sh(shstrndx) + 24) as usize;
    let mut o = Object::default();
    let mut map: HashMap<usize, u32> = HashMap::new();
    for i in 0..shnum {
        let h = sh(i);
        let (ty, flags) = (u32_at(b, h + 4), u64_at(b, h + 8));
        let name = cstr(&b[shstr..], u32_at(b, h) as usize);
        let kept = flags & SHF_ALLOC != 0 && matches!(ty, SHT_PROGBITS | SHT_NOBITS | SHT_INIT_ARRAY);
        if !kept || name.starts_with(".eh_frame") || name.starts_with(".note") || name.starts_with(".comment") {
            continue;
        }
        if flags & SHF_TLS != 0 {
            return Err(format!("thread-local section {name}"));
        }
        let (off, size) = (u64_at(b, h + 24) as usize, u64_at(b, h + 32));
        let kind = if flags & SHF_EXECINSTR != 0 {
            Kind::Text
        } else if ty == SHT_NOBITS {
            Kind::Bss
        } else if flags & SHF_WRITE != 0 && !name.starts_with(".data.rel.ro") {
            Kind::Data
        } else {
            Kind::Rodata
        };
        let bytes = if ty == SHT_NOBITS { Vec::new() } else { b[off..off + size as usize].to_vec() };
        map.insert(i, o.sections.len() as u32);
        let align = u64_at(b, h + 48).max(1);
        o.sections.push(Section { name, kind, align, size, bytes, relocs: Vec::new() });
    }
    for i in 0..shnum {
        let h = sh(i);
        if u32_at(b, h + 4) != SHT_SYMTAB {
            continue;
        }
        let (off, size) = (u64_at(b, h + 24) as usize, u64_at(b, h + 32) as usize);
        let str_at = u64_at(b, sh(u32_at(b, h + 40) as usize) + 24) as usize;
        for s in (off..off + size).step_by(24) {
            let info = b[s + 4];
            let shndx = u16_at(b, s + 6) as usize;
            let section = map.get(&shndx).copied();
            // A symbol of a dropped section counts as undefined; nothing kept refers to it.
            let mut name = cstr(&b[str_at..], u32_at(b, s) as usize);
            if info & 15 == 3 {
                name.clear();
            }
            o.symbols.push(Symbol {
                name,
                section,
                value: u64_at(b, s + 8),
                size: u64_at(b, s + 16),
                global: info >> 4 != 0,
                weak: info >> 4 == 2,
                func: info & 15 == 2,
            });
        }
    }
    for i in 0..shnum {
        let h = sh(i);
        if u32_at(b, h + 4) != SHT_RELA {
            continue;
        }
        let Some(&target) = map.get(&(u32_at(b, h + 44) as usize)) else { continue };
        let (off, size) = (u64_at(b, h + 24) as usize, u64_at(b, h + 32) as usize);
        for r in (off..off + size).step_by(24) {
            let info = u64_at(b, r + 8);
            o.sections[target as usize].relocs.push(Reloc {
                off: u64_at(b, r),
                kind: info as u32,
                sym: (info >> 32) as u32,
                addend: u64_at(b, r + 16) as i64,
            });
        }
    }
    Ok(o)
}

/// The ELF members of an `ar` archive in order.
pub fn archive_members(b: &[u8]) -> Result<Vec<&[u8]>, String> {
    let Some(mut rest) = b.strip_prefix(b"!<arch>\n") else { return Err("not an archive".into()) };
    let mut out = Vec::new();
    while rest.len() >= 60 {
        let size = std::str::from_utf8(&rest[48..58]).ok().and_then(|s| s.trim().parse::<usize>().ok());
        let size = size.ok_or("damaged archive header")?;
        let body = rest.get(60..60 + size).ok_or("truncated archive")?;
        if body.starts_with(b"\x7fELF") {
            out.push(body);
        }
        rest = rest.get(60 + size + size % 2..).unwrap_or(&[]);
    }
    Ok(out)
}

/// The runtime's archive as one object: what its entry point and the functions that Go code calls need.
pub fn prelink_archive(archive: &[u8]) -> Result<Object, String> {
    let members = archive_members(archive)?;
    // What Go code calls has a dot in its name (package and function).
    let root = |n: &str| {
        n == "_start" || (n.contains('.') && !n.starts_with('.') && !n.starts_with("_ZN") && !n.starts_with("_R"))
    };
    prelink(&members, &root)
}

/// Merges the members of an archive that are needed for symbols with one of these prefixes into one object, and drops
/// sections nothing needs.
pub fn prelink(members: &[&[u8]], root: &dyn Fn(&str) -> bool) -> Result<Object, String> {
    let objs: Vec<Object> = members.iter().map(|m| parse_elf(m)).collect::<Result<_, _>>()?;
    let mut defs: HashMap<&str, (usize, usize)> = HashMap::new();
    for (i, o) in objs.iter().enumerate() {
        for (j, s) in o.symbols.iter().enumerate() {
            if s.global && s.section.is_some() && !s.name.is_empty() {
                let e = defs.entry(&s.name).or_insert((i, j));
                if objs[e.0].symbols[e.1].weak && !s.weak {
                    *e = (i, j);
                }
            }
        }
    }
    // Reachable sections, breadth first in a fixed order.
    let mut names: Vec<&str> = defs.keys().copied().filter(|n| root(n)).collect();
    names.sort_unstable();
    let mut order: Vec<(usize, u32)> = Vec::new();
    let mut seen: HashSet<(usize, u32)> = HashSet::new();
    let mut need = |i: usize, s: u32, order: &mut Vec<(usize, u32)>| {
        if seen.insert((i, s)) {
            order.push((i, s));
        }
    };
    for n in names {
        let (i, j) = defs[n];
        need(i, objs[i].symbols[j].section.expect("defined"), &mut order);
    }
    let resolve = |i: usize, sym: u32| -> (usize, usize) {
        let s = &objs[i].symbols[sym as usize];
        match s.section {
            Some(_) if !s.weak => (i, sym as usize),
            _ => defs.get(s.name.as_str()).copied().unwrap_or((i, sym as usize)),
        }
    };
    let mut at = 0;
    while at < order.len() {
        let (i, s) = order[at];
        at += 1;
        for r in &objs[i].sections[s as usize].relocs {
            let (ti, tj) = resolve(i, r.sym);
            if let Some(ts) = objs[ti].symbols[tj].section {
                need(ti, ts, &mut order);
            }
        }
    }
    let place: HashMap<(usize, u32), u32> = order.iter().enumerate().map(|(n, &k)| (k, n as u32)).collect();
    let mut out = Object::default();
    let mut syms: HashMap<(usize, usize), u32> = HashMap::new();
    let mut undef: HashMap<String, u32> = HashMap::new();
    let mut import = |i: usize, j: usize, out: &mut Object| -> u32 {
        let s = &objs[i].symbols[j];
        if s.section.is_none() {
            return *undef.entry(s.name.clone()).or_insert_with(|| {
                out.symbols.push(s.clone());
                out.symbols.len() as u32 - 1
            });
        }
        *syms.entry((i, j)).or_insert_with(|| {
            let mut c = s.clone();
            c.section = s.section.and_then(|x| place.get(&(i, x)).copied());
            out.symbols.push(c);
            out.symbols.len() as u32 - 1
        })
    };
    for &(i, s) in &order {
        let mut sec = objs[i].sections[s as usize].clone();
        for r in &mut sec.relocs {
            let (ti, tj) = resolve(i, r.sym);
            r.sym = import(ti, tj, &mut out);
        }
        out.sections.push(sec);
    }
    // Named symbols of kept sections, so that tracebacks and the symbol table know them.
    for (i, o) in objs.iter().enumerate() {
        for (j, s) in o.symbols.iter().enumerate() {
            if let Some(x) = s.section
                && !s.name.is_empty()
                && place.contains_key(&(i, x))
                && (s.func || s.global)
            {
                import(i, j, &mut out);
            }
        }
    }
    Ok(out)
}

// ---- the bundle

fn put_str(b: &mut Vec<u8>, s: &[u8]) {
    b.extend((s.len() as u32).to_le_bytes());
    b.extend_from_slice(s);
}

/// Serialises an object.
pub fn write_bundle(o: &Object) -> Vec<u8> {
    let mut b = Vec::new();
    b.extend((o.sections.len() as u32).to_le_bytes());
    for s in &o.sections {
        put_str(&mut b, s.name.as_bytes());
        b.push(s.kind as u8);
        b.extend(s.align.to_le_bytes());
        b.extend(s.size.to_le_bytes());
        put_str(&mut b, &s.bytes);
        b.extend((s.relocs.len() as u32).to_le_bytes());
        for r in &s.relocs {
            b.extend(r.off.to_le_bytes());
            b.extend(r.kind.to_le_bytes());
            b.extend(r.sym.to_le_bytes());
            b.extend(r.addend.to_le_bytes());
        }
    }
    b.extend((o.symbols.len() as u32).to_le_bytes());
    for s in &o.symbols {
        put_str(&mut b, s.name.as_bytes());
        b.extend(s.section.unwrap_or(u32::MAX).to_le_bytes());
        b.extend(s.value.to_le_bytes());
        b.extend(s.size.to_le_bytes());
        b.push(u8::from(s.global) | u8::from(s.weak) << 1 | u8::from(s.func) << 2);
    }
    b
}

/// Reads what [`write_bundle`] wrote.
pub fn read_bundle(b: &[u8]) -> Object {
    let mut at = 0;
    let mut take = |n: usize| {
        at += n;
        &b[at - n..at]
    };
    let word = |x: &[u8]| u32_at(x, 0) as usize;
    let mut o = Object::default();
    for _ in 0..word(take(4)) {
        let n = word(take(4));
        let name = String::from_utf8_lossy(take(n)).into_owned();
        let kind = match take(1)[0] {
            0 => Kind::Text,
            1 => Kind::Rodata,
            2 => Kind::Data,
            _ => Kind::Bss,
        };
        let (align, size) = (u64_at(take(8), 0), u64_at(take(8), 0));
        let n = word(take(4));
        let bytes = take(n).to_vec();
        let mut relocs = Vec::new();
        for _ in 0..word(take(4)) {
            let off = u64_at(take(8), 0);
            let kind = word(take(4)) as u32;
            let sym = word(take(4)) as u32;
            relocs.push(Reloc { off, kind, sym, addend: u64_at(take(8), 0) as i64 });
        }
        o.sections.push(Section { name, kind, align, size, bytes, relocs });
    }
    for _ in 0..word(take(4)) {
        let n = word(take(4));
        let name = String::from_utf8_lossy(take(n)).into_owned();
        let section = match word(take(4)) as u32 {
            u32::MAX => None,
            s => Some(s),
        };
        let (value, size) = (u64_at(take(8), 0), u64_at(take(8), 0));
        let f = take(1)[0];
        o.symbols.push(Symbol { name, section, value, size, global: f & 1 != 0, weak: f & 2 != 0, func: f & 4 != 0 });
    }
    o
}
