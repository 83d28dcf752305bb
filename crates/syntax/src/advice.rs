//! Help for the rich form of syntax errors: habits of other languages, and Go's rules about line ends.

/// What usually is the remedy for `msg`; `line` is the source line it is reported on, `at` the offset in it.
pub(crate) fn help(msg: &str, line: &str, at: usize) -> Option<&'static str> {
    let m = msg.strip_prefix("syntax error: ").unwrap_or(msg);
    let rest = line.get(at..).unwrap_or_default().trim_start();
    let says = |s: &str| m.contains(s);
    Some(match () {
        () if says("non-declaration statement outside function body") && line.contains(":=") => {
            "outside of functions, variables are declared with var"
        }
        () if says("non-declaration statement outside function body") => "statements belong into functions",
        () if says("unexpected newline, expected { after") || says("unexpected semicolon or newline before {") => {
            "the { stands at the end of the line, a line break before it ends the statement"
        }
        () if says("unexpected keyword else") || says("else must be followed by") => {
            "else stands on the line of the } before it"
        }
        () if says("unexpected ++") || says("unexpected --") => {
            "x++ and x-- are statements of their own, without a value"
        }
        () if says("invalid character U+003F '?'") => "Go has no ?: operator; if and else do it",
        () if says("more than one character in rune literal") => "strings take double quotes",
        () if says("cannot use assignment") || says("cannot use") && says("as value?") => "== compares, = assigns",
        () if says("mixed named and unnamed parameters") => "either all parameters have names or none",
        () if says("unexpected newline in composite literal") || says("unexpected newline in argument list") => {
            "a list that ends on a line of its own takes a comma behind its last element"
        }
        () if says("newline in string") => "raw strings, in back quotes, may span lines",
        () if says("unexpected name") && line.trim_start().starts_with("while ") => {
            "for is the only loop: for condition { … }"
        }
        () if says("unexpected name") && rest.starts_with("of ") => "for i, x := range list { … }",
        () if says("var declaration not allowed in for initializer") => "for i := 0; … declares the variable",
        () if says("expected 1 expression") && line.contains("range") => "for i, x := range list { … }",
        () if says("cannot parenthesize embedded type") => "an embedded field is just the name of its type",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::help;

    #[test]
    fn remedies() {
        let h = |m, l: &str| help(&format!("syntax error: {m}"), l, 0).unwrap_or_default();
        assert!(h("non-declaration statement outside function body", "x := 1").contains("var"));
        assert!(h("non-declaration statement outside function body", "f()").contains("functions"));
        assert_eq!(help("syntax error: unexpected EOF", "", 9), None);
    }
}
