//! Hand-written SSA through code generation and linking, executed with a start routine of a few instructions.

use goxide_codegen::clif::{Clif, Options};
use goxide_codegen::{Backend, CodeBlob, CodeReloc, CodeRelocKind};
use goxide_link::{Input, link, write_file};
use goxide_ssa::sym::{DataDef, DataReloc, DataRelocKind, Section};
use goxide_ssa::{Sym, SymKind, parse};

fn sym(name: &str) -> Sym {
    Sym::intern(name, SymKind::Extern)
}

/// A machine-code routine: bytes with calls (offset, target).
fn raw(name: &str, bytes: &[u8], refs: &[(u32, &str)]) -> CodeBlob {
    let relocs = refs.iter().map(|&(off, t)| CodeReloc { off, kind: CodeRelocKind::Pc32, target: sym(t), addend: -4 });
    let mut info = goxide_abi::tables::writer::FuncInfo { name: name.into(), ..Default::default() };
    info.size = bytes.len() as u32;
    CodeBlob { sym: sym(name), align: 16, bias: 0, bytes: bytes.to_vec(), relocs: relocs.collect(), info }
}

fn runtime() -> Vec<CodeBlob> {
    vec![
        // lea r15, [rip+g]; call main.main; mov edi, eax; mov eax, 60; syscall
        raw(
            "_start",
            &[0x4c, 0x8d, 0x3d, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0x89, 0xc7, 0xb8, 60, 0, 0, 0, 0x0f, 0x05],
            &[(3, "test.g"), (8, "main.main")],
        ),
        raw("runtime.morestack", &[0x0f, 0x0b], &[]),
        raw("runtime.lessstack", &[0x0f, 0x0b], &[]),
        // runtime.panicIndex, panicdivide: mov edi, 77; mov eax, 60; syscall
        raw("runtime.panicIndex", &[0xbf, 77, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05], &[]),
        raw("runtime.panicdivide", &[0xbf, 78, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05], &[]),
        // deferprepare(frame rdi, landing rsi): frame.sp = rsp+8, .bp = rbp, .landing = rsi, g.deferframe = frame
        raw(
            "runtime.deferprepare",
            &[
                0x48, 0x8d, 0x44, 0x24, 0x08, 0x48, 0x89, 0x47, 0x08, 0x48, 0x89, 0x6f, 0x10, 0x48, 0x89, 0x77, 0x18,
                0x49, 0x89, 0x7f, 0x10, 0xc3,
            ],
            &[],
        ),
        // recovery(frame): rax = frame; rsp, rbp from it; poison rbx; jump to the landing
        raw(
            "test.recovery",
            &[0x48, 0x89, 0xf8, 0x48, 0x8b, 0x60, 0x08, 0x48, 0x8b, 0x68, 0x10, 0x48, 0x31, 0xdb, 0xff, 0x60, 0x18],
            &[],
        ),
    ]
}

/// Compiles the functions, links and runs; the exit status is `main.main`'s result.
fn run(src: &str) -> i32 {
    let c = Clif::new(Options { optimize: true, verify: true });
    let mut code = runtime();
    for f in src.split("\n\n") {
        let f = parse::parse(f.trim(), &|_| None).expect("parses");
        goxide_ssa::verify::verify(&f).expect("verifies");
        code.push(c.compile(&f).expect("compiles"));
    }
    code.extend(goxide_codegen::builtin::blobs());
    let g = DataDef {
        sym: sym("test.g"),
        section: Section::NoptrBss,
        align: 16,
        bytes: Vec::new(),
        size: 4096,
        relocs: Vec::new(),
        ptrmask: Vec::new(),
    };
    let table = DataDef {
        sym: sym("test.table"),
        section: Section::Data,
        align: 8,
        bytes: vec![0; 16],
        size: 16,
        relocs: vec![
            DataReloc { off: 0, kind: DataRelocKind::Abs64, target: sym("main.main"), addend: 0 },
            DataReloc { off: 8, kind: DataRelocKind::Abs64, target: sym("test.g"), addend: 8 },
        ],
        ptrmask: vec![0b10],
    };
    let flag = DataDef { sym: sym("runtime.writeBarrier"), size: 4, align: 4, ..g.clone() };
    let input = Input { code, data: vec![g, table, flag], ..Input::default() };
    let out = link(&input).unwrap_or_else(|e| panic!("{e:?}"));
    let dir =
        std::env::temp_dir().join(format!("goxide-link-{}-{:?}", std::process::id(), std::thread::current().id()));
    std::fs::create_dir_all(&dir).expect("temp dir");
    let exe = dir.join("a.out");
    write_file(&exe, &out).expect("writes");
    let status = std::process::Command::new(&exe).status().expect("runs");
    std::fs::remove_dir_all(&dir).expect("removes");
    status.code().unwrap_or(-1)
}

#[test]
fn calls_and_loops() {
    let src = r#"func "main.sum" (i64) -> (i64) {
b0(v0: i64):
  v1: i64 = iconst {0}
  jump b1(v0, v1)
b1(v2: i64, v3: i64):
  v4: i64 = iconst {0}
  v5: i8 = icmp.sgt v2, v4
  br v5, b2, b3
b2:
  v6: i64 = add v3, v2
  v7: i64 = iconst {1}
  v8: i64 = sub v2, v7
  jump b1(v8, v6)
b3:
  ret v3
}

func "main.main" () -> (i64) {
b0:
  v0: i64 = iconst {10}
  v1: i64 = call v0 {"main.sum" (i64) -> (i64)}
  ret v1
}"#;
    assert_eq!(run(src), 55);
}

#[test]
fn checks_call_the_runtime() {
    let src = r#"func "main.main" () -> (i64) {
b0:
  v0: i64 = iconst {10}
  v1: i64 = iconst {10}
  boundscheck.index v0, v1
  ret v1
}"#;
    assert_eq!(run(src), 77);
}

#[test]
fn recovery_reaches_the_landing() {
    let src = r#"func "main.f" (i64) -> (i64) has_defer {
  slot s0 64 8 "frame"
  slot s1 8 8 "r"
b0(v0: i64):
  v1: ptr = slotaddr {s1}
  store v1, v0 {0 nonnil}
  deferenter s0, b1, b2
b1:
  v2: ptr = slotaddr {s0}
  call v2 {"test.recovery" (ptr) -> ()}
  unreachable
b2(v3: ptr):
  v4: ptr = slotaddr {s1}
  v5: i64 = load v4 {0 nonnil}
  ret v5
}

func "main.main" () -> (i64) {
b0:
  v0: i64 = iconst {42}
  v1: i64 = call v0 {"main.f" (i64) -> (i64)}
  ret v1
}"#;
    assert_eq!(run(src), 42);
}

#[test]
fn argument_block_is_the_sixth_integer() {
    let src = r#"func "main.f" (i64, ptr block) -> (i64) {
b0(v0: i64, v1: ptr):
  v2: i64 = load v1 {8 nonnil}
  v3: i64 = add v0, v2
  ret v3
}

func "main.main" () -> (i64) {
  slot s0 16 8 "args"
b0:
  v0: ptr = slotaddr {s0}
  v1: i64 = iconst {30}
  store v0, v1 {8 nonnil}
  v2: i64 = iconst {4}
  v3: i64 = call v2, v0 {"main.f" (i64, ptr block) -> (i64)}
  v4: f64 = sitof v3
  v5: f64 = ffloor v4
  v6: i64 = ftosi v5
  v7: i64 = iconst {0}
  v8: i64, v9: i64 = udiv128 v7, v6, v2
  ret v8
}"#;
    assert_eq!(run(src), 8);
}

#[test]
fn undefined_symbols_are_reported_in_gcs_words() {
    let c = Clif::new(Options { optimize: true, verify: true });
    let f = "func \"main.main\" () -> () {\nb0:\n  call {\"main.missing\" () -> ()}\n  ret\n}";
    let f = parse::parse(f, &|_| None).expect("parses");
    let mut code = runtime();
    code.push(c.compile(&f).expect("compiles"));
    let e = link(&Input { code, ..Input::default() }).expect_err("fails");
    assert!(e.contains(&"main.main: relocation target main.missing not defined".to_string()), "{e:?}");
}
