//! `//go:build` expressions, as the driver of Go's test programs evaluates them for linux/amd64 without cgo.

/// Experiments that are on in the pinned release.
const EXPERIMENTS: &[&str] = &[
    "regabiwrappers",
    "regabiargs",
    "dwarf5",
    "jsonv2",
    "greenteagc",
    "randomizedheapbase64",
    "sizespecializedmalloc",
];

/// Whether an expression holds.
pub fn holds(s: &str) -> bool {
    let toks = tokens(s);
    Parser { toks: &toks, at: 0 }.or()
}

fn tag(t: &str) -> bool {
    if let Some(e) = t.strip_prefix("goexperiment.") {
        return EXPERIMENTS.contains(&e);
    }
    let release = t.strip_prefix("go1.").and_then(|n| n.parse::<u32>().ok());
    matches!(t, "linux" | "amd64" | "gc" | "test_run") || release.is_some_and(|n| (1..=27).contains(&n))
}

fn tokens(s: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut cs = s.chars().peekable();
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    while let Some(&c) = cs.peek() {
        if c.is_whitespace() {
            cs.next();
        } else if word(c) {
            let mut w = String::new();
            while let Some(&c) = cs.peek().filter(|c| word(**c)) {
                w.push(c);
                cs.next();
            }
            out.push(w);
        } else {
            out.push(c.to_string());
            cs.next();
        }
    }
    out
}

struct Parser<'a> {
    toks: &'a [String],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &str {
        self.toks.get(self.at).map_or("", String::as_str)
    }
    fn or(&mut self) -> bool {
        let mut v = self.and();
        while self.peek() == "|" {
            self.at += 2;
            v |= self.and();
        }
        v
    }
    fn and(&mut self) -> bool {
        let mut v = self.not();
        while self.peek() == "&" {
            self.at += 2;
            v &= self.not();
        }
        v
    }
    fn not(&mut self) -> bool {
        match self.peek() {
            "!" => {
                self.at += 1;
                !self.not()
            }
            "(" => {
                self.at += 1;
                let v = self.or();
                self.at += 1;
                v
            }
            t => {
                let v = tag(t);
                self.at += 1;
                v
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn constraints() {
        assert!(holds("linux && !cgo"));
        assert!(!holds("!(amd64 || arm64)"));
        assert!(holds("(darwin || linux) && amd64 && !goexperiment.cgocheck2"));
        assert!(!holds("go1.28"));
    }
}
