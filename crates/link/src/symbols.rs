//! Who defines a symbol, and which sections of the runtime are needed.

use crate::Input;
use crate::layout::Layout;
use goxide_base::{FxHashMap, FxHashSet};
use goxide_ssa::Sym;

/// Sections of the runtime's object that are linked, in order.
pub struct Needed {
    pub sections: Vec<u32>,
}

/// Marks the runtime's sections from `_start` and from all references of Go code.
pub fn needed(input: &Input) -> Needed {
    let o = &input.runtime;
    let mut by_name: FxHashMap<&str, usize> = FxHashMap::default();
    for (i, s) in o.symbols.iter().enumerate() {
        if s.section.is_some() && s.global && !s.name.is_empty() {
            by_name.insert(&s.name, i);
        }
    }
    let mut is_needed = vec![false; o.sections.len()];
    let mut work: Vec<u32> = Vec::new();
    let mut mark = |sec: Option<u32>, work: &mut Vec<u32>| {
        if let Some(s) = sec
            && !std::mem::replace(&mut is_needed[s as usize], true)
        {
            work.push(s);
        }
    };
    let mut seen: FxHashSet<Sym> = FxHashSet::default();
    let mut refer = |s: Sym, work: &mut Vec<u32>| {
        if seen.insert(s)
            && let Some(&i) = by_name.get(s.name())
        {
            mark(o.symbols[i].section, work);
        }
    };
    if let Some(s) = Sym::find("_start") {
        refer(s, &mut work);
    }
    for b in &input.code {
        b.relocs.iter().for_each(|r| refer(r.target, &mut work));
    }
    for d in &input.data {
        d.relocs.iter().for_each(|r| refer(r.target, &mut work));
    }
    if let Some(&i) = by_name.get("_start") {
        mark(o.symbols[i].section, &mut work);
    }
    while let Some(s) = work.pop() {
        for r in &o.sections[s as usize].relocs {
            mark(o.symbols[r.sym as usize].section, &mut work);
        }
    }
    let sections = (0..o.sections.len() as u32).filter(|&s| is_needed[s as usize]).collect();
    Needed { sections }
}

/// Addresses of everything that has one; 0 is "not defined".
pub struct Addresses {
    /// By `Sym`.
    pub syms: Vec<u64>,
    /// By symbol of the runtime's object.
    pub objs: Vec<u64>,
    /// Where the entry point is.
    pub entry: u64,
}

impl Addresses {
    pub fn sym(&self, s: Sym) -> u64 {
        self.syms.get(s.index()).copied().unwrap_or(0)
    }
}

/// Resolves all symbols.
pub fn addresses(input: &Input, l: &Layout) -> Addresses {
    let mut syms: Vec<u64> = Vec::new();
    let mut set = |s: Sym, a: u64| {
        if s.index() >= syms.len() {
            syms.resize((s.index() + 1).next_power_of_two(), 0);
        }
        syms[s.index()] = a;
    };
    for (b, &off) in input.code.iter().zip(&l.code) {
        set(b.sym, l.text.addr + off);
    }
    for (d, place) in input.data.iter().zip(&l.data) {
        set(d.sym, l.section(place.0).addr + place.1);
    }
    let mut objs = vec![0; input.runtime.symbols.len()];
    for (i, s) in input.runtime.symbols.iter().enumerate() {
        if let Some(a) = s.section.and_then(|x| l.object_section(x)) {
            objs[i] = a + s.value;
            if s.global && !s.name.is_empty() {
                // Go code calls it by this name, if at all.
                if let Some(g) = Sym::find(&s.name) {
                    set(g, a + s.value);
                }
            }
        }
    }
    for (name, addr) in l.linker_symbols() {
        if let Some(g) = Sym::find(name) {
            set(g, addr);
        }
    }
    let own: FxHashMap<&str, u64> = l.linker_symbols().into_iter().collect();
    let mut entry = 0;
    for (i, s) in input.runtime.symbols.iter().enumerate() {
        if s.section.is_none() && !s.name.is_empty() {
            let go = Sym::find(&s.name).map_or(0, |g| syms.get(g.index()).copied().unwrap_or(0));
            objs[i] = own.get(s.name.as_str()).copied().unwrap_or(go);
        }
        if s.name == "_start" {
            entry = objs[i];
        }
    }
    if entry == 0 {
        entry = Sym::find("_start").map_or(0, |g| syms.get(g.index()).copied().unwrap_or(0));
    }
    Addresses { syms, objs, entry }
}
