//! What the driver is given: a closed set of packages in dependency order, read into memory, and how to build them.
//! `build` fills it in; nothing below knows go.mod, tags or the command line.

use goxide_diag::Diagnostic;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A program, or a set of packages to compile.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Every package comes behind those it imports. Package `runtime` and what it imports are always among them.
    pub packages: Vec<Package>,
    /// Index of the main package; `None` when packages are only compiled (`goxide build` of libraries or of `std`).
    pub main: Option<usize>,
    /// Indices of the packages that were asked for, in order.
    pub roots: Vec<usize>,
    /// What `debug.ReadBuildInfo` reads, with the 16-byte marks around it (which are not UTF-8); empty if there is none.
    pub mod_info: Vec<u8>,
    /// The text of `runtime.defaultGODEBUG`.
    pub default_godebug: String,
    /// What `runtime.GOROOT` says when the environment does not.
    pub goroot: String,
}

/// One package.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Import path as shown to users and in `# path` headers; "command-line-arguments" for a list of files,
    /// "p [q.test]" for a variant of a package.
    pub import_path: String,
    /// Prefix of its symbols and `PkgPath` of its types: "main" for the main package, else the import path. Variants of
    /// packages for a test binary have that of the package they stand for.
    pub pkg_path: String,
    /// From the package clauses.
    pub name: String,
    pub dir: PathBuf,
    /// The files to compile, sorted by name.
    pub files: Vec<SourceInput>,
    /// Import path as written in the files, and the package it names. "unsafe" (and "C") are not listed.
    pub imports: Vec<(String, usize)>,
    pub embed: EmbedInput,
    /// Language version, "go1.27"; a file's `//go:build` line may change it for that file.
    pub lang: String,
    /// Imports that cannot be resolved, and the reason in gc's words; others that are missing from `imports` are reported
    /// without one.
    pub broken_imports: Vec<(String, String)>,
    pub rules: Rules,
    /// The sum over everything that decides the result, sources of imports included: the key for caches.
    pub digest: [u8; 32],
}

/// What the flags of the compiler allow in a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// `-std`: directives of the standard library are allowed, unknown ones are not.
    pub std: bool,
    /// `-+`: directives of the runtime are allowed.
    pub runtime: bool,
    /// No `-complete`: functions without body may be supplied from outside, as by assembly.
    pub outside_bodies: bool,
    /// Released sources that are known to be right: what gc checks beyond the type system is left out.
    pub trusted: bool,
}

/// One source file.
#[derive(Clone, Debug)]
pub struct SourceInput {
    /// As messages show it: relative to the current directory where that is shorter, as the go command does.
    pub name: String,
    /// As binaries record it: absolute, or rewritten by `-trimpath`.
    pub path: String,
    pub src: Arc<[u8]>,
}

/// What `//go:embed` patterns stand for, resolved.
#[derive(Clone, Debug, Default)]
pub struct EmbedInput {
    /// Pattern as written, and the files it matches (slash-separated, relative to the package), sorted.
    pub patterns: BTreeMap<String, Vec<String>>,
    /// Where those files are.
    pub files: BTreeMap<String, PathBuf>,
}

/// Flags that reach the compiler and linker.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-gcflags=-m`: report inlining and escape decisions (number of times given).
    pub report_opt: u8,
    /// `-gcflags=-e`: no limit on the number of errors.
    pub all_errors: bool,
    /// `-gcflags=-N`, `-gcflags=-l`
    pub no_opt: bool,
    pub no_inline: bool,
    /// `-ldflags=-s`, `-ldflags=-w`
    pub strip_symbols: bool,
    pub strip_debug: bool,
    /// `-ldflags=-strictdups=2`: data made several times under one name must be the same each time.
    pub strict_dups: bool,
    /// `-ldflags="-X path.name=value"`, in order.
    pub set_strings: Vec<(String, String)>,
    /// Also the functions of `roots` that nothing reaches.
    pub whole_packages: bool,
    /// Threads; 0 means as many as there are processors.
    pub jobs: usize,
    /// Driver switches, as in `-d=name=value`.
    pub debug: Vec<(String, String)>,
}

/// What went wrong in one package (or, with an empty path, in linking).
#[derive(Clone, Debug)]
pub struct Failure {
    /// Shown in the `# path` header.
    pub import_path: String,
    pub diags: Vec<Diagnostic>,
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The executable; empty if the program has no main package.
    pub image: Vec<u8>,
    /// Notes that do not stop the build (`-m`), by package.
    pub notes: Vec<Failure>,
}
