//! Messages and positions for small sources: `line:col: message` of every error.

use goxide_diag::Sink;
use goxide_syntax::{FRONT_END_STACK, Mode, NodeIdGen, parse_file};

fn errors(src: &str) -> Vec<String> {
    let src = src.to_owned();
    let run = move || {
        let file = goxide_base::add_file("x.go", "x.go", src.into_bytes());
        let mut sink = Sink::default();
        std::mem::forget(parse_file(&file, &mut NodeIdGen::new(), Mode::default(), &mut sink));
        let at = |d: &goxide_diag::Diagnostic| goxide_base::position(d.pos);
        sink.diags.iter().map(|d| format!("{}:{}: {}", at(d).line, at(d).col, d.msg)).collect()
    };
    std::thread::Builder::new().stack_size(FRONT_END_STACK).spawn(run).unwrap().join().unwrap()
}

fn check(src: &str, want: &[&str]) {
    assert_eq!(errors(src), want, "{src}");
}

fn in_func(body: &str, want: &[&str]) {
    check(&format!("package p\nfunc f() {{ {body} }}\n"), want);
}

#[test]
fn files() {
    check("", &["1:1: syntax error: package statement must be first"]);
    check("package p", &[]);
    check("package p\nx := 1\n", &["2:1: syntax error: non-declaration statement outside function body"]);
    check(
        "package p\nvar x int\nimport \"a\"\n",
        &["3:1: syntax error: imports must appear before other declarations"],
    );
    check("package p\nfunc f()\n{\n}\n", &["3:1: syntax error: unexpected semicolon or newline before {"]);
}

/// A byte order mark is skipped wherever it stands, even within the marks of a comment.
#[test]
fn byte_order_mark_within_a_comments_marks() {
    let bom = "invalid BOM in the middle of the file";
    check("package p\n/\u{feff}/go:build x\n", &[&format!("2:2: {bom}")]);
    check("package p\n/* a *\u{feff}/\n", &[&format!("2:7: {bom}")]);
}

#[test]
fn statements() {
    in_func("if x {", &["3:1: syntax error: unexpected EOF, expected }"]);
    in_func("if x = 1 {}", &["2:17: syntax error: cannot use assignment x = 1 as value"]);
    in_func("if x := 1; {}", &["2:21: syntax error: missing condition in if statement"]);
    in_func("for x := 0; x < 1; x := 2 {}", &["2:33: syntax error: cannot declare in post statement of for loop"]);
    in_func("a b", &["2:14: syntax error: unexpected name b at end of statement"]);
    in_func("var x = ", &["2:21: syntax error: unexpected }, expected expression"]);
    in_func("L: for {}", &["2:12: label L defined and not used"]);
    in_func("goto L; var x int; L: _ = x", &["2:17: goto L jumps over declaration of x at x.go:2:24"]);
    in_func("break", &["2:12: break is not in a loop, switch, or select"]);
    in_func("switch { case 1: fallthrough }", &["2:29: cannot fallthrough final case in switch"]);
    in_func("go (f())", &["2:15: expression in go must not be parenthesized"]);
}

#[test]
fn types_and_parameters() {
    check("package p\ntype T[P any, Q] int\n", &["2:16: syntax error: missing type constraint"]);
    check("package p\ntype T[P *int] int\ntype U[P *Q] int\n", &[]);
    check("package p\nfunc f(a int, []string)\n", &["2:15: syntax error: missing parameter name"]);
    check("package p\nfunc f(a ...int, b int)\n", &["2:10: can only use ... with final parameter"]);
    check("package p\ntype I interface { m[T any]() }\n", &["2:21: interface method must have no type parameters"]);
    check("package p\nvar c <-chan chan<- int = <-chan (chan<- int)(nil)\n", &[]);
}

#[test]
fn literals() {
    check("package p\nconst a = 0x\n", &["2:13: hexadecimal literal has no digits"]);
    check("package p\nconst a = 09\n", &["2:12: invalid digit '9' in octal literal"]);
    check("package p\nconst a = 1__0\n", &["2:13: '_' must separate successive digits"]);
    check("package p\nconst a = '\\q'\n", &["2:13: unknown escape"]);
    check("package p\nconst a = \"x\n", &["2:13: newline in string"]);
    check("package p\nvar a # int\n", &["2:7: invalid character U+0023 '#'"]);
}

#[test]
fn directives() {
    check("package p\n//go:noinline\nvar x int\n", &[]);
    check("package p\nvar x int //go:noinline\n", &["2:13: misplaced compiler directive"]);
    check("package p\n//line foo.go:10\nvar x\n", &["10:0: syntax error: unexpected newline, expected type"]);
    check("package p\n/*line foo.go:10:5*/var x\n", &["10:10: syntax error: unexpected newline, expected type"]);
    check("package p\n//line foo.go:x\n", &["2:15: invalid line number: x"]);
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = |open: &str, close: &str| {
        let n = 100_000;
        errors(&format!("package p\nvar x = {}y{}\n", open.repeat(n), close.repeat(n)))
    };
    for (o, c) in [("(", ")"), ("- ", ""), ("[]int{", "}"), ("f(", ")"), ("func() { x = ", "}"), ("1+", ""), ("", ".x")]
    {
        let e = deep(o, c);
        assert_eq!(e.len(), 1, "{o}");
        assert!(e[0].ends_with("syntax error: exceeded max nesting depth"), "{o}: {}", e[0]);
    }
    let types = errors(&format!("package p\ntype T {}int\n", "[]".repeat(100_000)));
    assert_eq!(types.len(), 1);
}

#[test]
fn long_lines() {
    let n = 1_000_000;
    check(&format!("package p; var x = []int{{{}}}\n", "1234567, ".repeat(n)), &[]);
    check(&format!("package p; var x = \"{}\"\n", "a".repeat(10 * n)), &[]);
}
