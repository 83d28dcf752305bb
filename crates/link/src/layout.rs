//! Offsets within sections, then addresses of sections.

use crate::Input;
use crate::object::Kind;
use crate::symbols::Needed;
use goxide_abi::tables::MODULEDATA_SIZE;
use goxide_base::FxHashMap;
use goxide_ssa::sym::Section as S;

/// Address of the file's first byte.
pub const BASE: u64 = 0x40_0000;
const PAGE: u64 = 4096;

/// Symbols that the linker itself defines.
pub const LINKER_SYMBOLS: &[&str] =
    &["runtime.moduledata", "runtime.text", "runtime.etext", "runtime.types", "runtime.etypes", "runtime.noptrbss"];

/// A section of the executable.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sec {
    pub addr: u64,
    pub size: u64,
}

impl Sec {
    pub fn end(&self) -> u64 {
        self.addr + self.size
    }
}

/// Sections that hold tables made by the linker, inside rodata and noptrdata.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tables {
    pub functab: Sec,
    pub gcdata: Sec,
    pub gcbss: Sec,
    pub typelinks: Sec,
    pub itabs: Sec,
    pub inittasks: Sec,
    pub strings: Sec,
    pub moduledata: Sec,
    pub got: Sec,
}

/// Where everything is.
#[derive(Default)]
pub struct Layout {
    /// Generated code.
    pub text: Sec,
    /// The runtime's code.
    pub rtext: Sec,
    pub types: Sec,
    pub rodata: Sec,
    pub noptrdata: Sec,
    pub data_sec: Sec,
    pub bss: Sec,
    pub noptrbss: Sec,
    pub buildinfo: Sec,
    pub tables: Tables,
    /// Offset in `text` of each blob.
    pub code: Vec<u64>,
    /// Section and offset of each datum.
    pub data: Vec<(S, u64)>,
    /// Address of each section of the runtime's object, once addresses are known.
    objects: Vec<Option<u64>>,
    /// GOT slot by symbol of the runtime's object.
    pub got_slots: FxHashMap<u32, u64>,
    /// The function tables and the strings, made with the layout because their size matters.
    pub functab_bytes: Vec<u8>,
    pub buildinfo_bytes: Vec<u8>,
}

/// `.go.buildinfo`: what `go version` reads from the file.
fn buildinfo(input: &Input) -> Vec<u8> {
    let mut b = b"\xff Go buildinf:".to_vec();
    b.resize(14, 0);
    b.extend([8, 2]);
    b.resize(32, 0);
    for s in [input.version.as_bytes(), &input.modinfo] {
        let mut n = s.len();
        while n >= 0x80 {
            b.push(n as u8 | 0x80);
            n >>= 7;
        }
        b.push(n as u8);
        b.extend_from_slice(s);
    }
    b
}

/// Hands out offsets in a section.
#[derive(Default)]
struct Fill {
    at: u64,
    align: u64,
}

impl Fill {
    fn put(&mut self, align: u64, size: u64) -> u64 {
        let off = self.at.next_multiple_of(align.max(1));
        self.align = self.align.max(align);
        self.at = off + size;
        off
    }
}

/// Lays everything out.
pub fn layout(input: &Input, needed: &Needed) -> Layout {
    let mut l = Layout::default();
    // Text: each blob so that its body is aligned.
    let mut at = 0u64;
    for b in &input.code {
        let bias = u64::from(b.bias);
        at = (at + bias).next_multiple_of(u64::from(b.align.max(1))) - bias;
        l.code.push(at);
        at += b.bytes.len() as u64;
    }
    let text_size = at.next_multiple_of(16);
    let o = &input.runtime;
    let mut rtext = Fill::default();
    let mut fills: [Fill; 7] = Default::default();
    const TYPES: usize = 0;
    const RODATA: usize = 1;
    const NOPTRDATA: usize = 2;
    const DATA: usize = 3;
    const BSS: usize = 4;
    const NOPTRBSS: usize = 5;
    // Offset 0 of the type section means "none".
    fills[TYPES].put(8, 8);
    for d in &input.data {
        let i = match d.section {
            S::Types => TYPES,
            S::Rodata => RODATA,
            S::Data => DATA,
            S::Bss => BSS,
            S::NoptrData => NOPTRDATA,
            S::NoptrBss => NOPTRBSS,
        };
        let align = if matches!(d.section, S::Data | S::Bss) { d.align.max(8) } else { d.align };
        let off = fills[i].put(u64::from(align), d.size.max(d.bytes.len() as u64));
        l.data.push((d.section, off));
    }
    let mut objects: Vec<Option<(usize, u64)>> = vec![None; o.sections.len()];
    for &s in &needed.sections {
        let sec = &o.sections[s as usize];
        objects[s as usize] = Some(match sec.kind {
            Kind::Text => (usize::MAX, rtext.put(sec.align.max(16), sec.size)),
            Kind::Rodata => (RODATA, fills[RODATA].put(sec.align, sec.size)),
            Kind::Data => (NOPTRDATA, fills[NOPTRDATA].put(sec.align, sec.size)),
            Kind::Bss => (NOPTRBSS, fills[NOPTRBSS].put(sec.align, sec.size)),
        });
    }
    // A small GOT for objects compiled as position independent.
    let mut ngot = 0;
    for &s in &needed.sections {
        for r in &o.sections[s as usize].relocs {
            if matches!(r.kind, crate::reloc::GOTPCREL | crate::reloc::GOTPCRELX | crate::reloc::REX_GOTPCRELX) {
                l.got_slots.entry(r.sym).or_insert_with(|| {
                    ngot += 1;
                    (ngot - 1) * 8
                });
            }
        }
    }
    for f in &mut fills[DATA..=BSS] {
        f.at = f.at.next_multiple_of(8);
    }
    // Sizes of the generated tables.
    let text_addr = BASE + PAGE;
    let rtext_addr = (text_addr + text_size).next_multiple_of(64);
    l.text = Sec { addr: text_addr, size: text_size };
    l.rtext = Sec { addr: rtext_addr, size: rtext.at };
    l.functab_bytes = crate::gotables::functab(input, &l, &objects);
    l.buildinfo_bytes = buildinfo(input);
    let strings = input.modinfo.len()
        + input.version.len()
        + input.godebug.len()
        + input.goroot.len()
        + input.inittasks.iter().map(|t| t.1.len()).sum::<usize>();
    let mut t = Tables::default();
    let ro = &mut fills[RODATA];
    let put = |f: &mut Fill, align: u64, size: u64| Sec { addr: f.put(align, size), size };
    t.functab = put(ro, 16, l.functab_bytes.len() as u64);
    let (data_size, bss_size) = (ro_words(&input.data, S::Data, &l.data), ro_words(&input.data, S::Bss, &l.data));
    t.gcdata = put(ro, 8, data_size.div_ceil(8));
    t.gcbss = put(ro, 8, bss_size.div_ceil(8));
    t.typelinks = put(ro, 8, 8 * input.typelinks.len() as u64);
    t.itabs = put(ro, 8, 8 * input.itabs.len() as u64);
    t.inittasks = put(ro, 8, 24 * input.inittasks.len() as u64);
    t.strings = put(ro, 1, strings as u64);
    t.moduledata = put(ro, 8, MODULEDATA_SIZE as u64);
    t.got = put(ro, 8, 8 * ngot);
    // Addresses: text and rtext; types and rodata; noptrdata, data, bss, noptrbss.
    let mut at = l.rtext.end().next_multiple_of(PAGE);
    let mut place = |f: &Fill, page: bool| {
        at = at.next_multiple_of(if page { PAGE } else { f.align.max(64) });
        let s = Sec { addr: at, size: f.at };
        at += f.at;
        s
    };
    l.types = place(&fills[TYPES], true);
    l.rodata = place(&fills[RODATA], false);
    l.buildinfo = place(&Fill { at: l.buildinfo_bytes.len() as u64, align: 16 }, true);
    l.noptrdata = place(&fills[NOPTRDATA], false);
    l.data_sec = place(&fills[DATA], false);
    l.bss = place(&fills[BSS], false);
    l.noptrbss = place(&fills[NOPTRBSS], false);
    for s in [
        &mut t.functab,
        &mut t.gcdata,
        &mut t.gcbss,
        &mut t.typelinks,
        &mut t.itabs,
        &mut t.inittasks,
        &mut t.strings,
        &mut t.moduledata,
        &mut t.got,
    ] {
        s.addr += l.rodata.addr;
    }
    l.tables = t;
    l.objects = objects
        .into_iter()
        .map(|p| {
            let (i, off) = p?;
            let base = match i {
                RODATA => l.rodata.addr,
                NOPTRDATA => l.noptrdata.addr,
                NOPTRBSS => l.noptrbss.addr,
                _ => l.rtext.addr,
            };
            Some(base + off)
        })
        .collect();
    l
}

/// Words of a section of Go data.
fn ro_words(data: &[goxide_ssa::sym::DataDef], which: S, places: &[(S, u64)]) -> u64 {
    let last = data.iter().zip(places).rfind(|(_, p)| p.0 == which);
    last.map_or(0, |(d, p)| (p.1 + d.size.max(d.bytes.len() as u64)).div_ceil(8))
}

impl Layout {
    /// The section that data of this kind goes to.
    pub fn section(&self, s: S) -> Sec {
        match s {
            S::Types => self.types,
            S::Rodata => self.rodata,
            S::Data => self.data_sec,
            S::Bss => self.bss,
            S::NoptrData => self.noptrdata,
            S::NoptrBss => self.noptrbss,
        }
    }
    /// Address of a section of the runtime's object, if it is linked.
    pub fn object_section(&self, s: u32) -> Option<u64> {
        self.objects[s as usize]
    }
    /// What the linker itself defines.
    pub fn linker_symbols(&self) -> Vec<(&'static str, u64)> {
        LINKER_SYMBOLS
            .iter()
            .map(|&n| {
                let a = match n {
                    "runtime.moduledata" => self.tables.moduledata.addr,
                    "runtime.text" => self.text.addr,
                    "runtime.etext" => self.text.end(),
                    "runtime.types" => self.types.addr,
                    "runtime.etypes" => self.types.end(),
                    _ => self.noptrbss.addr,
                };
                (n, a)
            })
            .collect()
    }
}
