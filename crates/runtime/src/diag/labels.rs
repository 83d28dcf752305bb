//! Labels of goroutines (`pprof.Do`) in tracebacks: `goroutine 7 [running] {key: value}:`.

use super::print::Out;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// `GODEBUG=tracebacklabels`.
pub static SHOWN: AtomicBool = AtomicBool::new(true);

/// A Go string.
#[repr(C)]
struct Str(*const u8, usize);

/// What a goroutine's labels point to: the list of `internal/runtime/pprof/label.Set`.
#[repr(C)]
struct Set {
    list: *const [Str; 2],
    len: usize,
    cap: usize,
}

/// Prints the labels behind a goroutine's status.
///
/// # Safety
/// `labels` is 0 or what `setproflabel` was given.
pub unsafe fn print(o: &mut Out, labels: usize) {
    if labels == 0 || !SHOWN.load(Relaxed) {
        return;
    }
    let set = &*(labels as *const Set);
    for i in 0..set.len {
        o.str(if i == 0 { " {" } else { ", " });
        let [key, value] = &*set.list.add(i);
        print_text(o, bytes(key));
        o.str(": ");
        print_text(o, bytes(value));
    }
    if set.len > 0 {
        o.str("}");
    }
}

unsafe fn bytes(s: &Str) -> &[u8] {
    if s.1 == 0 { &[] } else { core::slice::from_raw_parts(s.0, s.1) }
}

fn print_text(o: &mut Out, s: &[u8]) {
    if s.iter().all(|c| c.is_ascii_alphanumeric() || b"./_".contains(c)) {
        o.bytes(s);
        return;
    }
    o.str("\"");
    for chunk in s.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => drop(o.str("\\n")),
                '\r' => drop(o.str("\\r")),
                '\t' => drop(o.str("\\t")),
                '\\' | '"' => o.bytes(&[b'\\', c as u8]),
                ' '..='~' => o.bytes(&[c as u8]),
                '\0'..='\x7e' => escape(o, b'x', 2, c as u32),
                '\x7f'..='\u{ffff}' => escape(o, b'u', 4, c as u32),
                _ => escape(o, b'U', 8, c as u32),
            }
        }
        chunk.invalid().iter().for_each(|&b| escape(o, b'x', 2, b as u32));
    }
    o.str("\"");
}

fn escape(o: &mut Out, kind: u8, digits: u32, v: u32) {
    o.bytes(&[b'\\', kind]);
    for i in (0..digits).rev() {
        o.bytes(&[b"0123456789abcdef"[(v >> (4 * i)) as usize & 15]]);
    }
}
