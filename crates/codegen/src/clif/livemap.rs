//! livemap — which words of a frame and which callee-saved registers are live at each call, from the machine code itself.
//!
//! Takes the bytes of a function's body and the places of its explicit slots, gives what `abi::tables::live` encodes.
//! Method: decode along the control flow, then a backward data-flow analysis over callee-saved registers and words of the
//! frame. What is found dead is really not read again before it is overwritten, because the analysis sees every access:
//! a frame's word is reached by `[rsp + constant]`, or, if it belongs to an explicit slot, through the slot's address, which
//! is taken by `lea reg, [rsp + its offset]` (Cranelift folds no further offset into that). Such a slot is an *object*: live where an access or another `lea` may
//! follow that does not overwrite it first; otherwise the collector looks for pointers to it. Whatever is not understood (an instruction that moves the stack
//! pointer, an unknown use of rbp, a register that is not saved) gives no map, and the collector takes the whole frame.
//! A recovery landing is entered from any call, with the address of the deferred calls' frame, from which it gets at the slots it
//! uses: these, and what else is live there, are live at every call.
//! A word that nothing has touched on any way from the entry is not live (it holds what an earlier call left there), nor is one
//! of a slot without pointers.
//! Cost: one decoding and a few bit operations per block.

mod decode;

use decode::{Decoding, Flow, Inst, Words};
use goxide_abi::tables::live::{Frame, REGS};

/// Frames of more units have no map.
const MAX_UNITS: usize = 2048;
/// A slot of more words is looked at as a whole.
const LARGE: u32 = 16;

/// An explicit slot: bytes `[off, off+size)` of the frame.
#[derive(Clone, Copy)]
pub struct Slot {
    pub off: u32,
    pub size: u32,
    /// It has no pointers, or is only written to keep values alive: never live itself.
    pub noscan: bool,
    /// The recovery landing uses it.
    pub landing: bool,
}

/// The words of a frame, those of a large slot together.
struct Units {
    /// First word of each.
    first: Vec<u32>,
    /// Of each word, if they are not the same.
    of: Vec<u32>,
    words: u32,
}

impl Units {
    fn new(words: u32, slots: &[Slot]) -> Units {
        let mut large: Vec<(u32, u32)> = slots
            .iter()
            .filter(|s| s.size > 8 * LARGE && s.off.is_multiple_of(8))
            .map(|s| (s.off / 8, (s.off + s.size) / 8))
            .collect();
        if large.is_empty() {
            return Units { first: (0..words).collect(), of: Vec::new(), words };
        }
        large.sort_unstable();
        let (mut first, mut of) = (Vec::new(), Vec::new());
        let mut w = 0;
        while w < words {
            let end = large.iter().find(|l| l.0 == w).map_or(w + 1, |l| l.1.min(words));
            of.resize(end as usize, first.len() as u32);
            first.push(w);
            w = end;
        }
        Units { first, of, words }
    }
    fn of(&self, w: u32) -> usize {
        self.of.get(w as usize).map_or(w as usize, |&u| u as usize)
    }
    /// All that `slots` touch.
    fn of_slots<'a>(&self, slots: impl Iterator<Item = &'a Slot>) -> Set {
        let mut all = Set::new(self.first.len());
        for s in slots.filter(|s| s.size > 0) {
            (self.of(s.off / 8)..=self.of((s.off + s.size - 1) / 8)).for_each(|u| all.put(REGS + u, true));
        }
        all
    }
    fn end(&self, u: usize) -> u32 {
        self.first.get(u + 1).copied().unwrap_or(self.words)
    }
    fn large(&self, u: usize) -> bool {
        self.end(u) > self.first[u] + 1
    }
}

/// A set of bits with registers first, then units.
#[derive(Clone, Default)]
struct Set(Vec<u64>);

impl Set {
    fn new(units: usize) -> Set {
        Set(vec![0; (REGS + units).div_ceil(64)])
    }
    fn has(&self, i: usize) -> bool {
        self.0[i / 64] >> (i % 64) & 1 != 0
    }
    fn put(&mut self, i: usize, on: bool) {
        let bit = 1u64 << (i % 64);
        if on {
            self.0[i / 64] |= bit;
        } else {
            self.0[i / 64] &= !bit;
        }
    }
    /// The state before `i`, from that behind it.
    fn before(&mut self, i: &Inst, units: &Units) {
        self.0[0] = self.0[0] & !u64::from(i.kills) | u64::from(i.uses);
        match i.words {
            Words::None | Words::Address(..) => {}
            Words::Use(a, b) => {
                let (from, to) = (units.of(a), units.of(b - 1));
                (from..=to).for_each(|u| self.put(REGS + u, true));
            }
            Words::Kill(a, b) => {
                for u in (a..b).map(|w| units.of(w)).filter(|&u| !units.large(u)) {
                    self.put(REGS + u, false);
                }
            }
        }
    }
    /// Adds the units that `i` may be the first to write or to hand out.
    fn touch(&mut self, i: &Inst, units: &Units) {
        if let Words::Use(a, b) | Words::Kill(a, b) | Words::Address(a, b) = i.words {
            (units.of(a)..=units.of(b - 1)).for_each(|u| self.put(REGS + u, true));
        }
    }
    /// Adds `o`; true: it was not contained.
    fn join(&mut self, o: &Set) -> bool {
        let mut grew = false;
        for (a, b) in self.0.iter_mut().zip(&o.0) {
            grew |= *b & !*a != 0;
            *a |= *b;
        }
        grew
    }
}

/// The live map of a body with a frame of `frame` bytes, whose recovery landing begins at `landing`.
pub fn live_map(code: &[u8], frame: u32, slots: &[Slot], landing: Option<u32>) -> Option<Frame> {
    let words = frame / 8;
    if !frame.is_multiple_of(8) {
        return None;
    }
    let mut d = Decoding {
        code,
        frame,
        insts: Vec::new(),
        tables: Vec::new(),
        saves: [None; REGS],
        slots,
        objects: Vec::new(),
    };
    d.run(landing)?;
    let saved = (0..REGS).fold(0u8, |m, i| m | u8::from(d.saves[i].is_some()) << i);
    if d.insts.iter().any(|i| (i.uses | i.kills) & !saved != 0) {
        return None;
    }
    d.objects.sort_unstable();
    d.objects.dedup();
    if d.objects.windows(2).any(|o| o[0].1 > o[1].0) {
        return None;
    }
    let mut out = Frame { saves: d.saves, objects: std::mem::take(&mut d.objects), calls: Vec::new(), words };
    for k in 0..d.insts.len() {
        if let Words::Address(a, b) = d.insts[k].words
            && !overwritten(&d.insts, k, a, b)
        {
            d.insts[k].words = Words::Use(a, b);
        }
    }
    let insts = &d.insts;
    if words == 0 {
        out.calls = calls(insts).map(|k| (insts[k].end, 0, Vec::new())).collect();
        return Some(out);
    }

    let units = Units::new(words, slots);
    if units.first.len() > MAX_UNITS {
        return None;
    }

    // Blocks: index of the first instruction of each.
    let index = |at: u32| insts.binary_search_by_key(&at, |i| i.at).ok();
    let mut leader = vec![false; insts.len()];
    leader[0] = true;
    let landing = match landing {
        Some(at) => Some(index(at)?),
        None => None,
    };
    if let Some(k) = landing {
        leader[k] = true;
    }
    for (k, i) in insts.iter().enumerate() {
        let next = k + 1 < insts.len();
        match i.flow {
            Flow::Jump(t) | Flow::Cond(t) => leader[index(t)?] = true,
            Flow::Table(a, b) => {
                for &t in &d.tables[a as usize..b as usize] {
                    leader[index(t)?] = true;
                }
            }
            _ => {}
        }
        if next && !matches!(i.flow, Flow::Next | Flow::Call) {
            leader[k + 1] = true;
        }
        // Falling off the end, or into something that was not reached, cannot be.
        if matches!(i.flow, Flow::Next | Flow::Call | Flow::Cond(_)) && (!next || insts[k + 1].at != i.end) {
            return None;
        }
    }
    let starts: Vec<usize> = (0..insts.len()).filter(|&k| leader[k]).collect();
    let block_of = |k: usize| starts.partition_point(|&s| s <= k) - 1;
    let end_of = |b: usize| starts.get(b + 1).copied().unwrap_or(insts.len());
    let succs: Vec<Vec<usize>> = (0..starts.len())
        .map(|b| {
            let last = end_of(b) - 1;
            let at = |t: u32| index(t).map(block_of);
            match insts[last].flow {
                Flow::Next | Flow::Call => vec![b + 1],
                Flow::Jump(t) => at(t).into_iter().collect(),
                Flow::Cond(t) => at(t).into_iter().chain([b + 1]).collect(),
                Flow::Table(x, y) => d.tables[x as usize..y as usize].iter().filter_map(|&t| at(t)).collect(),
                Flow::Stop => Vec::new(),
            }
        })
        .collect();
    let mut is_call = vec![false; insts.len()];
    calls(insts).for_each(|k| is_call[k] = true);
    let landing = landing.map(block_of);
    let mut live_in = vec![Set::new(units.first.len()); starts.len()];
    let mut state = Set::new(units.first.len());
    loop {
        let mut changed = false;
        for b in (0..starts.len()).rev() {
            state.0.fill(0);
            for &s in &succs[b] {
                state.join(&live_in[s]);
            }
            for i in insts[starts[b]..end_of(b)].iter().rev() {
                state.before(i, &units);
            }
            changed |= live_in[b].join(&state);
        }
        if !changed {
            break;
        }
    }
    let noscan = units.of_slots(slots.iter().filter(|s| s.noscan));
    // Where the landing begins, from which any call may go on.
    let mut at_landing = units.of_slots(slots.iter().filter(|s| s.landing));
    if let Some(b) = landing {
        at_landing.join(&live_in[b]);
    }
    // What of that was touched before, on any path from the entry: until then a word holds what an earlier call left there.
    let mut touched_in = vec![Set::new(units.first.len()); starts.len()];
    touched_in[0].0[0] = (1 << REGS) - 1;
    if let Some(b) = landing {
        touched_in[b].0.fill(!0);
    }
    let mut work: Vec<usize> = (0..starts.len()).rev().collect();
    while let Some(b) = work.pop() {
        state.0.copy_from_slice(&touched_in[b].0);
        insts[starts[b]..end_of(b)].iter().for_each(|i| state.touch(i, &units));
        for &s in &succs[b] {
            if touched_in[s].join(&state) && !work.contains(&s) {
                work.push(s);
            }
        }
    }
    let mut touched = vec![None; insts.len()];
    for b in 0..starts.len() {
        state.0.copy_from_slice(&touched_in[b].0);
        for k in starts[b]..end_of(b) {
            state.touch(&insts[k], &units);
            if is_call[k] {
                touched[k] = Some(state.clone());
            }
        }
    }
    for b in (0..starts.len()).rev() {
        state.0.fill(0);
        for &s in &succs[b] {
            state.join(&live_in[s]);
        }
        for k in (starts[b]..end_of(b)).rev() {
            if let Some(touched) = &touched[k] {
                state.join(&at_landing);
                let mut live = Vec::new();
                let found = |u: &usize| state.has(REGS + u) && touched.has(REGS + u) && !noscan.has(REGS + u);
                for u in (0..units.first.len()).filter(found) {
                    let (from, to) = (units.first[u], units.end(u));
                    // Of an object one word will do.
                    let object = out.objects.binary_search_by_key(&from, |o| o.0).is_ok();
                    live.extend(from..if object { from + 1 } else { to });
                }
                out.calls.push((insts[k].end, state.0[0] as u8 & 0xf, live));
            }
            state.before(&insts[k], &units);
        }
    }
    out.calls.sort_unstable_by_key(|c| c.0);
    Some(out)
}

/// Whether words `[a, b)`, whose address instruction `k` takes, are overwritten before anything could read them through that
/// address. Only what follows in a row is looked at. A register is suspected to hold the address if it has to do with one that does or comes
/// from memory.
fn overwritten(insts: &[Inst], k: usize, a: u32, b: u32) -> bool {
    if b - a > LARGE {
        return false;
    }
    let mut left = (1u32 << (b - a)) - 1;
    let mut suspects = insts[k].regs;
    for (i, before) in insts[k + 1..].iter().zip(&insts[k..]) {
        if i.at != before.end || i.flow != Flow::Next || i.reads & suspects != 0 {
            return false;
        }
        let common = |from: u32, to: u32| (a.max(from)..b.min(to)).fold(0u32, |m, w| m | 1 << (w - a));
        let mut loads = i.reads != 0;
        match i.words {
            Words::None => {}
            Words::Kill(from, to) => left &= !common(from, to),
            Words::Use(from, to) if common(from, to) & left != 0 => return false,
            Words::Use(..) => loads = true,
            Words::Address(..) => {}
        }
        if left == 0 {
            return true;
        }
        if loads || i.regs & suspects != 0 {
            suspects |= i.regs;
        }
    }
    false
}

fn calls(insts: &[Inst]) -> impl Iterator<Item = usize> + '_ {
    (0..insts.len()).filter(|&k| insts[k].flow == Flow::Call)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prologue with a frame of 32 bytes that saves rbx at its top word.
    const ENTER: &[u8] = &[0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x20, 0x48, 0x89, 0x5c, 0x24, 0x18];
    const LEAVE: &[u8] = &[0x48, 0x8b, 0x5c, 0x24, 0x18, 0x48, 0x83, 0xc4, 0x20, 0x5d, 0xc3];
    const CALL: &[u8] = &[0xe8, 0, 0, 0, 0];

    fn body(parts: &[&[u8]]) -> Vec<u8> {
        let mut v = ENTER.to_vec();
        parts.iter().for_each(|p| v.extend_from_slice(p));
        v.extend_from_slice(LEAVE);
        v
    }

    fn map(parts: &[&[u8]], slots: &[Slot]) -> Option<Vec<(u8, Vec<u32>)>> {
        let m = live_map(&body(parts), 32, slots, None)?;
        assert_eq!(m.saves, [Some(3), None, None, None]);
        Some(m.calls.into_iter().map(|c| (c.1, c.2)).collect())
    }

    #[test]
    fn spilled_value_and_register_until_their_last_use() {
        let m = map(
            &[
                // mov rbx, rdi; mov [rsp+8], rsi; call; mov rsi, [rsp+8]; call; mov rdi, rbx; call
                &[0x48, 0x89, 0xfb, 0x48, 0x89, 0x74, 0x24, 0x08],
                CALL,
                &[0x48, 0x8b, 0x74, 0x24, 0x08],
                CALL,
                &[0x48, 0x89, 0xdf],
                CALL,
            ],
            &[],
        );
        assert_eq!(m.unwrap(), [(1, vec![1]), (1, vec![]), (0, vec![])]);
    }

    #[test]
    fn loop_carries_liveness_backwards() {
        // L: call; mov rdi, [rsp]; test edi, edi; jne L
        let m = map(&[CALL, &[0x48, 0x8b, 0x3c, 0x24, 0x85, 0xff, 0x75, 0xf3], CALL], &[]);
        assert_eq!(m.unwrap(), [(0, vec![0]), (0, vec![])]);
    }

    #[test]
    fn a_slot_whose_address_is_taken_is_an_object() {
        // lea rdi, [rsp]; call; lea rdi, [rsp]; call; lea rdi, [rsp+16]; call
        let code = body(&[
            &[0x48, 0x8d, 0x3c, 0x24],
            CALL,
            &[0x48, 0x8d, 0x3c, 0x24],
            CALL,
            &[0x48, 0x8d, 0x7c, 0x24, 0x10],
            CALL,
        ]);
        let slots = [
            Slot { off: 0, size: 12, noscan: false, landing: false },
            Slot { off: 16, size: 8, noscan: true, landing: false },
        ];
        let m = live_map(&code, 32, &slots, None).unwrap();
        assert_eq!(m.objects, [(0, 2)]);
        let live: Vec<_> = m.calls.iter().map(|c| c.2.clone()).collect();
        assert_eq!(live, [vec![0, 1], vec![], vec![]]);
        // An address that is no slot's is not understood.
        assert!(live_map(&code, 32, &slots[..1], None).is_none());
    }

    #[test]
    fn a_large_slot_counts_as_a_whole() {
        let u = Units::new(
            60,
            &[
                Slot { off: 16, size: 400, noscan: false, landing: false },
                Slot { off: 416, size: 8, noscan: false, landing: false },
            ],
        );
        assert_eq!(u.first, [0, 1, 2, 52, 53, 54, 55, 56, 57, 58, 59]);
        assert_eq!((u.of(1), u.of(2), u.of(51), u.of(52), u.end(2), u.end(10)), (1, 2, 2, 3, 52, 60));
        assert!(u.large(2) && !u.large(1) && !u.large(3));
        assert!(Units::new(50, &[Slot { off: 0, size: 400, noscan: false, landing: false }]).large(0));
    }

    #[test]
    fn nothing_is_live_at_a_call_that_does_not_return() {
        // mov [rsp], rdi; test edi, edi; jne +7 (over call; ud2); call; ud2; call; mov rdi, [rsp]
        let m = map(
            &[
                &[0x48, 0x89, 0x3c, 0x24],
                &[0x85, 0xff, 0x75, 0x07],
                CALL,
                &[0x0f, 0x0b],
                CALL,
                &[0x48, 0x8b, 0x3c, 0x24],
            ],
            &[],
        );
        assert_eq!(m.unwrap(), [(0, vec![]), (0, vec![0])]);
    }

    #[test]
    fn what_is_not_understood_has_no_map() {
        assert!(map(&[&[0x48, 0x89, 0xe0], CALL], &[]).is_none()); // mov rax, rsp
        assert!(map(&[&[0x4d, 0x89, 0xf4], CALL], &[]).is_none()); // mov r12, r14: not saved
        assert!(map(&[&[0x48, 0x8b, 0x45, 0xf8], CALL], &[]).is_none()); // mov rax, [rbp-8]
        assert!(map(&[&[0x48, 0xc7, 0x44, 0x24, 0x18, 0, 0, 0, 0], CALL], &[]).is_none()); // writes where rbx is saved
    }

    #[test]
    fn jump_tables_are_followed() {
        // mov [rsp], rdi; jmp rax; table {8, 20}; 8: call; jmp +0 … both read [rsp] later or not.
        let m = map(
            &[
                &[0x48, 0x89, 0x3c, 0x24],
                &[0xff, 0xe0],
                &8i32.to_le_bytes(),
                &20i32.to_le_bytes(),
                CALL,
                &[0x48, 0x8b, 0x3c, 0x24], // mov rdi, [rsp]
                &[0xeb, 0x06, 0x90],       // jmp behind the other arm's call
                CALL,
            ],
            &[],
        );
        assert_eq!(m.unwrap(), [(0, vec![0]), (0, vec![])]);
    }

    #[test]
    fn what_nothing_has_touched_yet_is_not_live() {
        // call; lea rdi, [rsp]; call; mov [rsp+16], rdi; call; mov rdi, [rsp+16]; lea rdi, [rsp]; call
        let code = body(&[
            CALL,
            &[0x48, 0x8d, 0x3c, 0x24],
            CALL,
            &[0x48, 0x89, 0x7c, 0x24, 0x10],
            CALL,
            &[0x48, 0x8b, 0x7c, 0x24, 0x10, 0x48, 0x8d, 0x3c, 0x24],
            CALL,
        ]);
        let slots = [Slot { off: 0, size: 8, noscan: false, landing: false }];
        let live = |slots: &[Slot]| -> Vec<Vec<u32>> {
            live_map(&code, 32, slots, None).unwrap().calls.into_iter().map(|c| c.2).collect()
        };
        assert_eq!(live(&slots), [vec![], vec![0], vec![0, 2], vec![]]);
        assert_eq!(live(&[Slot { noscan: true, ..slots[0] }]), [vec![], vec![], vec![2], vec![]]);
    }

    #[test]
    fn a_slot_that_is_overwritten_first_is_not_live_before() {
        let slots = [Slot { off: 0, size: 16, noscan: false, landing: false }];
        // lea rdi, [rsp]; call; lea rdi, [rsp]; …; mov [rsp], rsi; mov [rsp+8], rsi; call
        let live = |between: &[u8]| {
            let lea = &[0x48, 0x8d, 0x3c, 0x24];
            let stores = &[0x48, 0x89, 0x34, 0x24, 0x48, 0x89, 0x74, 0x24, 0x08];
            let code = body(&[lea, CALL, lea, between, stores, CALL]);
            live_map(&code, 32, &slots, None).unwrap().calls[0].2.len()
        };
        assert_eq!(live(&[]), 0);
        assert_eq!(live(&[0x48, 0x8b, 0x33]), 0); // mov rsi, [rbx]
        assert_eq!(live(&[0x48, 0x8b, 0x74, 0x24, 0x10]), 0); // mov rsi, [rsp+16]
        assert_eq!(live(&[0x48, 0x8b, 0x37]), 2); // mov rsi, [rdi]
        assert_eq!(live(&[0x48, 0x89, 0xf8, 0x48, 0x8b, 0x30]), 2); // mov rax, rdi; mov rsi, [rax]
        assert_eq!(live(&[0x48, 0x8b, 0x34, 0x24]), 2); // mov rsi, [rsp]
        // mov rsi, [rsp+16]; mov rsi, [rsi]: it might have come from there
        assert_eq!(live(&[0x48, 0x8b, 0x74, 0x24, 0x10, 0x48, 0x8b, 0x36]), 2);
        assert_eq!(live(CALL), 2);
    }

    #[test]
    fn what_the_landing_uses_is_live_at_every_call() {
        // lea rdi, [rsp]; lea rdi, [rsp+8]; mov [rsp+16], rdi; call; mov rdi, [rsp+16]; call; ret;
        // landing: mov rdi, [rax]; call; ret
        let mut code = body(&[
            &[0x48, 0x8d, 0x3c, 0x24, 0x48, 0x8d, 0x7c, 0x24, 0x08, 0x48, 0x89, 0x7c, 0x24, 0x10],
            CALL,
            &[0x48, 0x8b, 0x7c, 0x24, 0x10],
            CALL,
        ]);
        let landing = code.len() as u32;
        code.extend([0x48, 0x8b, 0x38]);
        code.extend(CALL);
        code.extend(LEAVE);
        let slots = [0, 8].map(|off| Slot { off, size: 8, noscan: false, landing: off == 0 });
        let m = live_map(&code, 32, &slots, Some(landing)).unwrap();
        let live: Vec<_> = m.calls.into_iter().map(|c| c.2).collect();
        assert_eq!(live, [vec![0, 2], vec![0], vec![0]]);
        // Nothing leads there otherwise, so without it there are two calls.
        assert_eq!(live_map(&code, 32, &slots, None).unwrap().calls.len(), 2);
    }

    #[test]
    fn encoding_is_read_back() {
        use goxide_abi::tables::live::NOT_SAVED;
        use goxide_abi::tables::writer::{FuncInfo, Writer};
        let f = Frame {
            saves: [Some(9), None, Some(8), None],
            objects: vec![(1, 3), (5, 6), (6, 7)],
            calls: vec![(10, 0b0101, vec![0, 2, 3, 7]), (200, 0, vec![]), (777, 0b0010, vec![6, 12, 39])],
            words: 40,
        };
        let mut w = Writer::new();
        w.add(0, &FuncInfo { size: 1000, cold: 1000, frame: 320, live: f.encode(), ..FuncInfo::default() });
        let b = w.finish();
        let t = goxide_abi::tables::FuncTab::new(&b).unwrap();
        let m = t.find(5).unwrap().live().unwrap();
        for (ret, regs, words) in &f.calls {
            let s = m.site(*ret).unwrap();
            assert_eq!((s.regs, s.saves), (*regs, [9, NOT_SAVED, 8, NOT_SAVED]));
            let (mut got, mut objects) = (Vec::new(), Vec::new());
            s.each_word(40, |w| got.push(w));
            s.each_object(40, |from, to, live| objects.push((from, to, live)));
            let object = |w: &u32| f.objects.iter().any(|o| o.0 <= *w && *w < o.1);
            let want: Vec<u32> = words.iter().copied().filter(|w| !object(w)).collect();
            assert_eq!(got, want);
            let live = |o: &(u32, u32)| words.iter().any(|w| o.0 <= *w && *w < o.1);
            let want: Vec<_> = f.objects.iter().map(|o| (o.0, o.1, live(o))).collect();
            assert_eq!(objects, want);
        }
        assert!(m.site(11).is_none() && m.site(1000).is_none());
    }
}
