//! Code, data and the runtime's objects to a static ELF executable. Takes [`CodeBlob`]s and `DataDef`s in the order they
//! shall be laid out, gives the file's bytes. Knows nothing of Go's types or of how code was generated.
//!
//! Phases: [`symbols`] (who defines what, which parts of the runtime are needed), [`layout`] (offsets, addresses),
//! [`gotables`] (tables for the runtime), [`reloc`], [`write_elf`].

pub mod object;

mod gotables;
mod layout;
mod reloc;
mod shown;
mod symbols;
mod write_elf;

use goxide_codegen::CodeBlob;
use goxide_ssa::Sym;
use goxide_ssa::sym::DataDef;
use std::path::Path;

/// What is linked.
#[derive(Default)]
pub struct Input {
    pub code: Vec<CodeBlob>,
    pub data: Vec<DataDef>,
    /// The runtime's Rust and assembly.
    pub runtime: object::Object,
    /// Func values of the packages' initialisers with the packages' paths, in the order they run.
    pub inittasks: Vec<(Sym, String)>,
    /// Descriptors of unnamed composite types with their strings; sorted here.
    pub typelinks: Vec<(String, Sym)>,
    pub itabs: Vec<Sym>,
    /// Module information with its marks.
    pub modinfo: Vec<u8>,
    pub version: String,
    pub godebug: String,
    pub goroot: String,
    pub build_id: String,
    /// Leave the symbol table out (`-s`).
    pub strip: bool,
}

/// An executable.
#[derive(Debug)]
pub struct Output {
    pub bytes: Vec<u8>,
    /// Section sizes, for `-d=timings`.
    pub sizes: Vec<(&'static str, u64)>,
}

/// Links. Errors are in gc's words, one line each.
pub fn link(input: &Input) -> Result<Output, Vec<String>> {
    let needed = symbols::needed(input);
    let l = layout::layout(input, &needed);
    let addrs = symbols::addresses(input, &l);
    let image = gotables::sections(input, &l, &addrs)?;
    let image = reloc::apply(input, &l, &addrs, image)?;
    Ok(write_elf::write(input, &l, &addrs, image))
}

/// Names the runtime's objects refer to but do not define: Go functions and variables the compiler has to supply.
pub fn runtime_imports(runtime: &object::Object) -> Vec<String> {
    let mut v: Vec<String> = runtime
        .symbols
        .iter()
        .filter(|s| s.section.is_none() && !s.name.is_empty() && !s.weak)
        .map(|s| s.name.clone())
        .filter(|n| !layout::LINKER_SYMBOLS.contains(&n.as_str()))
        .collect();
    v.sort();
    v.dedup();
    v
}

/// Writes the executable so that a concurrent reader sees the old file or the new one.
pub fn write_file(path: &Path, out: &Output) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let dir = path.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let base = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let tmp = dir.join(format!(".{base}.{}.tmp", std::process::id()));
    let result = (|| {
        let mut f = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o777).open(&tmp)?;
        std::io::Write::write_all(&mut f, &out.bytes)?;
        drop(f);
        std::fs::rename(&tmp, path)
    })();
    if result.is_err() {
        let _ = std::fs::remove_file(&tmp);
    }
    result
}

/// The runtime that this build of the linker carries.
pub fn embedded_runtime() -> object::Object {
    object::read_bundle(include_bytes!(concat!(env!("OUT_DIR"), "/runtime.bundle")))
}
