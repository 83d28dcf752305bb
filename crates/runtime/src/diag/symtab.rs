//! The program's function tables (format: `abi::tables`).

use core::sync::atomic::{AtomicUsize, Ordering::*};
use goxide_abi::tables::{Func, FuncTab, ModuleData, flags};

unsafe extern "C" {
    #[link_name = "runtime.moduledata"]
    static MODULEDATA: ModuleData;
}

static TEXT: AtomicUsize = AtomicUsize::new(0);
static ETEXT: AtomicUsize = AtomicUsize::new(0);

/// What the linker tells us.
pub fn moduledata() -> &'static ModuleData {
    // SAFETY: read-only data made by the linker.
    unsafe { &MODULEDATA }
}

pub fn init() {
    let md = moduledata();
    TEXT.store(md.text as usize, Relaxed);
    ETEXT.store(md.etext as usize, Relaxed);
}

/// Is `pc` in code made by the compiler?
///
/// Context: anywhere, signal handlers included.
pub fn is_go_text(pc: usize) -> bool {
    pc >= TEXT.load(Relaxed) && pc < ETEXT.load(Relaxed)
}

fn tab() -> Option<FuncTab<'static>> {
    let md = moduledata();
    // SAFETY: the linker's tables, read-only.
    FuncTab::new(unsafe { core::slice::from_raw_parts(md.functab as *const u8, md.functab_len as usize) })
}

/// A function and a place in it.
#[derive(Clone, Copy)]
pub struct Loc {
    pub f: Func<'static>,
    /// pc − text
    pub off: u32,
}

impl Loc {
    pub fn entry(&self) -> usize {
        TEXT.load(Relaxed) + self.f.entry() as usize
    }
    pub fn end(&self) -> usize {
        TEXT.load(Relaxed) + self.f.end() as usize
    }
}

/// The function that contains `pc` (generated code, or assembly that the tables know).
pub fn find(pc: usize) -> Option<Loc> {
    let text = TEXT.load(Relaxed);
    if pc < text || pc - text > u32::MAX as usize {
        return None;
    }
    let off = (pc - text) as u32;
    Some(Loc { f: tab()?.find(off)?, off })
}

/// May a goroutine be stopped with its pc here?
///
/// Context: signal handler.
pub fn async_safe(pc: usize) -> bool {
    match find(pc) {
        Some(l) => !l.f.is_unsafe(l.off) && !l.f.has(flags::RUNTIME),
        None => false,
    }
}
