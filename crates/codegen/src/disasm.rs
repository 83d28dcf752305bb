//! `--emit=asm`: a function's machine code as text.

use crate::CodeBlob;
use goxide_abi::tables::live::LiveMap;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Formatter, IntelFormatter};
use std::fmt::Write;

/// The instructions of `b`, with the symbols that relocations name and what is live behind calls: registers, offsets of words,
/// ranges of objects.
pub fn text(b: &CodeBlob) -> String {
    let mut s = format!("{}:\n", b.sym.name());
    let mut f = IntelFormatter::new();
    f.options_mut().set_rip_relative_addresses(true);
    let mut d = Decoder::with_ip(64, &b.bytes, 0, DecoderOptions::NONE);
    let mut line = String::new();
    while d.can_decode() {
        let i = d.decode();
        line.clear();
        f.format(&i, &mut line);
        let at = i.ip() as u32;
        let src = b.info.positions.iter().rev().find(|p| p.pc <= at);
        let _ = write!(s, "  {at:5x}  {line}");
        for r in b.relocs.iter().filter(|r| r.off >= at && r.off < at + i.len() as u32) {
            let _ = write!(s, "  ; {}{:+}", r.target.name(), r.addend + i64::from(at + i.len() as u32 - r.off));
        }
        if let Some(t) = b.info.traps.iter().find(|t| t.0 == at) {
            let _ = write!(s, "  ; trap {}", t.1);
        }
        if matches!(i.flow_control(), FlowControl::Call | FlowControl::IndirectCall) {
            live(b, i.next_ip() as u32, &mut s);
        }
        if b.info.unsafe_ranges.iter().any(|u| u.0 <= at && at < u.1) {
            s.push_str("  ; unsafe");
        }
        if let Some(p) = src.filter(|p| p.pc == at) {
            let _ = write!(s, "  ; {}:{}", b.info.files.get(p.file as usize).map_or("?", |f| f), p.line);
        }
        s.push('\n');
    }
    s
}

fn live(b: &CodeBlob, ret: u32, s: &mut String) {
    if b.info.live.is_empty() {
        return;
    }
    let map = LiveMap::new(&b.info.live, 0);
    let Some(site) = ret.checked_sub(b.info.body).and_then(|r| map.site(r)) else { return };
    s.push_str("  ; live");
    for (_, r) in ["rbx", "r12", "r13", "r14"].iter().enumerate().filter(|(i, _)| site.regs >> i & 1 != 0) {
        let _ = write!(s, " {r}");
    }
    let words = b.info.frame / 8;
    site.each_word(words, |w| {
        let _ = write!(s, " {:x}", 8 * w);
    });
    site.each_object(words, |from, to, live| {
        if live {
            let _ = write!(s, " {:x}-{:x}", 8 * from, 8 * to);
        }
    });
}
