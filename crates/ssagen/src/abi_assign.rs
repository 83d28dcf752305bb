//! Go's argument assignment (`docs/abi.md`): which scalars travel in registers and where the rest lies in the argument block.

use crate::layout::{Comp, flatten, info};
use goxide_abi::regs::{FLOAT_ARG_REGS, INT_ARG_REGS};
use goxide_ssa::{Sig, Type};
use goxide_types::Ty;
use smallvec::SmallVec;

/// Where one argument or result travels.
#[derive(Clone, Debug)]
pub enum Where {
    /// These scalars, in order.
    Regs(SmallVec<[Comp; 4]>),
    /// At this offset of the argument block.
    Block(u64),
}

/// The assignment of a whole signature.
#[derive(Clone, Debug)]
pub struct Assign {
    pub sig: Sig,
    pub params: Vec<Where>,
    pub results: Vec<Where>,
    /// Size of the argument block, 0 if none is needed.
    pub block: u64,
}

struct Seq {
    ints: usize,
    floats: usize,
    stack: u64,
}

impl Seq {
    fn add(&mut self, t: Ty) -> Where {
        let i = info(t);
        if i.size > 0 {
            let mut c = SmallVec::new();
            if flatten(t, 0, INT_ARG_REGS + FLOAT_ARG_REGS, &mut c) {
                let floats = c.iter().filter(|c| c.ty.is_float()).count();
                let ints = c.len() - floats;
                if self.ints + ints <= INT_ARG_REGS && self.floats + floats <= FLOAT_ARG_REGS {
                    self.ints += ints;
                    self.floats += floats;
                    return Where::Regs(c);
                }
            }
        }
        self.stack = self.stack.next_multiple_of(u64::from(i.align.max(1)));
        let at = self.stack;
        self.stack += i.size;
        Where::Block(at)
    }
}

/// Assigns parameters (receiver first) and results.
pub fn assign(params: &[Ty], results: &[Ty]) -> Assign {
    let mut s = Seq { ints: 0, floats: 0, stack: 0 };
    let params: Vec<Where> = params.iter().map(|&t| s.add(t)).collect();
    let mut r = Seq { ints: 0, floats: 0, stack: s.stack.next_multiple_of(8) };
    let results: Vec<Where> = results.iter().map(|&t| r.add(t)).collect();
    let block = r.stack.next_multiple_of(8);
    let mut sig = Sig::default();
    let regs = |w: &[Where]| -> Vec<Type> {
        w.iter()
            .flat_map(|w| match w {
                Where::Regs(c) => c.iter().map(|c| c.ty).collect::<Vec<_>>(),
                Where::Block(_) => Vec::new(),
            })
            .collect()
    };
    sig.params.extend(regs(&params));
    sig.results.extend(regs(&results));
    sig.len_params = lengths(&params);
    sig.len_results = lengths(&results);
    if block > 0 {
        sig.params.push(Type::Ptr);
        sig.has_block = true;
    }
    Assign { sig, params, results, block }
}

/// Which of the scalars in registers are lengths, as a bit mask.
fn lengths(w: &[Where]) -> u32 {
    let scalars = w.iter().flat_map(|w| match w {
        Where::Regs(c) => &c[..],
        Where::Block(_) => &[],
    });
    scalars.take(32).enumerate().fold(0, |m, (n, c)| m | u32::from(c.len) << n)
}
