//! From loaded packages to the driver's input: names as messages and binaries show them, digests, build info.

use crate::buildinfo::{self, Settings};
use crate::load::{COMMAND_LINE, Context, Loaded, Pkg};
use crate::overlay;
use goxide_driver::input::{EmbedInput, Package, Program, Rules, SourceInput};
use sha2::{Digest, Sha256};
use std::path::Path;

/// What of the command line matters here.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    pub trimpath: bool,
    /// Compile the packages only.
    pub no_main: bool,
    /// Flags recorded in the build info.
    pub settings: Settings,
    /// Identity of the toolchain itself, for digests.
    pub tool_id: Vec<u8>,
}

/// Makes the driver's input.
pub fn make(cx: &Context<'_>, l: &Loaded, shape: &Shape) -> Program {
    let main = l.roots.iter().copied().find(|&r| l.packages[r].dir.name() == "main" && !shape.no_main);
    let mut base = Sha256::new();
    base.update(&shape.tool_id);
    for part in overlay::fingerprint() {
        base.update((part.len() as u64).to_le_bytes());
        base.update(part);
    }
    let base: [u8; 32] = base.finalize().into();
    let mut packages: Vec<Package> = Vec::with_capacity(l.packages.len());
    for (i, p) in l.packages.iter().enumerate() {
        let mut out = package(cx, p, Some(i) == main, shape);
        out.digest = digest(&base, &out, &packages);
        packages.push(out);
    }
    let (mut mod_info, mut default_godebug) = (Vec::new(), String::new());
    if let Some(m) = main {
        let p = &l.packages[m];
        default_godebug = buildinfo::default_godebug(cx, p);
        let text = buildinfo::mod_info(cx, l, p, &shape.settings, &default_godebug);
        let (start, end) = buildinfo::marks();
        mod_info = [start, text.as_bytes(), end].concat();
    }
    let goroot = if shape.trimpath { String::new() } else { cx.goroot.display().to_string() };
    Program { packages, main, roots: l.roots.clone(), mod_info, default_godebug, goroot }
}

fn package(cx: &Context<'_>, p: &Pkg, is_main: bool, shape: &Shape) -> Package {
    let short_dir = cx.env.short_path(&p.dir.path);
    let recorded = |name: &str| {
        if !shape.trimpath {
            return p.dir.path.join(name).display().to_string();
        }
        let module = p.module.and_then(|m| cx.graph.as_ref().map(|g| &g.modules[m]));
        let dir = match module {
            // a versioned module keeps its version behind the module path
            Some(m) if !m.version.is_empty() => {
                p.import_path.replacen(&m.path, &format!("{}@{}", m.path, m.version), 1)
            }
            _ if p.import_path == COMMAND_LINE => ".".into(),
            _ => p.import_path.clone(),
        };
        format!("{dir}/{name}")
    };
    let files = p.dir.files.iter().map(|f| SourceInput {
        name: if f.path.is_relative() {
            f.name.clone() // made up: there is no such file
        } else if short_dir == "." {
            format!("./{}", f.name)
        } else {
            format!("{short_dir}/{}", f.name)
        },
        path: if f.path.is_relative() { f.name.clone() } else { recorded(&f.name) },
        src: f.src.clone(),
    });
    Package {
        import_path: p.desc(),
        pkg_path: if is_main || p.dir.name() == "main" && p.for_test.is_none() {
            "main".into()
        } else {
            p.import_path.clone()
        },
        name: p.dir.name().to_owned(),
        dir: p.dir.path.clone(),
        files: files.collect(),
        imports: p.imports.clone(),
        embed: EmbedInput { patterns: p.embed.patterns.clone(), files: p.embed.files.clone() },
        lang: p.lang.clone(),
        broken_imports: Vec::new(),
        rules: rules(p),
        digest: [0; 32],
    }
}

fn rules(p: &Pkg) -> Rules {
    let path = p.import_path.as_str();
    Rules {
        std: p.std,
        runtime: path == "runtime" || path.starts_with("internal/runtime/") || path.starts_with("runtime/internal/"),
        outside_bodies: crate::load::native_assembly(path) || !p.dir.asm.is_empty(),
        trusted: p.std,
    }
}

/// Everything that decides what a package compiles to: the toolchain, its files and their names, its embedded files,
/// and the digests of what it imports.
fn digest(base: &[u8; 32], p: &Package, done: &[Package]) -> [u8; 32] {
    let mut h = Sha256::new();
    let mut put = |b: &[u8]| {
        h.update((b.len() as u64).to_le_bytes());
        h.update(b);
    };
    put(base);
    for s in [&p.import_path, &p.pkg_path, &p.lang] {
        put(s.as_bytes());
    }
    for f in &p.files {
        put(f.path.as_bytes());
        put(f.name.as_bytes());
        put(&f.src);
    }
    for (pattern, files) in &p.embed.patterns {
        put(pattern.as_bytes());
        files.iter().for_each(|f| put(f.as_bytes()));
    }
    for (name, path) in &p.embed.files {
        put(name.as_bytes());
        // a file that vanishes is reported when it is read for embedding
        put(&std::fs::read(path as &Path).unwrap_or_default());
    }
    for (written, i) in &p.imports {
        put(written.as_bytes());
        put(&done[*i].digest);
    }
    h.finalize().into()
}
