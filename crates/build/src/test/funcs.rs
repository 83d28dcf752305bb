//! What is to be run of a package's test files: tests, benchmarks, fuzz targets, examples with their outputs.

use crate::dir::{GoFile, line_col};
use goxide_base::{SourceFile, add_file};
use goxide_diag::Sink;
use goxide_syntax::ast::{Decl, Expr, ExprKind, FuncDecl};
use goxide_syntax::{CommentAt, Mode, NodeIdGen, parse_file, scan_comments};

/// A function that the test main refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFunc {
    /// It is in the external test package.
    pub external: bool,
    pub name: String,
    /// What an example prints.
    pub output: String,
    pub unordered: bool,
}

/// Everything of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestFuncs {
    pub tests: Vec<TestFunc>,
    pub benchmarks: Vec<TestFunc>,
    pub fuzz: Vec<TestFunc>,
    pub examples: Vec<TestFunc>,
    pub main: Option<TestFunc>,
}

impl TestFuncs {
    /// Adds what `file` holds. `shown` is its name in messages. The error is what the go command prints.
    pub fn add(&mut self, file: &GoFile, shown: &str, external: bool) -> Result<(), String> {
        let source = add_file(shown, file.path.display().to_string(), file.src.clone());
        let mut sink = Sink::default();
        let tree = parse_file(&source, &mut NodeIdGen::new(), Mode::default(), &mut sink);
        if sink.has_errors() {
            return Err(goxide_diag::plain(&sink.diags, false).trim_end().to_owned());
        }
        let Some(tree) = tree else { return Err(format!("{shown}: cannot be parsed")) };
        let mut comments: Option<Vec<CommentAt>> = None;
        let mut examples = Vec::new();
        for d in &tree.decls {
            let Decl::Func(f) = d else { continue };
            if f.recv.is_some() {
                continue;
            }
            let name = f.name.name.as_str();
            let func = || TestFunc { external, name: name.to_owned(), output: String::new(), unordered: false };
            let check = |param: &str| signature(f, param, file, &source);
            if name == "TestMain" {
                if takes(f, "T") {
                    self.tests.push(func());
                    continue;
                }
                check("M")?;
                if self.main.is_some() {
                    return Err("multiple definitions of TestMain".into());
                }
                self.main = Some(func());
            } else if is_test(name, "Test") {
                check("T")?;
                self.tests.push(func());
            } else if is_test(name, "Benchmark") {
                check("B")?;
                self.benchmarks.push(func());
            } else if is_test(name, "Fuzz") {
                check("F")?;
                self.fuzz.push(func());
            } else if is_test(name, "Example")
                && f.ty.params.is_empty()
                && f.ty.results.is_empty()
                && let Some(body) = &f.body
            {
                let all = comments.get_or_insert_with(|| scan_comments(&source.src));
                let (from, to) = (source.offset(body.pos), source.offset(body.rbrace));
                if let Some((output, unordered)) = example_output(all, &source.src, from, to) {
                    examples.push(TestFunc { output, unordered, ..func() });
                }
            }
        }
        self.examples.append(&mut examples);
        Ok(())
    }
}

/// Whether `name` is `prefix`, or that and something that does not begin with a lower-case letter.
fn is_test(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| !rest.chars().next().is_some_and(char::is_lowercase))
}

/// Whether the one parameter is `*X` or `*anything.X`, and there is no result.
fn takes(f: &FuncDecl, x: &str) -> bool {
    let [p] = &f.ty.params[..] else { return false };
    if !f.ty.results.is_empty() || p.names.len() > 1 {
        return false;
    }
    let Expr { kind: ExprKind::Star(to), .. } = &p.ty else { return false };
    match &to.kind {
        ExprKind::Name(n) => n.as_str() == x,
        ExprKind::Selector { sel, .. } => sel.name.as_str() == x,
        _ => false,
    }
}

/// The error names the file in full and the keyword `func`, as go/parser's positions do.
fn signature(f: &FuncDecl, param: &str, file: &GoFile, source: &SourceFile) -> Result<(), String> {
    let name = f.name.name.as_str();
    let why = if !f.tparams.is_empty() {
        "test functions cannot have type parameters".to_owned()
    } else if !takes(f, param) {
        format!("must be: func {name}({} *testing.{param})", param.to_lowercase())
    } else {
        return Ok(());
    };
    let before = &file.src[..source.offset(f.pos) + "func".len()];
    let keyword = before.windows(4).rposition(|w| w == b"func").unwrap_or(0);
    let (line, col) = line_col(&file.src, keyword);
    Err(format!("{}:{line}:{col}: wrong signature for {name}, {why}", file.path.display()))
}

/// The output that the last comment group of a body (between offsets) announces.
fn example_output(all: &[CommentAt], src: &[u8], from: usize, to: usize) -> Option<(String, bool)> {
    let inside: Vec<&CommentAt> = all.iter().filter(|c| c.off > from && c.off < to).collect();
    let last = inside.len().checked_sub(1)?;
    // a group: nothing but one line break between its comments
    let mut first = last;
    while first > 0 {
        let (a, b) = (inside[first - 1], inside[first]);
        let between = &src[a.off + a.text.len()..b.off];
        let lines = between.iter().filter(|c| **c == b'\n').count();
        // what stands behind a statement on its line is a group of its own
        let trailing = lines > 0 && a.prev.is_some_and(|p| !src[p..a.off].contains(&b'\n'));
        if a.prev != b.prev || lines > 1 || trailing || !between.iter().all(u8::is_ascii_whitespace) {
            break;
        }
        first -= 1;
    }
    let text = group_text(inside[first..].iter().map(|c| c.text.as_str()));
    let body = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let strip = |s: &str, p: &str| match s.get(..p.len()) {
        Some(head) if head.eq_ignore_ascii_case(p) => Some(s[p.len()..].to_owned()),
        _ => None,
    };
    let (unordered, rest) = match strip(body, "unordered ") {
        Some(r) => (true, r),
        None => (false, body.to_owned()),
    };
    let rest = strip(&rest, "output:")?;
    let rest = rest.trim_start_matches(' ');
    Some((rest.strip_prefix('\n').unwrap_or(rest).to_owned(), unordered))
}

/// Text of a comment group as go/ast gives it: without marks, directives, trailing space and repeated blank lines.
fn group_text<'a>(comments: impl Iterator<Item = &'a str>) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for c in comments {
        let text = if let Some(t) = c.strip_prefix("//") {
            match t.strip_prefix(' ') {
                Some(t) => t,
                None if is_directive(t) => continue,
                None => t,
            }
        } else {
            c.strip_prefix("/*").and_then(|t| t.strip_suffix("*/")).unwrap_or(c)
        };
        lines.extend(text.split('\n').map(|l| l.trim_end_matches([' ', '\t', '\n', '\r'])));
    }
    let mut out: Vec<&str> = Vec::new();
    for l in lines {
        if !l.is_empty() || out.last().is_some_and(|p| !p.is_empty()) {
            out.push(l);
        }
    }
    if out.last().is_some_and(|l| !l.is_empty()) {
        out.push("");
    }
    out.join("\n")
}

/// `line `, `extern `, `export ` or `[a-z0-9]+:[a-z0-9]`.
fn is_directive(c: &str) -> bool {
    if ["line ", "extern ", "export "].iter().any(|p| c.starts_with(p)) {
        return true;
    }
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    match c.split_once(':') {
        Some((a, b)) => !a.is_empty() && a.bytes().all(word) && b.bytes().next().is_some_and(word),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use goxide_syntax::scan_header;

    fn funcs(src: &str) -> Result<TestFuncs, String> {
        let f = GoFile {
            name: "x_test.go".into(),
            src: src.as_bytes().into(),
            head: scan_header(src.as_bytes()),
            path: "/x_test.go".into(),
        };
        let mut t = TestFuncs::default();
        t.add(&f, "./x_test.go", false).map(|()| t)
    }

    #[test]
    fn kinds() {
        let t = funcs(
            "package p\nimport \"testing\"\nfunc TestA(t *testing.T) {}\nfunc Testing() {}\nfunc BenchmarkX(*testing.B) {}\n\
             func Fuzz(f *testing.F) {}\nfunc TestMain(m *testing.M) {}\nfunc (x T) TestB() {}\n",
        )
        .unwrap();
        let names = |l: &[TestFunc]| l.iter().map(|f| f.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&t.tests), ["TestA"]);
        assert_eq!(names(&t.benchmarks), ["BenchmarkX"]);
        assert_eq!(names(&t.fuzz), ["Fuzz"]);
        assert_eq!(t.main.unwrap().name, "TestMain");
    }

    #[test]
    fn wrong_signature() {
        let e = funcs("package p\nfunc TestA(x int) {}\n").unwrap_err();
        assert_eq!(e, "/x_test.go:2:1: wrong signature for TestA, must be: func TestA(t *testing.T)");
    }

    #[test]
    fn outputs_of_examples() {
        let t = funcs(
            "package p\n\
             func Example() {\n\tprintln(1)\n\t// Output: 1\n}\n\
             func Example_b() {\n\t// first\n\n\t// Unordered output:\n\t// x\n\t//  y\n\t//\n\t//\n\t// z\n}\n\
             func Example_none() { /* nothing */ }\n\
             func Example_empty() {\n\t// output:\n}\n",
        )
        .unwrap();
        let l: Vec<_> = t.examples.iter().map(|e| (e.name.as_str(), e.output.as_str(), e.unordered)).collect();
        assert_eq!(l, [("Example", "1\n", false), ("Example_b", "x\n y\n\nz\n", true), ("Example_empty", "", false)]);
    }
}
