//! What the writer writes the reader reads.
#![cfg(feature = "std")]

use goxide_abi::tables::writer::{FuncInfo, Inline, Position, Writer};
use goxide_abi::tables::{FuncTab, flags, trap};

fn sample() -> Vec<u8> {
    let mut w = Writer::new();
    let pos = |pc, file, line, inline| Position { pc, file, line, inline };
    w.add(
        16,
        &FuncInfo {
            name: "main.f".into(),
            flags: flags::DEFER,
            size: 100,
            body: 10,
            cold: 80,
            frame: 32,
            start_line: 7,
            files: vec!["/a/x.go".into(), "/a/y.go".into()],
            inlines: vec![
                Inline {
                    name: "main.g".into(),
                    parent: None,
                    call_file: "/a/x.go".into(),
                    call_line: 9,
                    start_line: 20,
                    wrapper: false,
                },
                Inline {
                    name: "main.h".into(),
                    parent: Some(0),
                    call_file: "/a/y.go".into(),
                    call_line: 21,
                    start_line: 3,
                    wrapper: false,
                },
            ],
            positions: vec![pos(0, 0, 7, None), pos(20, 1, 4, Some(1)), pos(40, 0, 11, None)],
            traps: vec![(24, trap::NIL), (50, trap::UNREACHABLE)],
            unsafe_ranges: vec![(30, 36), (60, 61)],
            live: Vec::new(),
        },
    );
    // Many functions, so that buckets matter.
    for i in 0..2000u32 {
        let name = format!("main.f{i}");
        w.add(200 + i * 64, &FuncInfo { name, size: 50, cold: 50, ..FuncInfo::default() });
    }
    w.finish()
}

#[test]
fn finds_functions() {
    let b = sample();
    let t = FuncTab::new(&b).unwrap();
    assert_eq!(t.len(), 2001);
    assert!(t.find(15).is_none());
    assert_eq!(t.find(16).unwrap().name(), "main.f");
    assert_eq!(t.find(115).unwrap().name(), "main.f");
    // The bytes before the next function's alignment.
    assert_eq!(t.find(131).unwrap().name(), "main.f");
    assert!(t.find(132).is_none());
    for i in 0..2000u32 {
        assert_eq!(t.find(200 + i * 64 + 49).unwrap().name(), format!("main.f{i}"));
        assert_ne!(t.find(200 + i * 64 + 66).map(|f| f.name()), Some(&*format!("main.f{i}")));
    }
    assert!(t.find(u32::MAX).is_none());
}

#[test]
fn frames_traps_and_unsafe_ranges() {
    let b = sample();
    let f = FuncTab::new(&b).unwrap().find(20).unwrap();
    assert!(f.has(flags::DEFER) && !f.has(flags::WRAPPER));
    assert_eq!((f.body(), f.cold(), f.end(), f.frame(), f.start_line()), (26, 96, 116, 32, 7));
    assert!(f.in_stub(25) && !f.in_stub(26) && f.in_stub(96));
    let all: Vec<_> = f.frames(16 + 39).map(|x| (x.name, x.file, x.line, x.start_line)).collect();
    assert_eq!(all, [("main.h", "/a/y.go", 4, 3), ("main.g", "/a/y.go", 21, 20), ("main.f", "/a/x.go", 9, 7)]);
    let one: Vec<_> = f.frames(16 + 40).map(|x| (x.name, x.line)).collect();
    assert_eq!(one, [("main.f", 11)]);
    assert_eq!(f.trap(16 + 24), Some(trap::NIL));
    assert_eq!(f.trap(16 + 25), None);
    assert_eq!(f.trap(16 + 50), Some(trap::UNREACHABLE));
    assert!(!f.is_unsafe(16 + 29) && f.is_unsafe(16 + 30) && f.is_unsafe(16 + 35) && !f.is_unsafe(16 + 36));
    assert!(f.is_unsafe(16 + 60) && !f.is_unsafe(16 + 61));
}

#[test]
fn rejects_other_bytes() {
    assert!(FuncTab::new(&[]).is_none());
    assert!(FuncTab::new(&[0; 64]).is_none());
}
