//! What is wrong with the import graph, in the face of diagnostics that was asked for.

use crate::make::{Format, style};
use crate::session::Exit;
use goxide_build::load::{Context, Loaded, Missing};
use goxide_build::suggest;
use goxide_diag::Diagnostic;

/// Ends the command if something is wrong: plainly in the go command's words; otherwise imports that lead nowhere are
/// diagnostics like those of the compiler, with what may have been meant.
pub fn fail(cx: &Context<'_>, l: &Loaded, face: Format) -> Result<(), Exit> {
    if l.errors.is_empty() {
        return Ok(());
    }
    if face == Format::Plain {
        return Err(Exit::new(1, l.errors.join("\n")));
    }
    let shown: String = l
        .errors
        .iter()
        .map(|e| {
            let d = l.missing.iter().find(|m| m.shown == *e).and_then(|m| diagnostic(cx, m));
            let d = d.unwrap_or_else(|| Diagnostic::error(goxide_base::Pos::NONE, e.as_str()));
            match face {
                Format::Json => goxide_diag::json("", &[d], true),
                _ => goxide_diag::rich(&[d], true, style()),
            }
        })
        .collect();
    Err(Exit::new(1, shown.trim_end().to_owned()))
}

fn diagnostic(cx: &Context<'_>, m: &Missing) -> Option<Diagnostic> {
    let src = std::fs::read(&m.file).ok()?;
    let file = goxide_base::add_file(cx.env.short_path(&m.file), m.file.display().to_string(), src);
    let mut d = Diagnostic::error(file.pos(m.offset), m.msg.as_str());
    d.help = suggest::import(cx, &m.import);
    Some(d)
}
