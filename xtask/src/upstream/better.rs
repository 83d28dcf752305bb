//! Differences in reports of the optimiser (`-m`) that are no worse than what a test expects, by the reason that the test
//! is listed under.
//!
//! The reason's words say what may differ: "fewer objects on the heap", "inlines more", "names of copies" (gc compiles
//! generic functions by shape, and makes new functions of literals in bodies that it inlines; their names are its own),
//! "never reached" (calls at the lines given with the test's name, which are known not to happen). Nothing else may.

use goxide_testkit::go_regex;
use regex::Regex;
use std::sync::LazyLock;

/// What a reason allows.
pub struct Allowed<'a> {
    heap: bool,
    more: bool,
    names: bool,
    /// Lines with calls that are never reached.
    dead: &'a [usize],
}

/// A line of a failed check.
enum Problem {
    /// Nothing on the line is what the expression wants.
    Missing { line: usize, pattern: String },
    /// Something that no comment asks for.
    Extra { line: usize, text: String },
}

impl<'a> Allowed<'a> {
    /// What `reason` allows, if it is one of those that are checked.
    pub fn by(reason: &str, dead: &'a [usize]) -> Option<Allowed<'a>> {
        let a = Allowed {
            heap: reason.contains("fewer objects on the heap"),
            more: reason.contains("inlines more"),
            names: reason.contains("names of copies"),
            dead,
        };
        (a.heap || a.more || a.names).then_some(a)
    }

    /// Whether a failed check shows only such differences.
    pub fn explains(&self, failure: &str) -> bool {
        let problems = parse(failure);
        problems.as_ref().is_some_and(|p| p.iter().all(|x| self.fine(x, p)))
    }

    fn fine(&self, p: &Problem, all: &[Problem]) -> bool {
        match p {
            Problem::Missing { line, pattern } => {
                let call = pattern.starts_with("inlining call") || pattern.starts_with("devirtualizing");
                (self.heap || self.more) && heap(pattern)
                    || self.names && copy(*line, pattern, all)
                    || call && self.dead.contains(line)
            }
            Problem::Extra { line, text } => {
                let inlined = || extra(all, *line).any(|t| t.starts_with("inlining call to "));
                let brought = heap(text) || text.contains("ignoring self-assignment");
                (self.heap || self.more) && text.ends_with("does not escape")
                    || self.more
                        && (["can inline ", "inlining call to ", "devirtualizing "].iter().any(|w| text.starts_with(w))
                            || brought && inlined())
                    || self.names && original(*line, text, all)
            }
        }
    }
}

fn heap(s: &str) -> bool {
    s.contains("moved to heap") || s.contains("escapes to heap")
}

/// What was said on a line and not asked for.
fn extra(all: &[Problem], at: usize) -> impl Iterator<Item = &str> {
    all.iter().filter_map(move |p| match p {
        Problem::Extra { line, text } if *line == at => Some(text.as_str()),
        _ => None,
    })
}
/// What was asked for on a line and not said.
fn missing(all: &[Problem], at: usize) -> impl Iterator<Item = &str> {
    all.iter().filter_map(move |p| match p {
        Problem::Missing { line, pattern } if *line == at => Some(pattern.as_str()),
        _ => None,
    })
}

/// An expression for a copy's name, as one for that of the function it is a copy of.
fn of_original(pattern: &str) -> Option<String> {
    static INNER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(\.func\d+(?:\.\d+)*)\.func(\d+)").expect("a literal"));
    let mut s = pattern.replace(r"go\.shape\.", "").replace("go.shape.", "");
    while INNER.is_match(&s) {
        s = INNER.replace(&s, "$1.$2").into_owned();
    }
    (s != pattern).then_some(s)
}

/// Whether `pattern` wants something said of a copy that is said of its original, or that there is nothing to be said
/// of: that the copy can be inlined, or is called by the function that gc makes for callers that do not know the shape.
fn copy(line: usize, pattern: &str, all: &[Problem]) -> bool {
    let Some(original) = of_original(pattern) else { return false };
    if pattern.starts_with("can inline") {
        return true;
    }
    let said = |re: Regex| extra(all, line).any(|t| re.is_match(t));
    go_regex(&original).is_ok_and(said)
        || pattern.contains("shape")
            && missing(all, line).any(|p| p == pattern.replace("inlining call to", "can inline"))
}

/// Whether `text` is what was said in place of something about a copy.
fn original(line: usize, text: &str, all: &[Problem]) -> bool {
    missing(all, line).filter_map(of_original).any(|p| go_regex(&p).is_ok_and(|re| re.is_match(text)))
}

/// The problems that the text of a failed check tells; none if there are others than differences in reports.
fn parse(failure: &str) -> Option<Vec<Problem>> {
    let place = |s: &str| -> Option<(usize, String)> {
        let mut parts = s.splitn(3, ':');
        let line = parts.nth(1)?.parse().ok()?;
        let rest = parts.next()?;
        // A column may come next.
        let text = match rest.split_once(": ") {
            Some((col, text)) if col.parse::<usize>().is_ok() => text,
            _ => rest.trim_start(),
        };
        Some((line, text.to_owned()))
    };
    let quoted = |s: &str| Some(s.strip_prefix('"')?.rsplit_once('"')?.0.replace("\\\"", "\"").replace("\\\\", "\\"));
    let mut out = Vec::new();
    for l in failure.lines().filter(|l| !l.starts_with('\t') && *l != "unmatched errors:") {
        let (line, text) = place(l)?;
        out.push(match text.strip_prefix("missing error ").or_else(|| text.strip_prefix("no match for ")) {
            Some(wanted) => Problem::Missing { line, pattern: quoted(wanted)? },
            None => Problem::Extra { line, text },
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explains(reason: &str, failure: &str) -> bool {
        Allowed::by(reason, &[7]).expect("a checked reason").explains(failure)
    }

    #[test]
    fn only_what_the_reason_says_may_differ() {
        let stays = "x.go:3: no match for \"&T{} escapes to heap$\" in:\n\tx.go:3: &T{} does not escape\n\
                     unmatched errors:\nx.go:3: &T{} does not escape";
        let inlined = "unmatched errors:\nx.go:4:2: inlining call to f\nx.go:4:2: new(T) escapes to heap";
        let leaks = "unmatched errors:\nx.go:4:2: new(T) escapes to heap";
        let call = "x.go:5: missing error \"inlining call to f\"";
        let heap = "Goxide decides better: fewer objects on the heap";
        let more = "Goxide decides better: inlines more";
        assert!(explains(heap, stays) && explains(more, stays));
        assert!(!explains(heap, inlined) && explains(more, inlined));
        assert!(!explains(more, leaks) && !explains(more, call));
        assert!(explains(more, "x.go:7: missing error \"inlining call to f\""));
    }

    #[test]
    fn copies_go_by_their_originals() {
        let names = "asserts gc's internals: names of copies";
        let shape = "x.go:3: no match for \"inlining call to f\\\\[go\\\\.shape\\\\.int\\\\]\" in:\n\
                     \tx.go:3: inlining call to f[int]\nunmatched errors:\nx.go:3: inlining call to f[int]";
        assert!(explains(names, shape));
        assert!(!explains(names, "x.go:3: missing error \"inlining call to f\\\\[go.shape.int\\\\]\""));
        let inner = "x.go:3: missing error \"inlining call to r.func2.func1\"\nunmatched errors:\n\
                     x.go:3: inlining call to r.func2.1";
        assert!(explains(names, inner));
        assert!(!explains(names, "unmatched errors:\nx.go:3: inlining call to g"));
    }
}
