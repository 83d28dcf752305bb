//! Live maps: which words of a frame, and which callee-saved registers, still matter at each call that returns.
//!
//! The collector scans what is live and nothing else: a word that is not live is not read again before it is
//! overwritten. A frame without a map, or stopped elsewhere than at a call, has to be taken as live in whole.
//! *Objects* are ranges of the frame whose address is taken somewhere. They are live if the function itself comes back to
//! them, or if something live points into them.
//!
//! ```text
//! map    all varints
//!          mask of registers the function saves (bit i: REGS[i]); for each of them the word it is saved in
//!          n, n × object {gap from the last one's end, length}
//!          n, n × call {delta of the return address from the body or the last one, bits}
//! bits   bytes of seven bits and a flag for more: one bit per register, one per object, then one for each word that is
//!        neither saved into nor in an object, lowest address first; what is missing at the end is zero
//! ```
//! Words are counted in 8 bytes from the lowest address of the frame (its stack pointer).

use super::Cursor;
#[cfg(feature = "std")]
use std::vec::Vec;

/// Callee-saved registers, in order of their bits: rbx, r12, r13, r14.
pub const REGS: usize = 4;
/// A register that is not saved.
pub const NOT_SAVED: u32 = u32::MAX;

/// The live map of a function.
#[derive(Clone, Copy)]
pub struct LiveMap<'a> {
    start: Cursor<'a>,
}

/// What is live at one call.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// Where the function saves its caller's registers: word, or [`NOT_SAVED`].
    pub saves: [u32; REGS],
    /// Registers of the function's own that are live.
    pub regs: u8,
    objects: Cursor<'a>,
    bits: Bits<'a>,
}

/// Stream of single bits.
#[derive(Clone, Copy)]
struct Bits<'a> {
    b: &'a [u8],
    at: usize,
    bit: u32,
    ended: bool,
}

impl Bits<'_> {
    fn next(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let x = self.b.get(self.at).copied().unwrap_or(0);
        let set = x >> self.bit & 1 != 0;
        self.bit += 1;
        if self.bit == 7 {
            self.bit = 0;
            self.at += 1;
            self.ended = x & 0x80 == 0;
        }
        set
    }
}

impl<'a> LiveMap<'a> {
    /// The map that begins at `at` of `b`.
    pub fn new(b: &'a [u8], at: usize) -> LiveMap<'a> {
        LiveMap { start: Cursor { b, at } }
    }

    /// The call that returns to `ret`, an offset from the function's body.
    pub fn site(&self, ret: u32) -> Option<Site<'a>> {
        let mut c = self.start;
        let mut saves = [NOT_SAVED; REGS];
        let mask = c.u();
        for (i, s) in saves.iter_mut().enumerate() {
            if mask >> i & 1 != 0 {
                *s = c.u();
            }
        }
        let objects = c;
        let n = c.u();
        c.skip(2 * n);
        let n = c.u();
        let mut at = 0;
        for _ in 0..n {
            at += c.u();
            if at >= ret {
                if at > ret {
                    return None;
                }
                let mut bits = Bits { b: c.b, at: c.at, bit: 0, ended: false };
                let mut regs = 0;
                for i in 0..REGS {
                    regs |= u8::from(bits.next()) << i;
                }
                return Some(Site { saves, regs, objects, bits });
            }
            // Skip the bits.
            while c.b.get(c.at).is_some_and(|x| x & 0x80 != 0) {
                c.at += 1;
            }
            c.at += 1;
        }
        None
    }
}

impl Site<'_> {
    /// Calls `f` with first word, end, and whether it is live, of each object of a frame of `words` words.
    pub fn each_object(&self, words: u32, mut f: impl FnMut(u32, u32, bool)) {
        let mut bits = self.bits;
        let mut c = self.objects;
        let mut end = 0;
        for _ in 0..c.u() {
            let from = end + c.u();
            end = from + c.u();
            f(from, end.min(words), bits.next());
        }
    }

    /// Calls `f` with the number of each live word of a frame of `words` words that is in no object. Places where registers
    /// are saved are not among them.
    pub fn each_word(&self, words: u32, mut f: impl FnMut(u32)) {
        let mut bits = self.bits;
        let mut c = self.objects;
        let mut left = c.u();
        for _ in 0..left {
            bits.next();
        }
        let mut w = 0;
        let mut object = if left > 0 { c.u() } else { words };
        while w < words && !bits.ended {
            if w == object {
                w += c.u();
                left -= 1;
                object = if left > 0 { w + c.u() } else { words };
                continue;
            }
            if !self.saves.contains(&w) && bits.next() {
                f(w);
            }
            w += 1;
        }
    }
}

/// What the compiler knows of a function's frame, to be encoded.
#[cfg(feature = "std")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// See [`Site::saves`].
    pub saves: [Option<u32>; REGS],
    /// Ranges of words, sorted and disjoint.
    pub objects: Vec<(u32, u32)>,
    /// Return address relative to the body, live registers, live words (sorted; an object is live if one of its words is);
    /// sorted by address.
    pub calls: Vec<(u32, u8, Vec<u32>)>,
    /// Words of the frame.
    pub words: u32,
}

#[cfg(feature = "std")]
impl Frame {
    /// In the format of the module's text.
    pub fn encode(&self) -> Vec<u8> {
        use super::writer::put;
        let mut b = Vec::new();
        put(&mut b, (0..REGS).map(|i| u32::from(self.saves[i].is_some()) << i).sum());
        for s in self.saves.iter().flatten() {
            put(&mut b, *s);
        }
        put(&mut b, self.objects.len() as u32);
        let mut end = 0;
        for &(from, to) in &self.objects {
            put(&mut b, from - end);
            put(&mut b, to - from);
            end = to;
        }
        let fixed = |w: u32| self.saves.contains(&Some(w)) || self.objects.iter().any(|r| (r.0..r.1).contains(&w));
        let free: Vec<u32> = (0..self.words).filter(|&w| !fixed(w)).collect();
        put(&mut b, self.calls.len() as u32);
        let mut at = 0;
        let mut bits: Vec<bool> = Vec::new();
        for (ret, regs, words) in &self.calls {
            put(&mut b, ret - at);
            at = *ret;
            bits.clear();
            bits.extend((0..REGS).map(|i| regs >> i & 1 != 0));
            bits.extend(self.objects.iter().map(|&(from, to)| {
                let k = words.partition_point(|&w| w < from);
                words.get(k).is_some_and(|&w| w < to)
            }));
            let mut k = 0;
            for &w in &free {
                while k < words.len() && words[k] < w {
                    k += 1;
                }
                if k == words.len() {
                    break;
                }
                bits.push(words[k] == w);
            }
            while bits.last() == Some(&false) {
                bits.pop();
            }
            let n = bits.len().div_ceil(7).max(1);
            for i in 0..n {
                let seven = bits.iter().skip(7 * i).take(7).enumerate();
                let x = seven.fold(0u8, |x, (j, &on)| x | u8::from(on) << j);
                b.push(if i + 1 < n { x | 0x80 } else { x });
            }
        }
        b
    }
}
