//! Diagnostics: what was wrong and where, independent of how it is shown.
//!
//! Stages report to a `Sink`; renderers turn the sorted, de-duplicated result into gc's one-line form, a rich form
//! with the source line, or JSON.
#![forbid(unsafe_code)]

mod render;

pub use render::{LIMIT, Selected, Style, json, lines, plain, rich, select};

use goxide_base::Pos;

/// One reported problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub pos: Pos,
    /// gc's wording, without the position; may contain newlines with tabs, as gc's does.
    pub msg: String,
    /// Name of the error's code (`internal/types/errors`), or "" for syntax and tool errors.
    pub code: &'static str,
    /// Reported without failing the build (soft errors are still errors; this is for `-m` and the like).
    pub severity: Severity,
    /// Further places worth showing in the rich form.
    pub labels: Vec<(Pos, String)>,
    /// One line of advice, where it is right.
    pub help: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    /// An error that follows from incomplete but otherwise well-formed code (unused variables and the like).
    SoftError,
    Note,
}

impl Diagnostic {
    pub fn error(pos: Pos, msg: impl Into<String>) -> Diagnostic {
        Diagnostic { pos, msg: msg.into(), code: "", severity: Severity::Error, labels: Vec::new(), help: None }
    }
    pub fn with_code(mut self, code: &'static str) -> Diagnostic {
        self.code = code;
        self
    }
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }
    pub fn with_label(mut self, pos: Pos, text: impl Into<String>) -> Diagnostic {
        self.labels.push((pos, text.into()));
        self
    }
}

/// Where a stage reports to.
#[derive(Default, Debug)]
pub struct Sink {
    pub diags: Vec<Diagnostic>,
}

impl Sink {
    pub fn report(&mut self, d: Diagnostic) {
        self.diags.push(d);
    }
    pub fn has_errors(&self) -> bool {
        self.diags.iter().any(|d| d.severity != Severity::Note)
    }
}
