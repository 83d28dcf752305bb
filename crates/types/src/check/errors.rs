//! Error reporting (`types2/errors.go`): positions are the start of the node at fault, further parts become lines.

use super::advice::Advice;
use super::{Checker, Operand};
use crate::codes::Code;
use crate::object::Obj;
use crate::version::GoVersion;
use goxide_base::{Pos, position};
use goxide_diag::{Diagnostic, Severity};
use goxide_syntax::ast;
use goxide_syntax::{start_pos, stmt_start};

/// Something an error can be reported at (`poser` after `atPos`).
pub trait At {
    /// Start position.
    fn at(&self) -> Pos;
}
impl At for Pos {
    fn at(&self) -> Pos {
        *self
    }
}
impl At for Obj {
    fn at(&self) -> Pos {
        self.pos()
    }
}
impl At for ast::Expr {
    fn at(&self) -> Pos {
        start_pos(self)
    }
}
impl At for ast::Ident {
    fn at(&self) -> Pos {
        self.pos
    }
}
impl At for ast::Stmt {
    fn at(&self) -> Pos {
        stmt_start(self)
    }
}
impl At for ast::Field {
    fn at(&self) -> Pos {
        self.names.first().map_or_else(|| start_pos(&self.ty), |n| n.pos)
    }
}
impl At for ast::BasicLit {
    fn at(&self) -> Pos {
        self.pos
    }
}
impl At for Operand {
    fn at(&self) -> Pos {
        self.expr.map_or(Pos::NONE, start_pos)
    }
}
impl<T: At + ?Sized> At for &T {
    fn at(&self) -> Pos {
        (**self).at()
    }
}
impl<T: At + ?Sized> At for &mut T {
    fn at(&self) -> Pos {
        (**self).at()
    }
}

/// An error being put together; report it with [`Checker::report`].
#[must_use]
pub struct ErrorDesc {
    pub code: Code,
    pub soft: bool,
    parts: Vec<(Pos, String)>,
    /// For the rich form; the default depends on code and words.
    pub(crate) advice: Option<Advice>,
}

impl ErrorDesc {
    pub fn new(code: Code) -> Self {
        ErrorDesc { code, soft: false, parts: Vec::new(), advice: None }
    }
    /// Adds a part; the first gives the position of the error.
    pub fn add(&mut self, at: impl At, msg: impl Into<String>) {
        self.parts.push((at.at(), msg.into()));
    }
    /// Adds "other declaration of".
    pub fn add_alt_decl(&mut self, obj: Obj) {
        if obj.pos().is_known() {
            self.add(obj, format!("other declaration of {}", obj.name()));
        }
    }
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
    /// Position of the first part.
    pub fn pos(&self) -> Pos {
        self.parts.first().map_or(Pos::NONE, |p| p.0)
    }
    /// All parts as one text, without the position of the first.
    pub fn msg(&self) -> String {
        let mut s = String::new();
        for (i, (pos, m)) in self.parts.iter().enumerate() {
            if i > 0 {
                s.push_str("\n\t");
                if pos.is_known() {
                    s.push_str(&format!("{}: ", position(*pos)));
                }
            }
            s.push_str(m);
        }
        s
    }
}

impl Checker {
    /// Reports an error (`error_.report`).
    pub fn report(&mut self, e: ErrorDesc) {
        assert!(!e.parts.is_empty(), "error without text");
        // Follow-on errors add nothing once one error is known.
        if self.first_err {
            let m = &e.parts[0].1;
            if m.find("invalid operand").is_some_and(|i| i > 0) || m.find("invalid type").is_some_and(|i| i > 0) {
                return;
            }
        }
        let mut pos = e.parts[0].0;
        if self.env.errpos.is_known() {
            pos = self.env.errpos;
        }
        let mut msg = e.msg();
        if let Some(hint) = self.version_hint(pos, &msg) {
            msg += &hint;
        }
        if e.code == Code::InvalidSyntaxTree {
            msg = format!("invalid syntax tree: {msg}");
        }
        self.first_err = true;
        let advice = e.advice.unwrap_or_else(|| self.advise(e.code, &msg));
        let parts = e.parts[1..].iter().filter(|p| p.0.is_known()).cloned();
        self.sink.report(Diagnostic {
            pos,
            msg,
            code: e.code.as_str(),
            severity: if e.soft { Severity::SoftError } else { Severity::Error },
            labels: parts.chain(advice.labels).collect(),
            help: advice.help,
        });
    }
    /// `check.error`; see also the macros `errorf!`, `soft_errorf!`.
    pub fn error(&mut self, at: impl At, code: Code, msg: impl Into<String>) {
        let mut e = ErrorDesc::new(code);
        e.add(at, msg);
        self.report(e);
    }
    /// As `error`, for errors that leave the package usable.
    pub fn soft_error(&mut self, at: impl At, code: Code, msg: impl Into<String>) {
        let mut e = ErrorDesc::new(code);
        e.soft = true;
        e.add(at, msg);
        self.report(e);
    }
    /// `check.versionErrorf`.
    pub fn version_error(&mut self, at: impl At, v: GoVersion, msg: impl Into<String>) {
        self.error(at, Code::UnsupportedFeature, format!("{} requires {} or later", msg.into(), v));
    }
}

/// `check.sprintf`: like `format!` with `{}` only; each argument is shown as types2 shows it (see `Show`).
#[macro_export]
macro_rules! sprintf {
    ($check:expr, $fmt:literal $(, $arg:expr)* $(,)?) => {
        format!($fmt $(, $crate::check::format::Show::show(&$arg, &*$check))*)
    };
}
/// `errorf!(check, at, Code, "format {}", args…)`: `check.errorf`.
#[macro_export]
macro_rules! errorf {
    ($check:expr, $at:expr, $code:ident, $fmt:literal $(, $arg:expr)* $(,)?) => {{
        let msg = $crate::sprintf!($check, $fmt $(, $arg)*);
        let at = $crate::check::errors::At::at(&$at);
        $check.error(at, $crate::codes::Code::$code, msg)
    }};
}
/// `check.softErrorf`.
#[macro_export]
macro_rules! soft_errorf {
    ($check:expr, $at:expr, $code:ident, $fmt:literal $(, $arg:expr)* $(,)?) => {{
        let msg = $crate::sprintf!($check, $fmt $(, $arg)*);
        let at = $crate::check::errors::At::at(&$at);
        $check.soft_error(at, $crate::codes::Code::$code, msg)
    }};
}
