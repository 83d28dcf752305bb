//! Comments with their neighbouring tokens, for test harnesses that read expectations out of comments.

use crate::scanner::{Comments, Event, Scanner};
use crate::token::Token;

/// A comment; offsets are bytes from the start of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentAt {
    pub off: usize,
    /// With its `//` or `/* */`.
    pub text: String,
    /// Start of the last token before it (automatic semicolons aside).
    pub prev: Option<usize>,
    /// Start of the next token (automatic semicolons included).
    pub next: usize,
}

/// All comments of a file, in order. Errors are passed over.
pub fn scan_comments(src: &[u8]) -> Vec<CommentAt> {
    let mut s = Scanner::new(src, Comments::All);
    let mut out = Vec::new();
    let mut prev = None;
    loop {
        s.next();
        for e in std::mem::take(&mut s.events) {
            if let Event::Comment { off, end, .. } = e {
                let text = String::from_utf8_lossy(&src[off..end]).into_owned();
                out.push(CommentAt { off, text, prev, next: s.start });
            }
        }
        match s.tok {
            Token::Eof => return out,
            Token::Semi if s.semi != "semicolon" => {}
            _ => prev = Some(s.start),
        }
    }
}
