//! Frames that no goroutine stack can hold.

use goxide_diag::Diagnostic;
use goxide_ssa::Func;
use goxide_ssagen::MAX_FRAME;

/// What is reported of a function whose frame is too large.
pub fn too_large(f: &Func) -> Option<Diagnostic> {
    let locals: u64 = f.slots.iter().map(|s| u64::from(s.size)).sum();
    (locals > MAX_FRAME).then(|| {
        let msg = format!("stack frame too large (>1GB): {} MB locals + 0 MB args", locals >> 20);
        Diagnostic::error(f.pos, msg)
    })
}
