//! Function tables and module data: what the linker leaves in the executable for tracebacks, faults and the collector.
//!
//! One format with its reader here and its writer in [`writer`] (feature `std`). The reader works on a byte slice, never
//! allocates and never panics on well-formed input; it may run in a signal handler. It knows nothing of the linker's or
//! the runtime's data structures.
//!
//! All numbers are little endian, offsets of code are relative to `ModuleData::text`:
//! ```text
//! header    magic, nfunc, funcs, nbucket, buckets, nfile, files, strings, blobs, total size, live maps   (eleven u32; byte
//!           offsets)
//! funcs     nfunc records of FUNC_SIZE bytes, sorted by entry
//! buckets   u32: index of the last function that starts at or before offset i * BUCKET (0 if none)
//! files     u32: offset in strings
//! strings   varint length, bytes
//! blobs     per function, all varints (zig-zag where signed):
//!             n, n × inline node {name string, parent + 1, call file, call line, start line * 2 + wrapper}
//!             n, n × position {pc delta, file delta (s), line delta (s), node + 1}    holds up to the next one
//!             n, n × trap {pc delta, kind}
//!             n, n × unsafe range {start delta from the last end, length}
//! live maps per function that has one: see [`live`]
//! ```

pub mod live;

/// First word of the tables.
pub const MAGIC: u32 = 0x3254_5847;
/// Bytes of the header.
pub const HEADER_SIZE: usize = 44;
/// Bytes of a function record.
pub const FUNC_SIZE: usize = 40;
/// Bytes of text per bucket of the index.
pub const BUCKET: u32 = 4096;

/// Functions are aligned to this many bytes, and what is left before the next one counts to the one before.
const FILL: u32 = 16;

/// Flags of a function.
pub mod flags {
    /// Made by the compiler: hidden from tracebacks, skipped by `recover`.
    pub const WRAPPER: u8 = 1;
    /// No stack check.
    pub const NOSPLIT: u8 = 2;
    /// Belongs to package runtime or below it: hidden from user tracebacks.
    pub const RUNTIME: u8 = 4;
    /// Keeps a `DeferFrame`.
    pub const DEFER: u8 = 8;
    /// Rust or assembly: no frame, position or stub information; not preemptible.
    pub const FOREIGN: u8 = 16;
    /// A leaf without frame setup is never generated: every Go function pushes rbp. Set for assembly with Go's convention.
    pub const ASM: u8 = 32;
    /// Has no parameters: a traceback shows it as `f()`, others as `f(...)`.
    pub const BARE: u8 = 64;
}

/// Why an instruction may fault.
pub mod trap {
    /// A memory access that is a nil check: becomes `runtime.sigpanic`.
    pub const NIL: u32 = 1;
    /// Code that must not be reached (`ud2` after a call that does not return).
    pub const UNREACHABLE: u32 = 2;
}

/// A Go slice or string header as the linker writes it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct GoSlice {
    pub ptr: u64,
    pub len: u64,
    pub cap: u64,
}

/// A Go string header.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct GoString {
    pub ptr: u64,
    pub len: u64,
}

/// Symbol `runtime.moduledata`, filled by the linker; mirrored by `moduledata` in package runtime. Addresses are absolute.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ModuleData {
    /// Generated code: [text, etext). Preemptible unless the tables say otherwise.
    pub text: u64,
    pub etext: u64,
    /// The runtime's Rust and assembly: [rtext, ertext), behind the generated code.
    pub rtext: u64,
    pub ertext: u64,
    /// Type descriptors and names: base of `NameOff` and `TypeOff`.
    pub types: u64,
    pub etypes: u64,
    /// Everything read-only, `types` included.
    pub rodata: u64,
    pub erodata: u64,
    /// Writable, with pointers.
    pub data: u64,
    pub edata: u64,
    pub bss: u64,
    pub ebss: u64,
    /// Writable, without pointers.
    pub noptrdata: u64,
    pub enoptrdata: u64,
    pub noptrbss: u64,
    pub enoptrbss: u64,
    /// Pointer masks of [data, edata) and [bss, ebss): one bit per word, least significant first.
    pub gcdata: u64,
    pub gcbss: u64,
    /// The function tables.
    pub functab: u64,
    pub functab_len: u64,
    /// `[]*abi.Type`: unnamed composite types sorted by string.
    pub typelinks: GoSlice,
    /// `[]*abi.ITab`
    pub itablinks: GoSlice,
    /// `[]initTask`, initTask = struct { fn func(); path string }, in the order they run.
    pub inittasks: GoSlice,
    /// Module information (`debug.ReadBuildInfo`), with its two 16-byte marks.
    pub modinfo: GoString,
    /// Go's version ("go1.27.3").
    pub version: GoString,
    /// Default of GODEBUG from go.mod and //go:debug.
    pub godebug: GoString,
    /// Default GOROOT ("" with -trimpath).
    pub goroot: GoString,
}

/// Bytes of [`ModuleData`].
pub const MODULEDATA_SIZE: usize = size_of::<ModuleData>();

fn u32_at(b: &[u8], off: usize) -> u32 {
    match b.get(off..off + 4) {
        Some(x) => u32::from_le_bytes([x[0], x[1], x[2], x[3]]),
        None => 0,
    }
}

/// Position in a varint stream.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    b: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn u(&mut self) -> u32 {
        let (mut v, mut shift) = (0u32, 0);
        while let Some(&x) = self.b.get(self.at) {
            self.at += 1;
            v |= u32::from(x & 0x7f) << shift;
            if x & 0x80 == 0 || shift >= 28 {
                break;
            }
            shift += 7;
        }
        v
    }
    fn s(&mut self) -> i32 {
        let v = self.u();
        (v >> 1) as i32 ^ -((v & 1) as i32)
    }
    fn skip(&mut self, n: u32) {
        for _ in 0..n {
            self.u();
        }
    }
}

/// The tables of a program.
#[derive(Clone, Copy)]
pub struct FuncTab<'a> {
    b: &'a [u8],
}

impl<'a> FuncTab<'a> {
    /// Reads tables; `None` if the bytes are not tables.
    pub fn new(b: &'a [u8]) -> Option<FuncTab<'a>> {
        (b.len() >= HEADER_SIZE && u32_at(b, 0) == MAGIC && u32_at(b, 36) as usize <= b.len()).then_some(FuncTab { b })
    }
    /// Number of functions.
    pub fn len(&self) -> usize {
        u32_at(self.b, 4) as usize
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The i-th function in order of address.
    pub fn get(&self, i: usize) -> Option<Func<'a>> {
        (i < self.len()).then(|| Func { tab: *self, rec: u32_at(self.b, 8) as usize + i * FUNC_SIZE })
    }
    /// The function that contains `off` (a pc minus `text`), or whose end is filled up there to the next one's alignment.
    pub fn find(&self, off: u32) -> Option<Func<'a>> {
        let (nb, buckets) = (u32_at(self.b, 12), u32_at(self.b, 16) as usize);
        let bucket = off / BUCKET;
        if bucket >= nb {
            return None;
        }
        let mut lo = u32_at(self.b, buckets + 4 * bucket as usize) as usize;
        let mut hi = match bucket + 1 < nb {
            true => u32_at(self.b, buckets + 4 * (bucket as usize + 1)) as usize,
            false => self.len() - 1,
        };
        // The last function with entry <= off.
        while lo < hi {
            let mid = (lo + hi).div_ceil(2);
            if self.get(mid)?.entry() <= off {
                lo = mid;
            } else {
                hi = mid - 1;
            }
        }
        let f = self.get(lo)?;
        (f.entry() <= off && off < f.end().saturating_add(FILL)).then_some(f)
    }
    fn string(&self, off: u32) -> &'a str {
        let mut c = Cursor { b: self.b, at: u32_at(self.b, 28) as usize + off as usize };
        let n = c.u() as usize;
        let s = self.b.get(c.at..c.at + n).unwrap_or(&[]);
        core::str::from_utf8(s).unwrap_or("?")
    }
    fn file(&self, i: u32) -> &'a str {
        if i >= u32_at(self.b, 20) {
            return "?";
        }
        self.string(u32_at(self.b, u32_at(self.b, 24) as usize + 4 * i as usize))
    }
}

/// One function of the tables.
#[derive(Clone, Copy)]
pub struct Func<'a> {
    tab: FuncTab<'a>,
    rec: usize,
}

impl<'a> Func<'a> {
    fn word(&self, i: usize) -> u32 {
        u32_at(self.tab.b, self.rec + 4 * i)
    }
    /// First byte, the entry stub's, relative to `text`.
    pub fn entry(&self) -> u32 {
        self.word(0)
    }
    /// End of the function, cold tail included.
    pub fn end(&self) -> u32 {
        self.word(1)
    }
    /// Linker name.
    pub fn name(&self) -> &'a str {
        self.tab.string(self.word(2))
    }
    /// Line of `func`.
    pub fn start_line(&self) -> u32 {
        self.word(4)
    }
    /// File of the declaration.
    pub fn file(&self) -> &'a str {
        self.tab.file(self.word(5))
    }
    /// Where the cold tail of the entry stub (call of morestack, jump to lessstack) starts, relative to `text`.
    pub fn cold(&self) -> u32 {
        self.entry() + self.word(6)
    }
    /// Bytes of the frame below the saved rbp.
    pub fn frame(&self) -> u32 {
        self.word(7)
    }
    /// Where `push rbp` is: behind the stack check, relative to `text`.
    pub fn body(&self) -> u32 {
        self.entry() + (self.word(8) & 0xffff)
    }
    /// See [`flags`].
    pub fn flags(&self) -> u8 {
        (self.word(8) >> 16) as u8
    }
    pub fn has(&self, flag: u8) -> bool {
        self.flags() & flag != 0
    }
    /// Whether `off` lies in the stack check or its cold tail: no frame yet, and a return pc there is `jmp lessstack`'s.
    pub fn in_stub(&self, off: u32) -> bool {
        off < self.body() || off >= self.cold()
    }
    /// What is live at its calls; `None`: everything has to be taken as live.
    pub fn live(&self) -> Option<live::LiveMap<'a>> {
        let off = self.word(9) as usize;
        (off != 0).then(|| live::LiveMap::new(self.tab.b, u32_at(self.tab.b, 40) as usize + off - 1))
    }
    fn blob(&self) -> Cursor<'a> {
        Cursor { b: self.tab.b, at: u32_at(self.tab.b, 32) as usize + self.word(3) as usize }
    }
    fn inline_node(&self, node: u32) -> (&'a str, u32, u32, u32, u32) {
        let mut c = self.blob();
        let n = c.u();
        if node >= n {
            return ("?", 0, 0, 0, 0);
        }
        c.skip(5 * node);
        (self.tab.string(c.u()), c.u(), c.u(), c.u(), c.u())
    }
    /// File index, line and inline node + 1 at `off`.
    fn position(&self, off: u32) -> (u32, u32, u32) {
        let mut c = self.blob();
        let n = c.u();
        c.skip(5 * n);
        let n = c.u();
        let (mut pc, mut file, mut line) = (self.entry(), 0u32, 0u32);
        let mut best = (self.word(5), self.start_line(), 0);
        for _ in 0..n {
            pc += c.u();
            file = file.wrapping_add_signed(c.s());
            line = line.wrapping_add_signed(c.s());
            let node = c.u();
            if pc > off {
                break;
            }
            best = (file, line, node);
        }
        best
    }
    /// Logical frames at `off`, innermost first. For a return pc give the address before it.
    pub fn frames(&self, off: u32) -> Frames<'a> {
        let (file, line, node) = self.position(off);
        Frames { f: *self, file, line, node, done: false }
    }
    /// What of [`flags`] holds of a frame of this function.
    pub fn flags_of(&self, fr: &Frame) -> u8 {
        match (fr.inlined, fr.wrapper) {
            (false, _) => self.flags(),
            (true, true) => flags::WRAPPER,
            (true, false) => 0,
        }
    }
    /// The kind of trap of the instruction that starts at `off` (see [`trap`]).
    pub fn trap(&self, off: u32) -> Option<u32> {
        let mut c = self.blob();
        for size in [5, 4] {
            let n = c.u();
            c.skip(size * n);
        }
        let n = c.u();
        let mut pc = self.entry();
        for _ in 0..n {
            pc += c.u();
            let kind = c.u();
            if pc >= off {
                return (pc == off).then_some(kind);
            }
        }
        None
    }
    /// Whether a goroutine must not be stopped with its pc at `off`.
    pub fn is_unsafe(&self, off: u32) -> bool {
        if self.has(flags::FOREIGN | flags::ASM | flags::NOSPLIT) || self.in_stub(off) {
            return true;
        }
        let mut c = self.blob();
        for size in [5, 4, 2] {
            let n = c.u();
            c.skip(size * n);
        }
        let n = c.u();
        let mut pc = self.entry();
        for _ in 0..n {
            pc += c.u();
            if off < pc {
                return false;
            }
            pc += c.u();
            if off < pc {
                return true;
            }
        }
        false
    }
}

/// A function activation as the source has it: inlined calls count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub name: &'a str,
    pub file: &'a str,
    pub line: u32,
    pub start_line: u32,
    /// The function was inlined here.
    pub inlined: bool,
    /// Made by the compiler: see [`flags::WRAPPER`].
    pub wrapper: bool,
}

/// See [`Func::frames`].
#[derive(Clone, Copy)]
pub struct Frames<'a> {
    f: Func<'a>,
    file: u32,
    line: u32,
    node: u32,
    done: bool,
}

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;
    fn next(&mut self) -> Option<Frame<'a>> {
        if self.done {
            return None;
        }
        let (file, line) = (self.f.tab.file(self.file), self.line);
        if self.node == 0 {
            self.done = true;
            let start_line = self.f.start_line();
            let wrapper = self.f.has(flags::WRAPPER);
            return Some(Frame { name: self.f.name(), file, line, start_line, inlined: false, wrapper });
        }
        let (name, parent, call_file, call_line, start) = self.f.inline_node(self.node - 1);
        // A parent always comes before its children, so this ends.
        self.node = if parent < self.node { parent } else { 0 };
        (self.file, self.line) = (call_file, call_line);
        Some(Frame { name, file, line, start_line: start >> 1, inlined: true, wrapper: start & 1 != 0 })
    }
}

#[cfg(feature = "std")]
pub mod writer;
