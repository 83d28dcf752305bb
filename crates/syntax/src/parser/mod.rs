//! Tokens to tree. One `Parser` per file; the productions are in `decl`, `types`, `expr` and `stmt`.
//!
//! Node positions, messages and error recovery follow `cmd/compile/internal/syntax`, so that errors land where gc's do.

mod decl;
mod directive;
mod expr;
mod stmt;
mod types;

use crate::advice;
use crate::ast::*;
use crate::branches::check_branches;
use crate::pragma::{Linkname, Pragma};
use crate::scanner::{Comments, Event, Scanner};
use crate::token::{Token, TokenSet, set};
use goxide_base::{Name, Pos, SourceFile};
use goxide_diag::{Diagnostic, Sink};

/// Gives out the node ids of one package: pass the same one for all its files, in order.
#[derive(Debug, Default)]
pub struct NodeIdGen {
    next: u32,
}

impl NodeIdGen {
    pub fn new() -> NodeIdGen {
        NodeIdGen::default()
    }
    /// A fresh id.
    #[inline]
    pub fn fresh(&mut self) -> NodeId {
        self.next += 1;
        NodeId(self.next - 1)
    }
    /// How many ids were given out: the size of side tables.
    pub fn count(&self) -> usize {
        self.next as usize
    }
}

/// How to parse.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    /// Keep all comments in `File::comments`.
    pub comments: bool,
    /// Check labels and branches of function bodies (the type checker has its own such check for other judges).
    pub check_branches: bool,
    /// The file belongs to the standard library: more directives are allowed, unknown ones are not.
    pub std: bool,
    /// The file belongs to the runtime or to what is below it.
    pub runtime: bool,
}

impl Default for Mode {
    fn default() -> Mode {
        Mode { comments: false, check_branches: true, std: false, runtime: false }
    }
}

/// Deepest nesting of expressions, types and statements. It bounds the recursion of this parser and of everything that
/// walks trees; threads that run the front end need a stack of `FRONT_END_STACK`.
pub const MAX_NESTING: u32 = 10_000;
/// Longest chain of operators or selectors (`a+b+…`, `a.b.…`), which nests to the left.
pub const MAX_CHAIN: u32 = 50_000;
/// Stack size, in bytes, for threads that parse and walk trees. Reserved, not committed.
pub const FRONT_END_STACK: usize = 1 << 30;

/// Parses one file. Problems go to `sink`; the result is `None` where gc stops at once: the package clause is missing or
/// wrong, and no other file of the package is looked at.
pub fn parse_file(file: &SourceFile, ids: &mut NodeIdGen, mode: Mode, sink: &mut Sink) -> Option<File> {
    let comments = if mode.comments { Comments::All } else { Comments::Directives };
    let mut p = Parser {
        s: Scanner::new(&file.src, comments),
        file,
        ids,
        sink,
        mode,
        errcnt: 0,
        pragma: None,
        linknames: Vec::new(),
        go_version: String::new(),
        comments: Vec::new(),
        top: true,
        fnest: 0,
        xnest: 0,
        depth: 0,
    };
    p.next();
    p.file_or_none()
}

pub(crate) struct Parser<'a> {
    s: Scanner<'a>,
    file: &'a SourceFile,
    ids: &'a mut NodeIdGen,
    sink: &'a mut Sink,
    mode: Mode,
    errcnt: u32,
    /// Directives since the last declaration.
    pragma: Option<Pragma>,
    linknames: Vec<Linkname>,
    go_version: String,
    comments: Vec<Comment>,
    /// Before the package clause.
    top: bool,
    /// Function nesting: statement keywords are good places to resume at only within functions.
    fnest: u32,
    /// Expression nesting: negative in statement headers, where `{` does not start a literal.
    xnest: i32,
    depth: u32,
}

/// Keywords that start statements: good places to resume after an error.
const STOPSET: TokenSet = set(&[
    Token::Break,
    Token::Const,
    Token::Continue,
    Token::Defer,
    Token::Fallthrough,
    Token::For,
    Token::Go,
    Token::Goto,
    Token::If,
    Token::Return,
    Token::Select,
    Token::Switch,
    Token::Type,
    Token::Var,
]);

const DECL_START: &[Token] = &[Token::Import, Token::Const, Token::Type, Token::Var, Token::Func];

impl<'a> Parser<'a> {
    // ---- tokens

    #[inline]
    fn next(&mut self) {
        self.s.next();
        if !self.s.events.is_empty() {
            self.events();
        }
    }

    #[cold]
    fn events(&mut self) {
        for e in std::mem::take(&mut self.s.events) {
            match e {
                Event::Error { off, msg } => {
                    let pos = self.file.pos(off);
                    self.error_at(pos, msg);
                }
                Event::Comment { off, end, blank } => self.comment(off, end, blank),
            }
        }
    }

    #[inline]
    fn tok(&self) -> Token {
        self.s.tok
    }
    #[inline]
    fn pos(&self) -> Pos {
        self.file.pos(self.s.start)
    }

    fn got(&mut self, t: Token) -> bool {
        let g = self.tok() == t;
        if g {
            self.next();
        }
        g
    }

    fn want(&mut self, t: Token) {
        if !self.got(t) {
            self.syntax_error(format!("expected {}", t.describe()));
            self.advance(&[]);
        }
    }

    /// Like `got(Assign)`, but takes `:=` too, with an error.
    fn got_assign(&mut self) -> bool {
        if self.tok() == Token::Define {
            self.syntax_error("expected =");
        } else if self.tok() != Token::Assign {
            return false;
        }
        self.next();
        true
    }

    fn id(&mut self) -> NodeId {
        self.ids.fresh()
    }
    fn expr_at(&mut self, pos: Pos, kind: ExprKind) -> Expr {
        Expr { id: self.id(), pos, kind }
    }
    fn bad_expr(&mut self) -> Expr {
        let pos = self.pos();
        self.expr_at(pos, ExprKind::Bad)
    }
    fn ident_at(&mut self, pos: Pos, name: &str) -> Ident {
        Ident { id: self.id(), pos, name: Name::new(name) }
    }

    // ---- errors

    fn error_at(&mut self, pos: Pos, msg: impl Into<String>) {
        self.errcnt += 1;
        let mut d = Diagnostic::error(pos, msg);
        let (line, col) = self.file.line_col(pos);
        let text = self.file.line_text(line);
        if text.len() < 1000 {
            d.help = advice::help(&d.msg, &String::from_utf8_lossy(text), col as usize - 1).map(str::to_owned);
        }
        self.sink.report(d);
    }

    /// Reports a misused directive. It does not count as a syntax error: parsing and checking go on as if it were absent.
    fn directive_error(&mut self, pos: Pos, msg: impl Into<String>) {
        self.sink.report(Diagnostic::error(pos, msg));
    }

    fn error(&mut self, msg: impl Into<String>) {
        let pos = self.pos();
        self.error_at(pos, msg);
    }

    fn syntax_error(&mut self, msg: impl AsRef<str>) {
        let pos = self.pos();
        self.syntax_error_at(pos, msg);
    }

    /// Reports a syntax error. A message that starts with "in", "at", "after" or "expected" is completed with the
    /// current token.
    fn syntax_error_at(&mut self, pos: Pos, msg: impl AsRef<str>) {
        let msg = msg.as_ref();
        if self.tok() == Token::Eof && self.errcnt > 0 {
            return; // only follows from an earlier error
        }
        let sep = if msg.is_empty() {
            ""
        } else if ["in ", "at ", "after "].iter().any(|p| msg.starts_with(p)) {
            " "
        } else if msg.starts_with("expected ") {
            ", "
        } else {
            return self.error_at(pos, format!("syntax error: {msg}"));
        };
        let tok = match self.tok() {
            Token::Name => format!("name {}", self.s.text()),
            Token::Semi => self.s.semi.into(),
            Token::Literal => format!("literal {}", self.s.text()),
            Token::Operator => self.s.op.as_str().into(),
            Token::AssignOp => format!("{}=", self.s.op.as_str()),
            Token::IncOp => self.s.op.as_str().repeat(2),
            t => t.describe(),
        };
        self.error_at(pos, format!("syntax error: unexpected {tok}{sep}{msg}"));
    }

    /// Skips to a token of `follow` or, in functions, to one that starts a statement. An empty list skips one token.
    fn advance(&mut self, follow: &[Token]) {
        let mut stop = set(&[Token::Eof]) | set(follow);
        if !follow.is_empty() && self.fnest > 0 {
            stop |= STOPSET;
        }
        while !self.tok().is_in(stop) {
            self.next();
            if follow.is_empty() {
                break;
            }
        }
    }

    /// Enters one level of nesting; false if it is too deep, with the rest of the file skipped.
    fn enter(&mut self) -> bool {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            self.too_deep();
            return false;
        }
        true
    }
    fn leave(&mut self) {
        self.depth -= 1;
    }
    #[cold]
    fn too_deep(&mut self) {
        if self.tok() != Token::Eof {
            self.syntax_error("exceeded max nesting depth");
            self.s.stop();
        }
    }

    // ---- files

    fn file_or_none(&mut self) -> Option<File> {
        let pos = self.pos();
        self.top = false;
        let go_version = std::mem::take(&mut self.go_version);
        if !self.got(Token::Package) {
            self.syntax_error("package statement must be first");
            return None;
        }
        let mut pragma = self.take_pragma();
        let pkg_name = self.name();
        self.want(Token::Semi);
        if self.errcnt > 0 {
            return None;
        }
        let mut decls = Vec::new();
        let mut prev = Token::Import;
        while self.tok() != Token::Eof {
            if self.tok() == Token::Import && prev != Token::Import {
                self.syntax_error("imports must appear before other declarations");
            }
            prev = self.tok();
            match self.tok() {
                Token::Import => {
                    self.next();
                    self.append_group(&mut decls, Self::import_decl);
                }
                Token::Const => {
                    self.next();
                    self.append_group(&mut decls, Self::const_decl);
                }
                Token::Type => {
                    self.next();
                    self.append_group(&mut decls, Self::type_decl);
                }
                Token::Var => {
                    self.next();
                    self.append_group(&mut decls, Self::var_decl);
                }
                Token::Func => {
                    self.next();
                    let d = self.func_decl();
                    decls.push(Decl::Func(d));
                }
                t => {
                    if t == Token::Lbrace && matches!(decls.last(), Some(Decl::Func(f)) if f.body.is_none()) {
                        self.syntax_error("unexpected semicolon or newline before {");
                    } else {
                        self.syntax_error("non-declaration statement outside function body");
                    }
                    self.advance(DECL_START);
                    continue;
                }
            }
            // before the next token: comments ahead of it may hold directives for the next declaration
            self.clear_pragma();
            if self.tok() != Token::Eof && !self.got(Token::Semi) {
                self.syntax_error("after top level declaration");
                self.advance(DECL_START);
            }
        }
        self.clear_pragma();
        pragma.linknames = std::mem::take(&mut self.linknames);
        Some(File {
            file: self.file.id,
            pos,
            pkg_name,
            pragma,
            decls,
            go_version,
            comments: std::mem::take(&mut self.comments),
            eof: self.pos(),
        })
    }

    /// A possibly empty list of elements separated by `sep` (also allowed at the end) up to `close`, whose position is
    /// the result. `f` parses one element and says whether it must be the last.
    fn list(&mut self, context: &str, sep: Token, close: Token, mut f: impl FnMut(&mut Self) -> bool) -> Pos {
        let mut done = false;
        while self.tok() != Token::Eof && self.tok() != close && !done {
            done = f(self);
            if !self.got(sep) && self.tok() != close {
                let (s, c) = (sep.describe(), close.describe());
                self.syntax_error(format!("in {context}; possibly missing {s} or {c}"));
                self.advance(&[Token::Rparen, Token::Rbrack, Token::Rbrace]);
                if self.tok() != close {
                    return self.pos();
                }
            }
        }
        let pos = self.pos();
        self.want(close);
        pos
    }

    // ---- names

    fn name(&mut self) -> Ident {
        let pos = self.pos();
        if self.tok() == Token::Name {
            let n = self.ident_at(pos, &self.s.text());
            self.next();
            return n;
        }
        let n = self.ident_at(pos, "_");
        self.syntax_error("expected name");
        self.advance(&[]);
        n
    }

    fn name_list(&mut self, first: Ident) -> Vec<Ident> {
        let mut l = vec![first];
        while self.got(Token::Comma) {
            l.push(self.name());
        }
        l
    }

    /// A literal, if one is here.
    fn oliteral(&mut self) -> Option<BasicLit> {
        if self.tok() != Token::Literal {
            return None;
        }
        let b = BasicLit {
            pos: self.pos(),
            id: self.id(),
            kind: self.s.kind,
            value: Name::new(&self.s.text()),
            bad: self.s.bad,
        };
        self.next();
        Some(b)
    }

    fn func_body(&mut self) -> Block {
        self.fnest += 1;
        let errcnt = self.errcnt;
        let body = self.block_stmt("");
        self.fnest -= 1;
        // after syntax errors in the body, labels may be missing for no fault of the user
        if self.mode.check_branches && errcnt == self.errcnt {
            check_branches(&body, self.sink);
        }
        body
    }
}

fn name_expr(n: Ident) -> Expr {
    Expr { id: n.id, pos: n.pos, kind: ExprKind::Name(n.name) }
}

fn lit_expr(b: BasicLit) -> Expr {
    Expr { id: b.id, pos: b.pos, kind: ExprKind::BasicLit { kind: b.kind, value: b.value, bad: b.bad } }
}

/// The identifier that the expression is, if it is just that.
fn as_ident(x: &Expr) -> Option<Ident> {
    match x.kind {
        ExprKind::Name(name) => Some(Ident { id: x.id, pos: x.pos, name }),
        _ => None,
    }
}

fn unparen(x: Expr) -> Expr {
    let mut x = x;
    while let ExprKind::Paren(inner) = x.kind {
        x = *inner;
    }
    x
}
