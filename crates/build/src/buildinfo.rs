//! What a binary says about its making: `debug.ReadBuildInfo`'s text and the default GODEBUG.

use crate::load::{Context, Loaded, Pkg};
use std::collections::BTreeMap;
use std::path::Path;

/// Marks around the text, by which tools find it in a binary.
const START: &[u8; 16] = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
const END: &[u8; 16] = b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";

/// The marks, as the linker puts them around the text.
pub fn marks() -> (&'static [u8; 16], &'static [u8; 16]) {
    (START, END)
}

/// Flags that are recorded, with their values.
pub type Settings = Vec<(String, String)>;

/// The text for main package `main`, without marks.
pub fn mod_info(cx: &Context<'_>, l: &Loaded, main: &Pkg, flags: &Settings, godebug: &str) -> String {
    let mut s = format!("path\t{}\n", main.import_path);
    if let Some(g) = &cx.graph {
        let line = |kind: &str, i: usize| {
            let m = &g.modules[i];
            let version = if m.main { "(devel)" } else { m.version.as_str() };
            let mut t = format!("{kind}\t{}\t{version}\t\n", m.path);
            if let Some(r) = &m.replaced_by {
                t = format!(
                    "{kind}\t{}\t{version}\n=>\t{}\t{}\t\n",
                    m.path,
                    r.path,
                    if r.version.is_empty() { "(devel)" } else { &r.version }
                );
            }
            t
        };
        if let Some(i) = main.module {
            s += &line("mod", i);
        }
        let mut deps: Vec<usize> =
            l.packages.iter().filter_map(|p| p.module).filter(|m| Some(*m) != main.module).collect();
        deps.sort();
        deps.dedup();
        for i in deps {
            s += &line("dep", i);
        }
    }
    s += "build\t-buildmode=exe\nbuild\t-compiler=gc\n";
    let quote = |v: &str| if v.contains([' ', '\t', '"', '`']) { format!("{v:?}") } else { v.to_owned() };
    for (k, v) in flags {
        s += &format!("build\t{k}={}\n", quote(v));
    }
    if !godebug.is_empty() {
        s += &format!("build\tDefaultGODEBUG={godebug}\n");
    }
    s + "build\tCGO_ENABLED=0\nbuild\tGOARCH=amd64\nbuild\tGOOS=linux\nbuild\tGOAMD64=v1\n"
}

/// GODEBUG settings that older go lines imply, with those of go.mod and of `//go:debug` lines on top.
pub fn default_godebug(cx: &Context<'_>, main: &Pkg) -> String {
    let mut go = cx.graph.as_ref().map_or("1.27".to_owned(), |g| g.modules[0].go.clone());
    let mut set: BTreeMap<String, String> = BTreeMap::new();
    let from_mod = cx.graph.iter().flat_map(|g| g.main.godebug.iter().cloned());
    let from_files = main.dir.files.iter().flat_map(|f| f.head.debug.iter().map(|(_, d)| d.clone()));
    for kv in from_mod.chain(from_files) {
        if let Some((k, v)) = kv.split_once('=') {
            set.insert(k.to_owned(), v.to_owned());
        }
    }
    if let Some(v) = set.remove("default") {
        go = v.trim_start_matches("go").to_owned();
    }
    let minor: u32 = go.split('.').nth(1).and_then(|m| m.parse().ok()).unwrap_or(27);
    if minor < 27 {
        for (name, old) in old_defaults(&cx.goroot, minor) {
            set.entry(name).or_insert(old);
        }
    }
    let l: Vec<String> = set.into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    l.join(",")
}

/// Settings whose defaults changed after Go 1.`minor`, with the old values, from std's table.
fn old_defaults(goroot: &Path, minor: u32) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(goroot.join("src/internal/godebugs/table.go")).unwrap_or_default();
    let field = |line: &str, key: &str| {
        let rest = line.split(&format!("{key}: ")).nth(1)?;
        Some(rest.split([',', '}']).next()?.trim_matches('"').to_owned())
    };
    let row = |l: &str| {
        let changed: u32 = field(l, "Changed")?.parse().ok()?;
        (minor < changed).then_some((field(l, "Name")?, field(l, "Old")?))
    };
    text.lines().filter(|l| l.trim_start().starts_with("{Name:")).filter_map(row).collect()
}
