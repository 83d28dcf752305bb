//! Parser and printer against each other: what parses, printed and parsed again, gives the same tree.

use crate::front::parse;
use goxide_syntax::ast::File;
use goxide_syntax::file_string;

/// Panics if the tree does not survive.
pub fn check(src: Vec<u8>) {
    let (Some(tree), sink) = parse("a.go", without_directives(&src)) else { return };
    if sink.has_errors() {
        return;
    }
    let text = file_string(&tree);
    let (again, errors) = parse("a.go", text.clone().into_bytes());
    let reported = goxide_diag::plain(&errors.diags, true);
    let again = again.filter(|_| !errors.has_errors()).unwrap_or_else(|| panic!("{reported}\n{text}"));
    let (a, b) = (shape(&tree), shape(&again));
    if a != b {
        let at = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
        let near = |s: &str| s.get(at.saturating_sub(60)..).unwrap_or(s).chars().take(300).collect::<String>();
        panic!("the tree differs:\n{}\n{}\nprinted:\n{text}", near(&a), near(&b));
    }
}

/// Directives are not part of the printed form: here they are plain comments.
fn without_directives(src: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(src);
    text.replace("//go:", "//no:").replace("//line ", "//lime ").replace("/*line ", "/*lime ").into_bytes()
}

/// The tree as text, without file, positions and identities and with the numbers of groups made 0 or 1.
fn shape(f: &File) -> String {
    let all = format!("{f:?}");
    let mut out = String::with_capacity(all.len());
    let mut rest = all.as_str();
    while let Some(at) = rest.find(": ") {
        let (head, tail) = rest.split_at(at + 2);
        out.push_str(head);
        rest = tail;
        let field = &head[head[..at].rfind(' ').map_or(0, |i| i + 1)..at];
        if matches!(field, "id" | "file" | "pos" | "rbrace" | "colon" | "eof" | "group") {
            let end = rest.find([',', '}', ' ']).unwrap_or(rest.len());
            if field == "group" {
                out.push_str(if &rest[..end] == "0" { "alone" } else { "grouped" });
            }
            rest = &rest[end..];
        }
    }
    out + rest
}
