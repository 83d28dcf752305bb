//! The Cranelift backend: the only place that names it.

mod abi;
mod arith;
mod entrystub;
mod faults;
mod float;
mod livemap;
mod lower;
mod mem;

use crate::{Backend, CodeBlob, CodeReloc, CodeRelocKind, CodegenError};
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{self, ExternalName};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{
    Context, Final, FinalizedMachExceptionHandler, FinalizedRelocTarget, MachBufferFinalized, control::ControlPlane,
};
use goxide_abi::tables::{flags, trap};
use goxide_ssa::{self as ssa, Func, Sym};
use lower::Lowered;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Settings of the backend.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Optimise (`-N` turns it off).
    pub optimize: bool,
    /// Check the generated CLIF.
    pub verify: bool,
}

/// The backend for linux/amd64.
pub struct Clif {
    isa: OwnedTargetIsa,
    verify: bool,
}

thread_local! {
    static CONTEXT: RefCell<Context> = RefCell::new(Context::new());
}

impl Clif {
    pub fn new(o: Options) -> Clif {
        let mut b = settings::builder();
        let mut set = |k: &str, v: &str| b.set(k, v).expect("known setting");
        set("opt_level", if o.optimize { "speed" } else { "none" });
        set("enable_pinned_reg", "true");
        set("preserve_frame_pointers", "true");
        set("unwind_info", "false");
        set("enable_verifier", if o.verify { "true" } else { "false" });
        set("is_pic", "false");
        set("use_colocated_libcalls", "true");
        set("regalloc_algorithm", "backtracking");
        set("enable_probestack", "false");
        let isa = cranelift_codegen::isa::lookup_by_name("x86_64-unknown-linux-gnu")
            .and_then(|b2| {
                b2.finish(settings::Flags::new(b)).map_err(|_| cranelift_codegen::isa::LookupError::Unsupported)
            })
            .expect("amd64 backend");
        Clif { isa, verify: o.verify }
    }

    fn lower(&self, f: &Func, cx: &mut Context) -> Result<lower::Lowered, String> {
        cx.clear();
        let l = lower::lower(f, &mut cx.func)?;
        if self.verify {
            cx.verify(&*self.isa).map_err(|e| format!("{e}\n{}", cx.func.display()))?;
        }
        Ok(l)
    }

    fn build(&self, f: &Func, cx: &mut Context) -> Result<CodeBlob, String> {
        let l = self.lower(f, cx)?;
        if let Err(e) = cx.compile(&*self.isa, &mut ControlPlane::default()) {
            return Err(format!("{:?}\n{}", e.inner, e.func.display()));
        }
        let code = cx.take_compiled_code().expect("compiled");
        let buf = &code.buffer;
        let frame = buf.frame_layout().map_or(0, |l| l.frame_to_fp_offset);
        let leaf = buf.call_sites().next().is_none();
        let stub = entrystub::stub(frame, leaf, f.flags.nosplit);
        let body = stub.head.len() as u32;
        let mut bytes = stub.head;
        bytes.extend_from_slice(buf.data());
        drop_redundant_moves(&mut bytes, body as usize);
        let mut relocs = Vec::with_capacity(buf.relocs().len() + 2);
        for r in buf.relocs() {
            let target = match &r.target {
                FinalizedRelocTarget::ExternalName(ExternalName::User(u)) => {
                    Sym(cx.func.params.user_named_funcs()[*u].index)
                }
                FinalizedRelocTarget::Func(off) => {
                    // A position in this very function (the recovery landing).
                    let addend = i64::from(*off) + i64::from(body) + r.addend;
                    relocs.push(CodeReloc { off: r.offset + body, kind: kind(r.kind)?, target: f.sym, addend });
                    continue;
                }
                t => return Err(format!("relocation against {t:?}")),
            };
            relocs.push(CodeReloc { off: r.offset + body, kind: kind(r.kind)?, target, addend: r.addend });
        }
        let cold = bytes.len() as u32;
        if stub.checked {
            entrystub::cold_tail(&mut bytes, &mut relocs, body, frame);
        }
        let mut info = crate::lines::func_info(f, body, buf, &l.srclocs);
        info.size = bytes.len() as u32;
        info.body = body;
        info.cold = cold;
        info.frame = frame;
        let bit = |on: bool, flag: u8| if on { flag } else { 0 };
        info.flags = bit(f.flags.wrapper, flags::WRAPPER)
            | bit(f.flags.nosplit, flags::NOSPLIT)
            | bit(f.flags.runtime, flags::RUNTIME)
            | bit(f.flags.has_defer, flags::DEFER)
            | bit(f.sig.params.is_empty(), flags::BARE);
        for t in buf.traps() {
            let kind = u32::from(t.code.as_raw().get());
            if kind == trap::NIL || kind == trap::UNREACHABLE {
                info.traps.push((t.offset + body, kind));
            }
        }
        info.traps.sort_unstable();
        info.traps.dedup();
        if !leaf && !l.jumps_on {
            let slots = explicit_slots(f, buf, &l);
            info.live = livemap::live_map(buf.data(), frame, &slots, landing(buf)).map_or(Vec::new(), |m| m.encode());
        }
        Ok(CodeBlob { sym: f.sym, align: 16, bias: body, bytes, relocs, info })
    }

    fn guarded<R>(&self, f: &Func, run: impl FnOnce(&mut Context) -> Result<R, String>) -> Result<R, CodegenError> {
        let r = CONTEXT.with(|c| {
            let mut cx = c.borrow_mut();
            let r = catch_unwind(AssertUnwindSafe(|| run(&mut cx)));
            r.unwrap_or_else(|p| {
                *cx = Context::new();
                let text = p.downcast_ref::<String>().cloned();
                Err(text.or(p.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or_else(|| "panic".into()))
            })
        });
        r.map_err(|message| CodegenError { func: f.sym.name().to_string(), message })
    }
}

impl Backend for Clif {
    fn compile(&self, f: &Func) -> Result<CodeBlob, CodegenError> {
        self.guarded(f, |cx| self.build(f, cx))
    }
    fn lowered_text(&self, f: &Func) -> Result<String, CodegenError> {
        self.guarded(f, |cx| {
            let l = self.lower(f, cx)?;
            let mut s = cx.func.display().to_string();
            for (r, n) in cx.func.params.user_named_funcs().iter() {
                s.push_str(&format!("; userextname{} = {}\n", r.as_u32(), Sym(n.index).name()));
            }
            drop(l);
            Ok(s)
        })
    }
}

/// Where the slots of `f` are in the frame.
fn explicit_slots(f: &Func, buf: &MachBufferFinalized<Final>, l: &Lowered) -> Vec<livemap::Slot> {
    let Some(layout) = buf.frame_layout() else { return Vec::new() };
    let place = |p: ir::StackSlot| layout.stackslots[p].offset;
    let mut slots: Vec<livemap::Slot> = (f.slots.iter().zip(&l.slots).enumerate())
        .map(|(k, (d, p))| livemap::Slot {
            off: place(p.slot) + p.off as u32,
            size: d.size,
            noscan: d.noscan,
            landing: l.landing_slots.contains(&ssa::Slot::new(k)),
        })
        .collect();
    let sink = |s| livemap::Slot { off: place(s), size: 8, noscan: true, landing: false };
    slots.extend(l.keep_alive.map(sink));
    slots
}

/// Where the recovery landing begins.
fn landing(buf: &MachBufferFinalized<Final>) -> Option<u32> {
    buf.call_sites().flat_map(|c| c.exception_handlers).find_map(|h| match h {
        FinalizedMachExceptionHandler::Default(at) | FinalizedMachExceptionHandler::Tag(_, at) => Some(*at),
        FinalizedMachExceptionHandler::Context(_) => None,
    })
}

fn kind(k: Reloc) -> Result<CodeRelocKind, String> {
    Ok(match k {
        Reloc::X86PCRel4 | Reloc::X86CallPCRel4 | Reloc::X86CallPLTRel4 => CodeRelocKind::Pc32,
        Reloc::Abs8 => CodeRelocKind::Abs64,
        _ => return Err(format!("relocation {k:?}")),
    })
}

/// Turns the `mov rsp, rbp` of Cranelift's epilogues (`mov rsp, rbp; pop rbp; ret`) into a no-op: the frame has been
/// added back before, and the move would chain rsp through the reloaded rbp. Found by decoding, never by blind search.
fn drop_redundant_moves(bytes: &mut [u8], body: usize) {
    const PATTERN: [u8; 5] = [0x48, 0x89, 0xec, 0x5d, 0xc3];
    let mut hits: Vec<usize> = (body..bytes.len().saturating_sub(4)).filter(|&i| bytes[i..i + 5] == PATTERN).collect();
    if hits.is_empty() {
        return;
    }
    let mut at = Vec::new();
    {
        let mut d = iced_x86::Decoder::with_ip(64, &bytes[body..], 0, iced_x86::DecoderOptions::NONE);
        let mut i = iced_x86::Instruction::default();
        while d.can_decode() && !hits.is_empty() {
            let p = body + d.position();
            hits.retain(|&h| h >= p);
            d.decode_out(&mut i);
            if hits.first() == Some(&p) {
                at.push(p);
            }
        }
    }
    for p in at {
        bytes[p..p + 3].copy_from_slice(&[0x0f, 0x1f, 0x00]);
    }
}

/// CLIF type of an SSA type.
fn clif_type(t: goxide_ssa::Type) -> ir::Type {
    use goxide_ssa::Type as T;
    match t {
        T::I8 => ir::types::I8,
        T::I16 => ir::types::I16,
        T::I32 => ir::types::I32,
        T::I64 | T::Ptr => ir::types::I64,
        T::F32 => ir::types::F32,
        T::F64 => ir::types::F64,
    }
}

/// Go functions of package runtime that generated code may call without the SSA saying so.
pub const RUNTIME_FUNCS: &[&str] = &[
    "panicIndex",
    "panicIndexU",
    "panicSliceAlen",
    "panicSliceAlenU",
    "panicSliceAcap",
    "panicSliceAcapU",
    "panicSliceB",
    "panicSliceBU",
    "panicSlice3Alen",
    "panicSlice3AlenU",
    "panicSlice3Acap",
    "panicSlice3AcapU",
    "panicSlice3B",
    "panicSlice3BU",
    "panicSlice3C",
    "panicSlice3CU",
    "panicSliceConvert",
    "panicdivide",
    "panicshift",
    "panicmem",
    "makeslice",
    "makeslicebuf",
    "growslicebuf",
    "growslicestepbuf",
];
