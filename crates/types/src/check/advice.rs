//! Help for the rich form of errors: what else is in view, and what usually is the remedy.
//!
//! Only where it is nearly always right. Looks at an error's code and words (which are gc's, and stable) and at what is
//! in scope where it is reported; the plain form shows nothing of this.

use super::Checker;
use crate::codes::Code;
use crate::object::{Obj, Scope};
use goxide_base::spelling::distance;
use goxide_base::{Name, Pos};
use goxide_syntax::ast::{Expr, ExprKind};

/// What the rich form shows besides the error.
#[derive(Default)]
pub(crate) struct Advice {
    pub labels: Vec<(Pos, String)>,
    pub help: Option<String>,
}

impl Advice {
    fn help(s: impl Into<String>) -> Advice {
        Advice { labels: Vec::new(), help: Some(s.into()) }
    }
}

/// Packages that programs forget to import, by name.
const PACKAGES: &[&str] = &[
    "bufio",
    "bytes",
    "cmp",
    "container/heap",
    "container/list",
    "context",
    "crypto/sha256",
    "encoding/binary",
    "encoding/hex",
    "encoding/json",
    "errors",
    "flag",
    "fmt",
    "io",
    "iter",
    "log",
    "log/slog",
    "maps",
    "math",
    "math/big",
    "math/bits",
    "net",
    "net/http",
    "net/url",
    "os",
    "os/exec",
    "os/signal",
    "path",
    "path/filepath",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "sync",
    "sync/atomic",
    "syscall",
    "testing",
    "text/template",
    "time",
    "unicode",
    "unicode/utf8",
    "unsafe",
];

/// Names of other languages, and what they are called in Go.
const FOREIGN: &[(&str, &str)] = &[
    ("null", "nil"),
    ("NULL", "nil"),
    ("None", "nil"),
    ("nullptr", "nil"),
    ("True", "true"),
    ("False", "false"),
    ("boolean", "bool"),
    ("char", "byte or rune"),
    ("double", "float64"),
    ("float", "float64"),
    ("long", "int64"),
    ("short", "int16"),
    ("str", "string"),
    ("this", "the receiver, which a method names itself"),
    ("self", "the receiver, which a method names itself"),
];

impl Checker {
    pub(crate) fn advise(&self, code: Code, msg: &str) -> Advice {
        let first = msg.lines().next().unwrap_or_default();
        match code {
            Code::UndeclaredName => {
                first.strip_prefix("undefined: ").map_or_else(Advice::default, |n| self.undeclared(n))
            }
            Code::UndeclaredImportedName => {
                let name = first.strip_prefix("undefined: ").and_then(|n| n.split_once('.'));
                name.map_or_else(Advice::default, |(p, n)| self.not_in_package(p, n))
            }
            Code::UnusedImport => {
                let path = first.split(" imported").next().unwrap_or_default();
                Advice::help(format!("delete the import, or write _ {path} if only its effects are wanted"))
            }
            Code::MissingReturn => {
                Advice::help("every way through the function must end in return, panic or an endless loop")
            }
            Code::NoNewVar => Advice::help("= assigns to variables that are declared already"),
            Code::CannotInferTypeArgs if first.contains("cannot infer") => {
                Advice::help("name the type arguments in brackets behind the function")
            }
            Code::UnusedExpr if first.contains("(value of type func(") => {
                Advice::help("parentheses behind it make it a call")
            }
            Code::MismatchedTypes if first.contains("mismatched types") && numeric_pair(first) => {
                Advice::help("operands are never converted by themselves; T(x) converts x")
            }
            Code::WrongResultCount | Code::WrongAssignCount if first.contains("returns") => {
                Advice::help("there is a variable for every result; _ stands for one that is not wanted")
            }
            Code::InvalidIfaceAssign if first.contains("has pointer receiver") => {
                Advice::help("a pointer has this method: take the address with &")
            }
            Code::IncompatibleAssign => incompatible(first),
            Code::UnaddressableFieldAssign => {
                Advice::help("elements of maps are set as a whole: copy it, change the copy, put that back")
            }
            Code::InvalidCond => Advice::help("a condition is of type bool: compare, as in x != 0 or p != nil"),
            _ => Advice::default(),
        }
    }

    fn undeclared(&self, name: &str) -> Advice {
        if let Some((_, go)) = FOREIGN.iter().find(|f| f.0 == name) {
            return Advice::help(format!("in Go it is {go}"));
        }
        let package = PACKAGES.iter().find(|p| p.rsplit('/').next() == Some(name));
        if let Some(p) = package {
            return Advice::help(format!("import {p:?} is missing"));
        }
        let mut best: Option<(usize, Obj)> = None;
        let mut scope: Option<Scope> = self.env.scope;
        while let Some(s) = scope {
            for o in s.sorted() {
                consider(name, o, &mut best);
            }
            scope = s.parent();
        }
        similar(best)
    }

    /// `package.name` does not exist.
    fn not_in_package(&self, package: &str, name: &str) -> Advice {
        let Some(p) = self.lookup(Name::new(package)).and_then(|o| o.imported()) else { return Advice::default() };
        let mut best = None;
        for o in p.scope().sorted().into_iter().filter(|o| o.exported()) {
            consider(name, o, &mut best);
        }
        best.map_or_else(Advice::default, |(_, o)| Advice::help(format!("{package}.{} exists", o.name())))
    }

    /// Shows the declaration of a function that is called wrongly.
    pub(crate) fn declared_here(&self, fun: &Expr) -> Advice {
        let id = match &fun.unparen().kind {
            ExprKind::Name(_) => fun.unparen().id,
            ExprKind::Selector { sel, .. } => sel.id,
            _ => return Advice::default(),
        };
        match self.info.uses.get(id).filter(|o| o.pkg() == Some(self.pkg) && o.pos().is_known()) {
            Some(o) => Advice { labels: vec![(o.pos(), format!("{} is declared here", o.name()))], help: None },
            None => Advice::default(),
        }
    }

    /// A variable is never used: the one further out that was meant.
    pub(crate) fn unused_variable(&self, v: Obj) -> Advice {
        let outer = v.parent().and_then(|s| s.parent()).and_then(|s| {
            let mut scope = Some(s);
            while let Some(s) = scope {
                if let Some(o) = s.lookup(v.name()) {
                    return Some(o);
                }
                scope = s.parent();
            }
            None
        });
        match outer.filter(|o| o.is_var() && o.pos().is_known() && o.pos() < v.pos()) {
            Some(o) => Advice {
                labels: vec![(o.pos(), format!("another {} is declared here", v.name()))],
                help: Some("= would assign to that one, := declares a new one".into()),
            },
            None => Advice::help("delete it, or assign it to _"),
        }
    }
}

fn similar(best: Option<(usize, Obj)>) -> Advice {
    let Some((_, o)) = best else { return Advice::default() };
    let help = Some(format!("{} exists", o.name()));
    let labels =
        if o.pos().is_known() { vec![(o.pos(), "a similar name is declared here".into())] } else { Vec::new() };
    Advice { labels, help }
}

/// Keeps the closest of the names that could be meant by `name`; of equally close ones the first.
fn consider(name: &str, o: Obj, best: &mut Option<(usize, Obj)>) {
    let other = o.name();
    let other = other.as_str();
    if other == "_" || other.is_empty() || other == name {
        return;
    }
    let d = if other.eq_ignore_ascii_case(name) { 1 } else { distance(name, other) };
    // short names are all alike
    let limit = match name.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    if d <= limit && best.is_none_or(|b| d < b.0) {
        *best = Some((d, o));
    }
}

/// Whether both types in "(mismatched types A and B)" are numeric.
fn numeric_pair(msg: &str) -> bool {
    let inside = msg.split("(mismatched types ").nth(1).and_then(|s| s.strip_suffix(')'));
    inside.and_then(|s| s.split_once(" and ")).is_some_and(|(a, b)| numeric(a) && numeric(b))
}

fn numeric(t: &str) -> bool {
    let t = t.strip_prefix('u').unwrap_or(t);
    matches!(t, "int" | "int8" | "int16" | "int32" | "int64" | "intptr" | "float32" | "float64" | "byte" | "rune")
}

/// "cannot use x (variable of type A) as B value in …"
fn incompatible(msg: &str) -> Advice {
    let Some((x, rest)) = msg.strip_prefix("cannot use ").and_then(|m| m.split_once(") as ")) else {
        return Advice::default();
    };
    let Some((want, _)) = rest.split_once(" value in ") else { return Advice::default() };
    let Some((x, have)) = x.rsplit_once(" of type ").and_then(|(l, t)| Some((l.split_once(" (")?.0, t))) else {
        return Advice::default();
    };
    match (have, want) {
        ("int", "string") => Advice::help(format!("strconv.Itoa({x}) gives its digits")),
        ("string", "int") => Advice::help(format!("strconv.Atoi({x}) reads a number")),
        ("string", "[]byte") | ("[]byte", "string") => Advice::help(format!("{want}({x}) converts it")),
        (a, b) if numeric(a) && numeric(b) => Advice::help(format!("{b}({x}) converts it")),
        (a, b) if a.strip_prefix('*') == Some(b) => Advice::help(format!("*{x} is what it points to")),
        (a, b) if b.strip_prefix('*') == Some(a) => Advice::help(format!("&{x} is its address")),
        _ => Advice::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions() {
        let help = |m| incompatible(m).help.unwrap_or_default();
        assert_eq!(
            help("cannot use n (variable of type int) as string value in assignment"),
            "strconv.Itoa(n) gives its digits"
        );
        assert_eq!(help("cannot use p (variable of type *T) as T value in argument to f"), "*p is what it points to");
        assert_eq!(
            help("cannot use n (variable of type int) as int64 value in return statement"),
            "int64(n) converts it"
        );
        assert_eq!(help("cannot use f() (value of type T) as U value in assignment"), "");
    }
}
