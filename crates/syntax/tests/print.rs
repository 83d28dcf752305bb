//! Whole files printed and parsed again: cases where the layout decides what the parser sees.

use goxide_diag::Sink;
use goxide_syntax::{Mode, NodeIdGen, file_string, parse_file};

fn printed(body: &str) -> String {
    let src = format!("package p\n{body}\n");
    let f = goxide_base::add_file("p.go", "/p.go", src.into_bytes());
    let mut sink = Sink::default();
    let tree = parse_file(&f, &mut NodeIdGen::new(), Mode::default(), &mut sink).expect("a tree");
    assert!(!sink.has_errors(), "{body}: {}", goxide_diag::plain(&sink.diags, true));
    file_string(&tree).trim_start_matches("package p\n").trim_end().to_owned()
}

/// Prints `body`, which must come out as `want`; and that must not change any more.
fn gives(body: &str, want: &str) {
    assert_eq!(printed(body), want);
    assert_eq!(printed(want), want, "printed again");
}

#[test]
fn empty_group_in_a_function_stays() {
    gives("func f() { var () }", "func f() {\n\tvar ()\n}");
}

#[test]
fn dots_after_a_number_stand_apart() {
    gives("var _ = f(10 ...)", "var _ = f(10 ...)");
}

#[test]
fn address_of_a_literal_in_a_header_keeps_its_parentheses() {
    gives("func f() { switch &(T{}) {} }", "func f() {\n\tswitch &(T{}) {\n\t}\n}");
}

#[test]
fn only_address_of_drops_parentheses() {
    gives("func f() { _ = ^T{} }", "func f() {\n\t_ = ^T{}\n}");
}

#[test]
fn operators_do_not_run_together() {
    gives("var _ = a - -(- -b) & ^c", "var _ = a - -(- -b) & ^c");
}

#[test]
fn a_label_does_not_take_the_next_statement() {
    gives("func f() { L: ; goto L }", "func f() {\n\tL:\n\t;\n\tgoto L\n}");
}

#[test]
fn type_parameters_do_not_read_as_a_length() {
    gives("type T[P *C,] struct{ a, b int \"tag\" }", "type T[P *C, ] struct{a, b int \"tag\"}");
}

#[test]
fn a_selector_of_a_number_stands_apart() {
    gives("var _ = 30 .x", "var _ = 30 .x");
}

#[test]
fn address_of_a_sum_keeps_its_parentheses() {
    gives("var _ = a + &(b - c) >> d", "var _ = a + &(b - c) >> d");
}

#[test]
fn what_follows_a_type_is_not_part_of_it() {
    for x in [
        "chan (*h)[n]",
        "chan (T)[n]",
        "[]([]T)[n]",
        "[2](T).x",
        "map[K](T)[1:2]",
        "<-chan (T).(U)",
        "chan<- (T)[n]",
        "func() (T)[n]",
        "[]byte(x)",
    ] {
        gives(&format!("var _ = {x}"), &format!("var _ = {x}"));
    }
}
