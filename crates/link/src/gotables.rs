//! Contents of the executable's sections before relocation: data, and the tables the runtime reads.

use crate::Input;
use crate::layout::{Layout, Sec};
use crate::symbols::Addresses;
use goxide_abi::tables::writer::{FuncInfo, Writer};
use goxide_abi::tables::{GoSlice, GoString, MODULEDATA_SIZE, ModuleData, flags};
use goxide_ssa::Sym;
use goxide_ssa::sym::Section as S;
use std::borrow::Cow;

/// Bytes of the sections that have any, each from its first address.
pub struct Image {
    /// `text` and `rtext` with the gap between them.
    pub text: Vec<u8>,
    pub types: Vec<u8>,
    pub rodata: Vec<u8>,
    pub noptrdata: Vec<u8>,
    pub data: Vec<u8>,
}

/// The function tables: generated code, then the runtime's.
pub fn functab(input: &Input, l: &Layout, objects: &[Option<(usize, u64)>]) -> Vec<u8> {
    let mut w = Writer::new();
    for (b, &off) in input.code.iter().zip(&l.code) {
        w.add(off as u32, &b.info);
    }
    let base = l.rtext.addr - l.text.addr;
    let mut funcs: Vec<(u64, u64, &str)> = Vec::new();
    for s in &input.runtime.symbols {
        let Some((usize::MAX, off)) = s.section.and_then(|x| objects[x as usize]) else { continue };
        if !s.name.is_empty() && (s.func || s.global) && s.size > 0 {
            funcs.push((base + off + s.value, s.size, &s.name));
        }
    }
    // Of several names of one place the shortest, then the least.
    funcs.sort_unstable_by_key(|f| (f.0, f.2.len(), f.2));
    funcs.dedup_by_key(|f| f.0);
    use goxide_abi::funcs;
    let asm = |n: &str| funcs::sys::GO_ASM.contains(&n) || funcs::native::supplies(n);
    for (i, &(at, size, name)) in funcs.iter().enumerate() {
        let end = funcs.get(i + 1).map_or(at + size, |n| n.0.min(at + size));
        let wrapper = if funcs::sys::GO_ASM_WRAPPERS.contains(&name) { flags::WRAPPER } else { 0 };
        let flag = if asm(name) { flags::ASM | wrapper } else { flags::FOREIGN };
        let size = (end - at) as u32;
        w.add(
            at as u32,
            &FuncInfo { name: shown_name(name).into(), flags: flag, size, cold: size, ..FuncInfo::default() },
        );
    }
    w.finish()
}

/// The name that profiles show for a function of the runtime: the Go half calls a row `runtime.name`, and Rust's own functions
/// bear Go's names, so what is left of a mangled path is its last segment (of a method, its type too).
fn shown_name(symbol: &str) -> Cow<'_, str> {
    if let Some(row) = symbol.strip_prefix("rt.") {
        return format!("runtime.{row}").into();
    }
    match symbol {
        // Thunks go through it to the system stack.
        "goxide.call" | "goxide.callpark" | "goxide.callnp" => return "runtime.systemstack".into(),
        "goxide.asyncpreempt" | "goxide_asyncpreempt" => return "runtime.asyncPreempt".into(),
        _ => {}
    }
    let Some(path) = demangle(symbol) else { return symbol.into() };
    let is_type = |s: &&str| s.starts_with(|c: char| c.is_ascii_uppercase() || c == '<');
    let last = path.iter().rposition(|s| *s != "{closure}").unwrap_or(0);
    let from = path[..last].iter().rposition(is_type).unwrap_or(last);
    let mut out = String::from("runtime");
    if path[0] == "core" {
        out.push_str(".core");
    }
    for s in &path[from..] {
        out.push('.');
        out.push_str(if *s == "{closure}" { "func1" } else { s });
    }
    out.into()
}

/// Segments of a Rust symbol's path (legacy mangling), without its hash.
fn demangle(symbol: &str) -> Option<Vec<&str>> {
    let mut rest = symbol.strip_prefix("_ZN")?;
    let mut path = Vec::new();
    while !rest.starts_with('E') {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let len: usize = rest[..digits].parse().ok()?;
        let segment = rest.get(digits..digits + len)?;
        path.push(if segment.contains("closure$") { "{closure}" } else { segment });
        rest = &rest[digits + len..];
    }
    if path.len() > 2 && path.last().is_some_and(|s| s.len() == 17 && s.starts_with('h')) {
        path.pop();
    }
    (path.len() > 1).then_some(path)
}

fn put64(b: &mut [u8], at: usize, v: u64) {
    b[at..at + 8].copy_from_slice(&v.to_le_bytes());
}

/// Fills the sections.
pub fn sections(input: &Input, l: &Layout, a: &Addresses) -> Result<Image, Vec<String>> {
    let bytes = |s: Sec| vec![0u8; s.size as usize];
    let mut im = Image {
        text: vec![0xcc; (l.rtext.end() - l.text.addr) as usize],
        types: bytes(l.types),
        rodata: bytes(l.rodata),
        noptrdata: bytes(l.noptrdata),
        data: bytes(l.data_sec),
    };
    for (b, &off) in input.code.iter().zip(&l.code) {
        im.text[off as usize..off as usize + b.bytes.len()].copy_from_slice(&b.bytes);
    }
    for (d, &(sec, off)) in input.data.iter().zip(&l.data) {
        let to = match sec {
            S::Types => &mut im.types,
            S::Rodata => &mut im.rodata,
            S::Data => &mut im.data,
            S::NoptrData => &mut im.noptrdata,
            S::Bss | S::NoptrBss => continue,
        };
        to[off as usize..off as usize + d.bytes.len()].copy_from_slice(&d.bytes);
    }
    for (i, s) in input.runtime.sections.iter().enumerate() {
        let Some(addr) = l.object_section(i as u32) else { continue };
        let (to, base) = match s.kind {
            crate::object::Kind::Text => (&mut im.text, l.text.addr),
            crate::object::Kind::Rodata => (&mut im.rodata, l.rodata.addr),
            crate::object::Kind::Data => (&mut im.noptrdata, l.noptrdata.addr),
            crate::object::Kind::Bss => continue,
        };
        let at = (addr - base) as usize;
        to[at..at + s.bytes.len()].copy_from_slice(&s.bytes);
    }
    // Pointer masks.
    let ro = l.rodata.addr;
    for (which, table) in [(S::Data, l.tables.gcdata), (S::Bss, l.tables.gcbss)] {
        let base = (table.addr - ro) as usize;
        for (d, &(sec, off)) in input.data.iter().zip(&l.data) {
            if sec != which {
                continue;
            }
            for w in 0..d.size.max(d.bytes.len() as u64).div_ceil(8) {
                if d.ptrmask.get(w as usize / 8).is_some_and(|m| m >> (w % 8) & 1 != 0) {
                    let bit = off / 8 + w;
                    im.rodata[base + bit as usize / 8] |= 1 << (bit % 8);
                }
            }
        }
    }
    let t = &l.tables;
    let at = |s: Sec| (s.addr - ro) as usize;
    im.rodata[at(t.functab)..][..l.functab_bytes.len()].copy_from_slice(&l.functab_bytes);
    let mut missing = Vec::new();
    let mut address = |s: Sym, table: &str| {
        let x = a.sym(s);
        if x == 0 {
            missing.push(format!("{table}: relocation target {} not defined", s.name()));
        }
        x
    };
    let mut links: Vec<&(String, Sym)> = input.typelinks.iter().collect();
    links.sort_by(|x, y| (&x.0, x.1.name()).cmp(&(&y.0, y.1.name())));
    for (i, (_, s)) in links.into_iter().enumerate() {
        put64(&mut im.rodata, at(t.typelinks) + 8 * i, address(*s, "runtime.typelinks"));
    }
    for (i, s) in input.itabs.iter().enumerate() {
        put64(&mut im.rodata, at(t.itabs) + 8 * i, address(*s, "runtime.itablinks"));
    }
    let mut str_at = at(t.strings);
    let mut string = |b: &[u8], im: &mut Image| {
        im.rodata[str_at..str_at + b.len()].copy_from_slice(b);
        let s = GoString { ptr: if b.is_empty() { 0 } else { ro + str_at as u64 }, len: b.len() as u64 };
        str_at += b.len();
        s
    };
    for (i, (f, path)) in input.inittasks.iter().enumerate() {
        let s = string(path.as_bytes(), &mut im);
        let base = at(t.inittasks) + 24 * i;
        put64(&mut im.rodata, base, address(*f, "runtime.inittasks"));
        put64(&mut im.rodata, base + 8, s.ptr);
        put64(&mut im.rodata, base + 16, s.len);
    }
    let slice = |s: Sec, n: usize| GoSlice { ptr: s.addr, len: n as u64, cap: n as u64 };
    let md = ModuleData {
        text: l.text.addr,
        etext: l.text.end(),
        rtext: l.rtext.addr,
        ertext: l.rtext.end(),
        types: l.types.addr,
        etypes: l.types.end(),
        rodata: l.types.addr,
        erodata: l.rodata.end(),
        data: l.data_sec.addr,
        edata: l.data_sec.end(),
        bss: l.bss.addr,
        ebss: l.bss.end(),
        noptrdata: l.noptrdata.addr,
        enoptrdata: l.noptrdata.end(),
        noptrbss: l.noptrbss.addr,
        enoptrbss: l.noptrbss.end(),
        gcdata: t.gcdata.addr,
        gcbss: t.gcbss.addr,
        functab: t.functab.addr,
        functab_len: t.functab.size,
        typelinks: slice(t.typelinks, input.typelinks.len()),
        itablinks: slice(t.itabs, input.itabs.len()),
        inittasks: slice(t.inittasks, input.inittasks.len()),
        modinfo: string(&input.modinfo, &mut im),
        version: string(input.version.as_bytes(), &mut im),
        godebug: string(input.godebug.as_bytes(), &mut im),
        goroot: string(input.goroot.as_bytes(), &mut im),
    };
    // SAFETY: `ModuleData` is `repr(C)` and consists of u64 only, so all its bytes are initialised.
    let raw = unsafe { std::slice::from_raw_parts((&raw const md).cast::<u8>(), MODULEDATA_SIZE) };
    im.rodata[at(t.moduledata)..][..MODULEDATA_SIZE].copy_from_slice(raw);
    for (&sym, &slot) in &l.got_slots {
        put64(&mut im.rodata, at(t.got) + slot as usize, a.objs[sym as usize]);
    }
    if missing.is_empty() { Ok(im) } else { Err(missing) }
}

#[cfg(test)]
mod tests {
    use super::shown_name;

    #[test]
    fn names_of_the_runtimes_functions() {
        let check = |symbol: &str, want: &str| assert_eq!(shown_name(symbol), want);
        check("rt.mallocgc", "runtime.mallocgc");
        check("runtime.newstack", "runtime.newstack");
        check("goxide.call", "runtime.systemstack");
        check("time.now", "time.now");
        check("_ZN14goxide_runtime2io7netpoll4poll17h2c5c4e1a55228609E", "runtime.poll");
        check("_ZN14goxide_runtime2gc4work4Work3get17h2c5c4e1a55228609E", "runtime.Work.get");
        check("_ZN14goxide_runtime5sched4park28_$u7b$$u7b$closure$u7d$$u7d$17h2c5c4e1a55228609E", "runtime.park.func1");
        check("_ZN4core5slice4sort4heap17h2c5c4e1a55228609E", "runtime.core.heap");
    }
}
