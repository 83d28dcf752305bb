//! The file: headers, segments, section table, symbol table.

use crate::gotables::Image;
use crate::layout::{BASE, Layout, Sec};
use crate::symbols::Addresses;
use crate::{Input, Output};

const PF_X: u32 = 1;
const PF_W: u32 = 2;
const PF_R: u32 = 4;

#[derive(Default)]
struct Writer {
    b: Vec<u8>,
}

impl Writer {
    fn u16(&mut self, v: u16) {
        self.b.extend(v.to_le_bytes());
    }
    fn u32(&mut self, v: u32) {
        self.b.extend(v.to_le_bytes());
    }
    fn u64(&mut self, v: u64) {
        self.b.extend(v.to_le_bytes());
    }
    /// Continues at the file offset that belongs to `addr`.
    fn to_addr(&mut self, addr: u64) {
        self.b.resize((addr - BASE) as usize, 0);
    }
}

/// Name, type, flags, place, alignment of a section header; `off` is the file offset.
struct Header {
    name: &'static str,
    ty: u32,
    flags: u64,
    addr: u64,
    off: u64,
    size: u64,
    link: u32,
    info: u32,
    align: u64,
    entsize: u64,
}

/// Writes the executable.
pub fn write(input: &Input, l: &Layout, a: &Addresses, im: Image) -> Output {
    let mut w = Writer::default();
    // ELF header; the section table's place is filled in at the end.
    w.b.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    w.u16(2);
    w.u16(62);
    w.u32(1);
    w.u64(a.entry);
    w.u64(64);
    w.u64(0);
    w.u32(0);
    w.u16(64);
    w.u16(56);
    w.u16(4);
    w.u16(64);
    w.u16(0);
    w.u16(0);
    // Program headers: text (with these headers), read-only data, writable data, stack.
    let mut ph = |ty: u32, flags: u32, from: u64, file: u64, mem: u64| {
        w.u32(ty);
        w.u32(flags);
        w.u64(if from == 0 { 0 } else { from - BASE });
        w.u64(from);
        w.u64(from);
        w.u64(file);
        w.u64(mem);
        w.u64(if ty == 1 { 4096 } else { 8 });
    };
    let text_len = l.rtext.end() - BASE;
    ph(1, PF_R | PF_X, BASE, text_len, text_len);
    let ro_len = l.rodata.end() - l.types.addr;
    ph(1, PF_R, l.types.addr, ro_len, ro_len);
    let rw = l.buildinfo.addr;
    ph(1, PF_R | PF_W, rw, l.data_sec.end() - rw, l.noptrbss.end() - rw);
    // PT_GNU_STACK: not executable.
    ph(0x6474_e551, PF_R | PF_W, 0, 0, 0);
    w.to_addr(l.text.addr);
    w.b.extend_from_slice(&im.text);
    for (s, bytes) in [
        (l.types, &im.types),
        (l.rodata, &im.rodata),
        (l.buildinfo, &l.buildinfo_bytes),
        (l.noptrdata, &im.noptrdata),
        (l.data_sec, &im.data),
    ] {
        w.to_addr(s.addr);
        w.b.extend_from_slice(bytes);
    }
    let alloc = |name, ty, flags, s: Sec, align| Header {
        name,
        ty,
        flags,
        addr: s.addr,
        off: s.addr - BASE,
        size: s.size,
        link: 0,
        info: 0,
        align,
        entsize: 0,
    };
    let all_text = Sec { addr: l.text.addr, size: l.rtext.end() - l.text.addr };
    let mut hs = vec![
        alloc(".text", 1, 6, all_text, 64),
        alloc(".typelink", 1, 2, l.types, 64),
        alloc(".rodata", 1, 2, l.rodata, 64),
        alloc(".go.buildinfo", 1, 3, l.buildinfo, 16),
        alloc(".noptrdata", 1, 3, l.noptrdata, 64),
        alloc(".data", 1, 3, l.data_sec, 64),
        alloc(".bss", 8, 3, l.bss, 64),
        alloc(".noptrbss", 8, 3, l.noptrbss, 64),
    ];
    for h in &mut hs {
        if h.ty == 8 {
            h.off = l.data_sec.end() - BASE;
        }
    }
    if !input.strip {
        symtab(&mut w, &mut hs, input, l, a);
    }
    // Section names and the table.
    let mut names = vec![0u8];
    let mut offs = Vec::new();
    for n in hs.iter().map(|h| h.name).chain([".shstrtab"]) {
        offs.push(names.len() as u32);
        names.extend_from_slice(n.as_bytes());
        names.push(0);
    }
    let names_off = w.b.len() as u64;
    let names_len = names.len() as u64;
    w.b.extend(names);
    w.b.resize(w.b.len().next_multiple_of(8), 0);
    let shoff = w.b.len() as u64;
    w.b.extend([0; 64]);
    hs.push(Header {
        name: ".shstrtab",
        ty: 3,
        flags: 0,
        addr: 0,
        off: names_off,
        size: names_len,
        link: 0,
        info: 0,
        align: 1,
        entsize: 0,
    });
    for (h, name) in hs.iter().zip(&offs) {
        w.u32(*name);
        w.u32(h.ty);
        w.u64(h.flags);
        w.u64(h.addr);
        w.u64(h.off);
        w.u64(h.size);
        w.u32(h.link);
        w.u32(h.info);
        w.u64(h.align);
        w.u64(h.entsize);
    }
    w.b[40..48].copy_from_slice(&shoff.to_le_bytes());
    let n = hs.len() as u16 + 1;
    w.b[60..62].copy_from_slice(&n.to_le_bytes());
    w.b[62..64].copy_from_slice(&(n - 1).to_le_bytes());
    let sizes = vec![
        ("text", l.text.size),
        ("runtime text", l.rtext.size),
        ("types", l.types.size),
        ("rodata", l.rodata.size),
        ("function tables", l.tables.functab.size),
        ("noptrdata", l.noptrdata.size),
        ("data", l.data_sec.size),
        ("bss", l.bss.size),
        ("noptrbss", l.noptrbss.size),
    ];
    Output { bytes: w.b, sizes }
}

/// Symbols of functions and of data, for debuggers and `nm`.
fn symtab(w: &mut Writer, hs: &mut Vec<Header>, input: &Input, l: &Layout, a: &Addresses) {
    use goxide_ssa::sym::Section as S;
    let mut strs = vec![0u8];
    let mut syms = Writer::default();
    syms.b.extend([0; 24]);
    let mut add = |name: &str, func: bool, shndx: u16, addr: u64, size: u64| {
        syms.u32(strs.len() as u32);
        strs.extend_from_slice(name.as_bytes());
        strs.push(0);
        // Global functions and objects.
        syms.b.push(0x10 | if func { 2 } else { 1 });
        syms.b.push(0);
        syms.u16(shndx);
        syms.u64(addr);
        syms.u64(size);
    };
    for (b, &off) in input.code.iter().zip(&l.code) {
        add(b.sym.name(), true, 1, l.text.addr + off, b.bytes.len() as u64);
    }
    for (i, s) in input.runtime.symbols.iter().enumerate() {
        if s.func && s.section.is_some() && !s.name.is_empty() && a.objs[i] != 0 {
            add(&s.name, true, 1, a.objs[i], s.size);
        }
    }
    for (d, &(sec, off)) in input.data.iter().zip(&l.data) {
        let shndx = match sec {
            // Descriptors and strings are too many to be of use, as in gc's tables.
            S::Types | S::Rodata => continue,
            S::NoptrData => 5,
            S::Data => 6,
            S::Bss => 7,
            S::NoptrBss => 8,
        };
        add(d.sym.name(), false, shndx, l.section(sec).addr + off, d.size.max(d.bytes.len() as u64));
    }
    w.b.resize(w.b.len().next_multiple_of(8), 0);
    let strtab_index = hs.len() as u32 + 2;
    let header = |name, ty, off: usize, size: usize, link, info, align, entsize| Header {
        name,
        ty,
        flags: 0,
        addr: 0,
        off: off as u64,
        size: size as u64,
        link,
        info,
        align,
        entsize,
    };
    hs.push(header(".symtab", 2, w.b.len(), syms.b.len(), strtab_index, 1, 8, 24));
    w.b.extend(syms.b);
    hs.push(header(".strtab", 3, w.b.len(), strs.len(), 0, 0, 1, 0));
    w.b.extend(strs);
}
