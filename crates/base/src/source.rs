//! Source files and positions. A `Pos` is one 32-bit offset into the concatenation of all files of the session.

use parking_lot::RwLock;
use std::sync::{Arc, OnceLock};

/// A source position; 0 is "no position". Within one file, order is textual order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Pos(pub u32);

impl Pos {
    pub const NONE: Pos = Pos(0);
    pub fn is_known(self) -> bool {
        self.0 != 0
    }
}

impl std::fmt::Debug for Pos {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", position(*self))
    }
}

/// Index of a file in the session's table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileId(pub u32);

/// One source text.
#[derive(Debug)]
pub struct SourceFile {
    pub id: FileId,
    /// As shown in messages (already shortened to be relative where the go command would).
    pub name: String,
    /// Absolute path as recorded in binaries and tracebacks (subject to -trimpath).
    pub path: String,
    /// Position of the first byte.
    pub base: u32,
    pub src: Arc<[u8]>,
    lines: OnceLock<Vec<u32>>,
    /// In textual order.
    directives: RwLock<Vec<LineDirective>>,
}

/// A `//line` directive: offset from which it holds, file name, line, column or 0. Without a name, the file's own is in
/// force.
type LineDirective = (u32, Option<String>, u32, u32);

/// A position for humans. Line and column count from 1, columns in bytes; line 0 is "unknown".
#[derive(Clone, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub struct Position {
    pub file: String,
    pub line: u32,
    /// 0 where a `//line` directive left the column unknown.
    pub col: u32,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.col) {
            (0, _) => write!(f, "<unknown position>"),
            (l, 0) => write!(f, "{}:{l}", self.file),
            (l, c) => write!(f, "{}:{l}:{c}", self.file),
        }
    }
}

impl SourceFile {
    /// The position of byte `off`.
    pub fn pos(&self, off: usize) -> Pos {
        Pos(self.base + off as u32)
    }
    /// The byte offset of `pos`.
    pub fn offset(&self, pos: Pos) -> usize {
        (pos.0 - self.base) as usize
    }
    /// Offsets of line starts.
    pub fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let nl = self.src.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i as u32 + 1);
            std::iter::once(0).chain(nl).collect()
        })
    }
    /// Records a `//line` directive: text from `off` on is `line` (and `col`, unless 0) of `name`.
    /// Without a name, the one in force stays.
    pub fn add_directive(&self, off: usize, name: Option<String>, line: u32, col: u32) {
        let mut ds = self.directives.write();
        let name = name.or_else(|| ds.last().and_then(|d| d.1.clone()));
        ds.push((off as u32, name, line, col));
    }
    /// The file a directive names: relative names are relative to the directory of this file.
    fn resolve(&self, name: &str, own: &str) -> String {
        match own.rfind('/') {
            Some(i) if !name.is_empty() && !name.starts_with('/') => format!("{}/{name}", &own[..i]),
            _ => name.to_owned(),
        }
    }
    /// Physical line and column.
    pub fn line_col(&self, pos: Pos) -> (u32, u32) {
        let off = self.offset(pos) as u32;
        let i = self.lines().partition_point(|&l| l <= off) - 1;
        (i as u32 + 1, off - self.lines()[i] + 1)
    }
    /// The text of physical line `line`, without its newline.
    pub fn line_text(&self, line: u32) -> &[u8] {
        let ls = self.lines();
        let from = ls[line as usize - 1] as usize;
        let to = ls.get(line as usize).map_or(self.src.len(), |&e| e as usize - 1);
        &self.src[from..to.max(from)]
    }
    /// Position for messages, `//line` directives applied. `full` gives the recorded path instead of the short name.
    pub fn position(&self, pos: Pos, full: bool) -> Position {
        let (line, col) = self.line_col(pos);
        let off = self.offset(pos) as u32;
        let own = if full { &self.path } else { &self.name };
        let ds = self.directives.read();
        if let Some((doff, name, dline, dcol)) = ds.iter().rev().find(|d| d.0 <= off) {
            let (l0, c0) = self.line_col(self.pos(*doff as usize));
            let c = match (*dcol, line == l0) {
                (0, _) => 0,
                (d, true) => d + (col - c0),
                (_, false) => col,
            };
            let file = name.as_ref().map_or_else(|| own.clone(), |n| self.resolve(n, own));
            return Position { file, line: dline + (line - l0), col: c };
        }
        Position { file: own.clone(), line, col }
    }
}

struct Files {
    all: Vec<Arc<SourceFile>>,
    next: u32,
}
static FILES: RwLock<Files> = RwLock::new(Files { all: Vec::new(), next: 1 });

/// Adds a file to the session. Panics once the session holds 4 GB of source.
pub fn add_file(name: impl Into<String>, path: impl Into<String>, src: impl Into<Arc<[u8]>>) -> Arc<SourceFile> {
    let src = src.into();
    let mut t = FILES.write();
    let base = t.next;
    t.next = base.checked_add(src.len() as u32 + 1).expect("more than 4 GB of source");
    let f = Arc::new(SourceFile {
        id: FileId(t.all.len() as u32),
        name: name.into(),
        path: path.into(),
        base,
        src,
        lines: OnceLock::new(),
        directives: RwLock::default(),
    });
    t.all.push(f.clone());
    f
}

/// The file with this id.
pub fn file(id: FileId) -> Arc<SourceFile> {
    FILES.read().all[id.0 as usize].clone()
}

/// The file that `pos` lies in.
pub fn file_of(pos: Pos) -> Option<Arc<SourceFile>> {
    if !pos.is_known() {
        return None;
    }
    let t = FILES.read();
    let i = t.all.partition_point(|f| f.base <= pos.0);
    i.checked_sub(1).map(|i| t.all[i].clone())
}

/// The position for messages.
pub fn position(pos: Pos) -> Position {
    match file_of(pos) {
        Some(f) => f.position(pos, false),
        None => Position { file: String::new(), line: 0, col: 0 },
    }
}
