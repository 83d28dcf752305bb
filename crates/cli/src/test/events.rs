//! Output of a test binary to JSON events (`-json`), line by line, as upstream's test2json makes them.
//!
//! The binary runs with `-test.v=test2json`: framing lines begin with ^V, errors stand between ^O and ^N, and ^[ escapes
//! these characters elsewhere.

use super::events_buffer::{LineBuffer, Piece};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

const FRAMING: u8 = b'V' & 0x1f;
const ERR_BEGIN: u8 = b'O' & 0x1f;
const ERR_END: u8 = b'N' & 0x1f;
pub(super) const ESCAPE: u8 = b'[' & 0x1f;
pub(super) const FRAMING_MARK: u8 = FRAMING;

const UPDATES: &[&str] = &[
    "=== RUN   ",
    "=== PAUSE ",
    "=== CONT  ",
    "=== NAME  ",
    "=== PASS  ",
    "=== FAIL  ",
    "=== SKIP  ",
    "=== ATTR  ",
    "=== ARTIFACTS ",
];
const REPORTS: &[&str] = &["--- PASS: ", "--- FAIL: ", "--- SKIP: ", "--- BENCH: "];

/// One event; empty fields are left out.
#[derive(Clone, Debug, Default)]
struct Event {
    action: String,
    test: String,
    elapsed: Option<f64>,
    output: Option<Vec<u8>>,
    output_type: &'static str,
    failed_build: String,
    key: String,
    value: String,
    path: String,
}

/// The state of one package's stream.
pub struct Converter {
    package: String,
    start: Instant,
    test: String,
    /// Results of tests that are not yet known to be over, outermost first.
    report: Vec<Event>,
    result: &'static str,
    input: LineBuffer,
    output: LineBuffer,
    mark_framing: bool,
    in_error: bool,
    escaped: bool,
    framing: bool,
    emit: fn(&str),
}

/// Events go out whole.
fn to_stdout(s: &str) {
    let mut o = std::io::stdout().lock();
    let _ = o.write_all(s.as_bytes()).and_then(|()| o.flush());
}

impl Converter {
    /// Begins a stream with its "start" event.
    pub fn new(package: &str) -> Converter {
        Converter::with(package, to_stdout)
    }

    fn with(package: &str, emit: fn(&str)) -> Converter {
        let mut c = Converter {
            package: package.to_owned(),
            start: Instant::now(),
            test: String::new(),
            report: Vec::new(),
            result: "",
            input: LineBuffer::new(4096),
            output: LineBuffer::new(1024),
            mark_framing: false,
            in_error: false,
            escaped: false,
            framing: false,
            emit,
        };
        c.event(Event { action: "start".into(), ..Event::default() });
        c
    }

    /// More output of the test.
    pub fn write(&mut self, b: &[u8]) {
        for p in self.input.write(b) {
            match p {
                Piece::Line(l) => self.line(&l),
                Piece::Part(p) => self.put(&p),
            }
        }
    }

    /// The end, with the final event.
    pub fn close(&mut self, ok: bool, failed_build: &str) {
        match ok {
            false => self.result = "fail",
            true if self.result != "skip" => self.result = "pass",
            true => {}
        }
        if let Some(rest) = self.input.flush() {
            self.put(&rest);
        }
        self.flush();
        let elapsed = (self.start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let failed_build = if ok { String::new() } else { failed_build.to_owned() };
        self.event(Event { action: self.result.into(), elapsed: Some(elapsed), failed_build, ..Event::default() });
    }

    fn flush(&mut self) {
        if let Some(mut rest) = self.output.flush() {
            self.output_event(&mut rest);
        }
    }

    /// Output proper.
    fn put(&mut self, b: &[u8]) {
        for p in self.output.write(b) {
            let (Piece::Line(mut l) | Piece::Part(mut l)) = p;
            self.output_event(&mut l);
        }
    }

    fn put_framing(&mut self, b: &[u8]) {
        self.framing = true;
        self.put(b);
        self.framing = false;
    }

    fn line(&mut self, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        if self.mark_framing && line[0] != FRAMING {
            self.put(line);
            return;
        }
        let mut line = line.to_vec();
        let marked = line[0] == FRAMING;
        if marked {
            self.flush();
            line.remove(0);
        }
        let trim = |l: &[u8]| {
            let l = l.strip_suffix(b"\n").map_or(l, |l| l.strip_suffix(b"\r").unwrap_or(l));
            String::from_utf8_lossy(l).into_owned()
        };
        let mut text = trim(&line);
        if text == "=== NAME" {
            line = b"=== NAME  \n".to_vec();
            text = "=== NAME  ".into();
        }
        if text == "PASS" || text == "FAIL" || text.starts_with("FAIL\t") {
            self.flush_report(0);
            self.test.clear();
            self.mark_framing = marked;
            self.put_framing(&line);
            self.result = if text == "PASS" { "pass" } else { "fail" };
            return;
        }
        if text.starts_with("?   \t") && text.ends_with("\t[no test files]") && self.report.is_empty() {
            self.result = "skip";
        }
        let update = UPDATES.iter().any(|u| text.starts_with(u));
        let mut body = text.as_str();
        let mut indent = 0;
        let mut known = update;
        if !update {
            while let Some(b) = body.strip_prefix("    ") {
                body = b;
                indent += 1;
            }
            known = REPORTS.iter().any(|r| body.starts_with(r));
        }
        if !known {
            if indent > 0 && indent <= self.report.len() {
                self.test.clone_from(&self.report[indent - 1].test);
            }
            self.put(&line);
            return;
        }
        let rest = &body["=== ".len()..];
        let (action, name) = rest.split_once(' ').unwrap_or((rest, ""));
        let action = action.trim_end_matches(':').to_lowercase();
        let mut name = name.trim().to_owned();
        let mut e = Event { action: action.clone(), ..Event::default() };
        if body.starts_with('-') {
            if let Some(i) = name.find(" (") {
                e.elapsed = name[i + 2..].strip_suffix("s)").and_then(|t| t.parse().ok());
                name.truncate(i);
            }
            if self.report.len() < indent {
                self.put(&line);
                return;
            }
            self.mark_framing = marked;
            self.flush_report(indent);
            e.test.clone_from(&name);
            self.test = name;
            self.report.push(e);
            self.put_framing(&line);
            return;
        }
        let cut = |s: &str| {
            let (a, b) = s.split_once(' ').unwrap_or((s, ""));
            (a.to_owned(), b.to_owned())
        };
        match action.as_str() {
            "artifacts" => (name, e.path) = cut(&name),
            "attr" => {
                let rest;
                (name, rest) = cut(&name);
                (e.key, e.value) = cut(&rest);
            }
            _ => {}
        }
        self.mark_framing = marked;
        self.flush_report(0);
        self.test = name;
        match action.as_str() {
            // only says whose output follows
            "name" => {}
            "pause" => {
                self.put_framing(&line);
                self.event(e);
            }
            _ => {
                self.event(e);
                self.put_framing(&line);
            }
        }
    }

    fn flush_report(&mut self, depth: usize) {
        self.test.clear();
        while self.report.len() > depth {
            let e = self.report.pop().unwrap_or_default();
            self.event(e);
        }
    }

    /// A piece of output; marks of errors split it.
    fn output_event(&mut self, out: &mut Vec<u8>) {
        let mut kind = match (self.framing, self.in_error) {
            (true, _) => "frame",
            (false, true) => "error-continue",
            _ => "",
        };
        let mut i = 0;
        while i < out.len() {
            if self.escaped {
                self.escaped = false;
                i += 1;
                continue;
            }
            match out[i] {
                ESCAPE => {
                    out.remove(i);
                    self.escaped = true;
                    continue;
                }
                ERR_BEGIN => {
                    let rest = out.split_off(i + 1);
                    out.pop();
                    if !out.is_empty() {
                        let before = std::mem::take(out);
                        self.text(before, kind);
                    }
                    self.in_error = true;
                    kind = "error";
                    *out = rest;
                    i = 0;
                    continue;
                }
                ERR_END => {
                    out.remove(i);
                    if out.get(i) == Some(&b'\n') {
                        i += 1;
                    }
                    let rest = out.split_off(i);
                    let error = std::mem::replace(out, rest);
                    self.text(error, kind);
                    self.in_error = false;
                    kind = "";
                    i = 0;
                    continue;
                }
                _ => i += 1,
            }
        }
        if !out.is_empty() {
            self.text(std::mem::take(out), kind);
        }
    }

    fn text(&mut self, b: Vec<u8>, kind: &'static str) {
        self.event(Event { action: "output".into(), output: Some(b), output_type: kind, ..Event::default() });
    }

    fn event(&mut self, mut e: Event) {
        if e.test.is_empty() {
            e.test.clone_from(&self.test);
        }
        let mut s = format!("{{\"Time\":\"{}\",\"Action\":{}", now(), json(&e.action));
        let mut field = |name: &str, v: &str| {
            if !v.is_empty() {
                let _ = write!(s, ",\"{name}\":{}", json(v));
            }
        };
        field("Package", &self.package);
        field("Test", &e.test);
        if let Some(t) = e.elapsed {
            let _ = write!(s, ",\"Elapsed\":{t}");
        }
        if let Some(o) = &e.output {
            let _ = write!(s, ",\"Output\":{}", json(&String::from_utf8_lossy(o)));
        }
        let mut field = |name: &str, v: &str| {
            if !v.is_empty() {
                let _ = write!(s, ",\"{name}\":{}", json(v));
            }
        };
        field("OutputType", e.output_type);
        field("FailedBuild", &e.failed_build);
        field("Key", &e.key);
        field("Value", &e.value);
        field("Path", &e.path);
        s += "}\n";
        (self.emit)(&s);
    }
}

/// What a build wrote, as events of the package it was about.
pub fn build_events(import_path: &str, text: &str) {
    let mut s = String::new();
    for line in text.split_inclusive('\n') {
        let _ = writeln!(
            s,
            "{{\"ImportPath\":{},\"Action\":\"build-output\",\"Output\":{}}}",
            json(import_path),
            json(line)
        );
    }
    let _ = writeln!(s, "{{\"ImportPath\":{},\"Action\":\"build-fail\"}}", json(import_path));
    to_stdout(&s);
}

/// A JSON string as Go's encoder writes it.
fn json(s: &str) -> String {
    let mut o = String::from("\"");
    for c in s.chars() {
        match c {
            '"' | '\\' => o.extend(['\\', c]),
            '\n' => o += "\\n",
            '\r' => o += "\\r",
            '\t' => o += "\\t",
            '\u{8}' => o += "\\b",
            '\u{c}' => o += "\\f",
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(o, "\\u{:04x}", c as u32);
            }
            c if (c as u32) < 0x20 => {
                let _ = write!(o, "\\u{:04x}", c as u32);
            }
            c => o.push(c),
        }
    }
    o + "\""
}

/// The time in UTC, as RFC 3339 with fractions of a second.
fn now() -> String {
    let t = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, secs) = (t.as_secs() / 86400, t.as_secs() % 86400);
    // civil date from days, after the usual shift of the year to begin in March
    let z = days as i64 + 719468;
    let (era, doe) = (z / 146097, z % 146097);
    let yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (d, m) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let y = yoe + era * 400 + i64::from(m <= 2);
    let frac = format!(".{:09}", t.subsec_nanos());
    let frac = frac.trim_end_matches('0').trim_end_matches('.');
    format!("{y:04}-{m:02}-{d:02}T{:02}:{:02}:{:02}{frac}Z", secs / 3600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    thread_local!(static SEEN: RefCell<String> = const { RefCell::new(String::new()) });

    /// Events without times.
    fn convert(input: &str, ok: bool) -> Vec<String> {
        fn emit(s: &str) {
            SEEN.with(|l| l.borrow_mut().push_str(s));
        }
        SEEN.with(|l| l.borrow_mut().clear());
        let mut c = Converter::with("p", emit);
        c.write(input.as_bytes());
        c.close(ok, "");
        let all = SEEN.with(|l| l.borrow().clone());
        let strip = |l: &str| {
            let l = format!("{{{}", l.split_once(',').unwrap().1);
            if l.contains("\"Package\":\"p\",\"Elapsed\":") {
                l.split(",\"Elapsed").next().unwrap().to_owned()
            } else {
                l
            }
        };
        all.lines().map(strip).collect()
    }

    #[test]
    fn a_passing_test() {
        let got = convert("\x16=== RUN   TestA\nhello\n\x16--- PASS: TestA (0.01s)\n\x16PASS\n", true);
        assert_eq!(
            got,
            [
                r#"{"Action":"start","Package":"p"}"#,
                r#"{"Action":"run","Package":"p","Test":"TestA"}"#,
                r#"{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n","OutputType":"frame"}"#,
                r#"{"Action":"output","Package":"p","Test":"TestA","Output":"hello\n"}"#,
                r#"{"Action":"output","Package":"p","Test":"TestA","Output":"--- PASS: TestA (0.01s)\n","OutputType":"frame"}"#,
                r#"{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.01}"#,
                r#"{"Action":"output","Package":"p","Output":"PASS\n","OutputType":"frame"}"#,
                r#"{"Action":"pass","Package":"p""#,
            ]
        );
    }

    #[test]
    fn errors_are_marked() {
        let got = convert("\x16=== RUN   TestA\n    \x0fa_test.go:3: bad\x0e\nx\n", false);
        assert_eq!(got[3], r#"{"Action":"output","Package":"p","Test":"TestA","Output":"    "}"#);
        assert_eq!(
            got[4],
            r#"{"Action":"output","Package":"p","Test":"TestA","Output":"a_test.go:3: bad\n","OutputType":"error"}"#
        );
        assert_eq!(got[5], r#"{"Action":"output","Package":"p","Test":"TestA","Output":"x\n"}"#);
    }
}
