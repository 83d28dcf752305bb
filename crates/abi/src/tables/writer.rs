//! Writer of the function tables; see the parent module for the format.

use super::{BUCKET, FUNC_SIZE, HEADER_SIZE, MAGIC};
use std::collections::HashMap;
use std::string::String;
use std::vec::Vec;

/// An inlined call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    pub name: String,
    /// Index of the enclosing node; smaller than this node's own.
    pub parent: Option<u32>,
    pub call_file: String,
    pub call_line: u32,
    pub start_line: u32,
    /// The callee is a wrapper (`tables::flags::WRAPPER`).
    pub wrapper: bool,
}

/// From `pc` (relative to the function's entry) on, code belongs to this position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub pc: u32,
    /// Index into [`FuncInfo::files`].
    pub file: u32,
    pub line: u32,
    pub inline: Option<u32>,
}

/// All that is recorded of one function; pcs relative to its entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FuncInfo {
    pub name: String,
    /// See `tables::flags`.
    pub flags: u8,
    pub size: u32,
    pub body: u32,
    /// Start of the cold tail; `size` if there is none.
    pub cold: u32,
    pub frame: u32,
    pub start_line: u32,
    /// Files that positions refer to; the first one is the function's own (if any).
    pub files: Vec<String>,
    pub inlines: Vec<Inline>,
    /// Sorted by pc.
    pub positions: Vec<Position>,
    /// (pc, kind), sorted by pc.
    pub traps: Vec<(u32, u32)>,
    /// [start, end), sorted and disjoint.
    pub unsafe_ranges: Vec<(u32, u32)>,
    /// The live map ([`super::live`]), encoded; empty: none.
    pub live: Vec<u8>,
}

/// Collects functions and writes the tables.
#[derive(Default)]
pub struct Writer {
    funcs: Vec<u8>,
    entries: Vec<u32>,
    files: HashMap<String, u32>,
    file_strings: Vec<u32>,
    strings: Vec<u8>,
    string_ids: HashMap<String, u32>,
    blobs: Vec<u8>,
    live: Vec<u8>,
    live_ids: HashMap<Vec<u8>, u32>,
    end: u32,
}

pub(super) fn put(b: &mut Vec<u8>, mut v: u32) {
    while v >= 0x80 {
        b.push(v as u8 | 0x80);
        v >>= 7;
    }
    b.push(v as u8);
}
fn put_signed(b: &mut Vec<u8>, v: i32) {
    put(b, ((v << 1) ^ (v >> 31)) as u32);
}

impl Writer {
    pub fn new() -> Writer {
        Writer::default()
    }
    fn string(&mut self, s: &str) -> u32 {
        if let Some(&o) = self.string_ids.get(s) {
            return o;
        }
        let off = self.strings.len() as u32;
        put(&mut self.strings, s.len() as u32);
        self.strings.extend_from_slice(s.as_bytes());
        self.string_ids.insert(s.into(), off);
        off
    }
    fn file(&mut self, s: &str) -> u32 {
        if let Some(&i) = self.files.get(s) {
            return i;
        }
        let off = self.string(s);
        let i = self.file_strings.len() as u32;
        self.file_strings.push(off);
        self.files.insert(s.into(), i);
        i
    }
    /// Offset + 1 of a live map; equal ones are kept once.
    fn live(&mut self, map: &[u8]) -> u32 {
        if map.is_empty() {
            return 0;
        }
        if let Some(&o) = self.live_ids.get(map) {
            return o;
        }
        self.live.extend_from_slice(map);
        let o = (self.live.len() - map.len()) as u32 + 1;
        self.live_ids.insert(map.into(), o);
        o
    }
    /// Adds the function at `entry` (relative to `text`). Must be called in order of address.
    pub fn add(&mut self, entry: u32, f: &FuncInfo) {
        debug_assert!(self.entries.last().is_none_or(|&e| e < entry), "functions out of order");
        let name = self.string(&f.name);
        let files: Vec<u32> = f.files.iter().map(|s| self.file(s)).collect();
        let blob = self.blobs.len() as u32;
        let mut b = std::mem::take(&mut self.blobs);
        put(&mut b, f.inlines.len() as u32);
        for n in &f.inlines {
            put(&mut b, self.string(&n.name));
            put(&mut b, n.parent.map_or(0, |p| p + 1));
            put(&mut b, self.file(&n.call_file));
            put(&mut b, n.call_line);
            put(&mut b, n.start_line << 1 | u32::from(n.wrapper));
        }
        let (mut pc, mut file, mut line) = (0, 0, 0);
        put(&mut b, f.positions.len() as u32);
        for p in &f.positions {
            let fi = files[p.file as usize];
            put(&mut b, p.pc - pc);
            put_signed(&mut b, fi.wrapping_sub(file) as i32);
            put_signed(&mut b, p.line.wrapping_sub(line) as i32);
            put(&mut b, p.inline.map_or(0, |n| n + 1));
            (pc, file, line) = (p.pc, fi, p.line);
        }
        pc = 0;
        put(&mut b, f.traps.len() as u32);
        for &(at, kind) in &f.traps {
            put(&mut b, at - pc);
            put(&mut b, kind);
            pc = at;
        }
        pc = 0;
        put(&mut b, f.unsafe_ranges.len() as u32);
        for &(from, to) in &f.unsafe_ranges {
            put(&mut b, from - pc);
            put(&mut b, to - from);
            pc = to;
        }
        self.blobs = b;
        let file = files.first().copied().unwrap_or(u32::MAX);
        let live = self.live(&f.live);
        let body = f.body | u32::from(f.flags) << 16;
        let words = [entry, entry + f.size, name, blob, f.start_line, file, f.cold, f.frame, body, live];
        for w in words {
            self.funcs.extend_from_slice(&w.to_le_bytes());
        }
        self.entries.push(entry);
        self.end = entry + f.size;
    }
    /// The tables.
    pub fn finish(self) -> Vec<u8> {
        let mut buckets = Vec::new();
        for i in 0..self.end.div_ceil(BUCKET) {
            let at = i * BUCKET;
            buckets.push(self.entries.partition_point(|&e| e <= at).saturating_sub(1) as u32);
        }
        let mut out = Vec::new();
        let funcs = HEADER_SIZE;
        debug_assert_eq!(self.funcs.len(), self.entries.len() * FUNC_SIZE);
        let buckets_at = funcs + self.funcs.len();
        let files_at = buckets_at + 4 * buckets.len();
        let strings_at = files_at + 4 * self.file_strings.len();
        let blobs_at = strings_at + self.strings.len();
        let live_at = blobs_at + self.blobs.len();
        let total = live_at + self.live.len();
        let header = [
            MAGIC,
            self.entries.len() as u32,
            funcs as u32,
            buckets.len() as u32,
            buckets_at as u32,
            self.file_strings.len() as u32,
            files_at as u32,
            strings_at as u32,
            blobs_at as u32,
            total as u32,
            live_at as u32,
        ];
        for w in header {
            out.extend_from_slice(&w.to_le_bytes());
        }
        out.extend_from_slice(&self.funcs);
        for w in buckets.iter().chain(&self.file_strings) {
            out.extend_from_slice(&w.to_le_bytes());
        }
        out.extend_from_slice(&self.strings);
        out.extend_from_slice(&self.blobs);
        out.extend_from_slice(&self.live);
        out
    }
}
