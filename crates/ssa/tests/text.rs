//! The text form: print and parse are inverse, and `verify` notices broken functions.

use goxide_ssa::parse::parse;
use goxide_ssa::verify::verify;

const LOOP: &str = r#"func "main.sum" (ptr, i64) -> (i64) {
  slot s0 16 8 "x"
b0(v0: ptr, v1: i64):
  v2: i64 = iconst {0}
  jump b1(v2, v2)
b1(v3: i64, v4: i64):
  v5: i8 = icmp.slt v3, v1
  br v5, b2, b3 likely
b2:
  boundscheck.index v3, v1
  v6: ptr = ptradd v0, v3
  v7: i64 = load v6 {8 nonnil readonly}
  v8: i64 = add v4, v7
  v9: i64 = iconst {1}
  v10: i64 = add v3, v9
  v11: ptr = slotaddr {s0}
  store v11, v0 {8 barrier}
  v12: i64 = call v10 {"main.f\"·" (i64) -> (i64)}
  callrt {"block" () -> ()}
  jump b1(v12, v8)
b3 cold:
  ret v4
}
"#;

#[test]
fn round_trip() {
    let f = parse(LOOP, &|_| None).unwrap();
    verify(&f).unwrap();
    assert_eq!(f.to_string(), LOOP);
}

#[test]
fn verifier_notices() {
    let bad = |from: &str, to: &str| verify(&parse(&LOOP.replace(from, to), &|_| None).unwrap()).unwrap_err();
    assert!(bad("add v4, v7", "add v4, v0").contains("one integer type"));
    assert!(bad("ret v4", "ret v8").contains("not defined there"));
    assert!(bad("jump b1(v12, v8)", "jump b1(v12)").contains("1 arguments"));
}
