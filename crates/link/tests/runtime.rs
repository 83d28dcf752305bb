//! Hand-written SSA with the real runtime: start-up, goroutines, stack growth, panics' machinery, preemption.

use goxide_codegen::Backend;
use goxide_codegen::clif::{Clif, Options};
use goxide_link::{Input, embedded_runtime, link, write_file};
use goxide_ssa::sym::{DataDef, DataReloc, DataRelocKind, Section};
use goxide_ssa::{Sym, SymKind, parse};

fn sym(name: &str) -> Sym {
    Sym::intern(name, SymKind::Extern)
}

/// A func value of a plain function.
fn funcval(name: &str) -> DataDef {
    DataDef {
        sym: sym(&format!("{name}·f")),
        section: Section::Rodata,
        align: 8,
        bytes: vec![0; 8],
        size: 8,
        relocs: vec![DataReloc { off: 0, kind: DataRelocKind::Abs64, target: sym(name), addend: 0 }],
        ptrmask: Vec::new(),
    }
}

/// Links `src` (functions, the first is `runtime.main`) with the runtime and runs it: exit status and standard error.
fn run(src: &str, values: &[&str], env: &[(&str, &str)]) -> (i32, String) {
    let c = Clif::new(Options { optimize: true, verify: true });
    let stubs = ["runtime.sigpanic", "runtime.reflectcallmove", "reflect.callReflect", "reflect.callMethod"];
    let mut all: Vec<String> = src.split("\n\n").map(str::to_string).collect();
    for s in stubs {
        if !src.contains(&format!("func \"{s}\"")) {
            all.push(format!("func \"{s}\" () -> () {{\nb0:\n  unreachable\n}}"));
        }
    }
    let mut code = Vec::new();
    for f in &all {
        let f = parse::parse(f.trim(), &|_| None).unwrap_or_else(|e| panic!("{e:?}\n{f}"));
        goxide_ssa::verify::verify(&f).expect("verifies");
        code.push(c.compile(&f).expect("compiles"));
    }
    code.extend(goxide_codegen::builtin::blobs());
    let word = |name: &str| DataDef {
        sym: sym(name),
        section: Section::NoptrBss,
        align: 8,
        bytes: Vec::new(),
        size: 8,
        relocs: Vec::new(),
        ptrmask: Vec::new(),
    };
    let mut data = vec![funcval("runtime.main"), word("test.counter"), word("test.sema")];
    data.extend(values.iter().map(|v| funcval(v)));
    let input = Input { code, data, runtime: embedded_runtime(), ..Input::default() };
    let out = link(&input).unwrap_or_else(|e| panic!("{e:?}"));
    static N: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let n = N.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("goxide-rt-{}-{n}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("temp dir");
    let exe = dir.join("a.out");
    write_file(&exe, &out).expect("writes");
    let r = loop {
        match std::process::Command::new(&exe).envs(env.iter().copied()).output() {
            // A child that another thread of the test starts may have the file open for writing until it executes.
            Err(e) if e.kind() == std::io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            r => break r.expect("runs"),
        }
    };
    if std::env::var_os("KEEP").is_none() {
        std::fs::remove_dir_all(&dir).expect("removes");
    }
    (r.status.code().unwrap_or(-1), String::from_utf8_lossy(&r.stderr).into_owned())
}

const REC: &str = r#"func "test.rec" (i64) -> (i64) noinline {
b0(v0: i64):
  v1: i64 = iconst {0}
  v2: i8 = icmp.eq v0, v1
  br v2, b1, b2
b1:
  ret v1
b2:
  v3: i64 = iconst {1}
  v4: i64 = sub v0, v3
  v5: i64 = call v4 {"test.rec" (i64) -> (i64)}
  v6: i64 = add v5, v3
  ret v6
}"#;

#[test]
fn starts_grows_the_stack_and_exits() {
    let main = r#"func "runtime.main" () -> () {
b0:
  callrt {"initDone" () -> ()}
  v0: i64 = iconst {200000}
  v1: i64 = call v0 {"test.rec" (i64) -> (i64)}
  v2: i64 = iconst {199993}
  v3: i64 = sub v1, v2
  callrt v3 {"exit" (i64) -> ()}
  unreachable
}"#;
    assert_eq!(run(&format!("{main}\n\n{REC}"), &[], &[]), (7, String::new()));
}

/// Goroutines that spin in a loop without calls are stopped by signals, on one P, thousands of times.
#[test]
fn loops_without_calls_are_preempted() {
    let main = r#"func "runtime.main" () -> () {
b0:
  callrt {"initDone" () -> ()}
  v0: ptr = symaddr {"test.spin·f" 0}
  callrt v0 {"newproc" (ptr) -> ()}
  callrt v0 {"newproc" (ptr) -> ()}
  callrt v0 {"newproc" (ptr) -> ()}
  v1: ptr = symaddr {"test.counter" 0}
  v9: i64 = iconst {3}
  jump b1
b1:
  v2: i64 = atomicload v1 {0}
  v3: i8 = icmp.ne v2, v9
  br v3, b1, b2
b2:
  v4: i64 = iconst {9}
  callrt v4 {"exit" (i64) -> ()}
  unreachable
}

func "test.spin" () -> () {
b0:
  v0: i64 = iconst {0}
  v1: i64 = iconst {1}
  v2: i64 = iconst {100000000}
  v9: i64 = iconst {3}
  jump b1(v0, v0)
b1(v3: i64, v4: i64):
  v5: i64 = add v3, v1
  v6: i64 = add v4, v9
  v7: i8 = icmp.slt v5, v2
  br v7, b1(v5, v6), b2
b2:
  v8: i64 = iconst {300000000}
  v10: i8 = icmp.eq v6, v8
  br v10, b3, b4
b3:
  v11: i64 = iconst {20000}
  v12: i64 = call v11 {"test.rec" (i64) -> (i64)}
  v13: ptr = symaddr {"test.counter" 0}
  v14: i64 = atomicrmw.add v13, v1 {0}
  ret
b4:
  v15: i64 = iconst {66}
  callrt v15 {"exit" (i64) -> ()}
  unreachable
}"#;
    let r = run(&format!("{main}\n\n{REC}"), &["test.spin"], &[("GOMAXPROCS", "1"), ("GOXIDESTRESS", "preempt=20")]);
    assert_eq!(r, (9, String::new()));
}

#[test]
fn deadlock_is_reported_with_positions() {
    let main = r#"func "runtime.main" () -> () {
b0:
  callrt {"initDone" () -> ()}
  call {"main.wait" () -> ()}
  unreachable
}

func "main.wait" () -> () noinline {
b0:
  v0: ptr = symaddr {"test.sema" 0}
  v1: i64 = iconst {0}
  v2: i64 = iconst {18}
  callrt v0, v1, v2 {"semacquire1" (ptr, i64, i64) -> ()}
  ret
}"#;
    let (status, err) = run(main, &[], &[]);
    assert_eq!(status, 2);
    let head =
        "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [sync.RWMutex.RLock]:\nmain.wait()\n\t";
    assert!(err.starts_with(head), "{err}");
}
