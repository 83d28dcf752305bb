//! go.mod: parsing what the go command would, with its messages.

/// A module path and version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version {
    pub path: String,
    /// Empty: any version (in replacements), or a local directory.
    pub version: String,
}

/// One parsed file.
#[derive(Clone, Debug, Default)]
pub struct ModFile {
    pub module: String,
    /// As written after `go`; empty if absent.
    pub go: String,
    pub toolchain: String,
    pub require: Vec<Version>,
    pub exclude: Vec<Version>,
    /// What is replaced, and by what (a path starting with `./`, `../` or `/` if the version is empty).
    pub replace: Vec<(Version, Version)>,
    /// `key=value`
    pub godebug: Vec<String>,
    /// Directories that `./...` passes over.
    pub ignore: Vec<String>,
}

/// Splits a line into words: spaces separate, `"` and `` ` `` quote, `(`, `)`, `=>` and `,` stand alone.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut rest = line.trim_start();
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            break;
        }
        let n = match c {
            '"' => {
                let end = rest[1..].find('"').ok_or("unexpected newline in string")? + 2;
                out.push(rest[1..end - 1].to_owned());
                end
            }
            '`' => {
                let end = rest[1..].find('`').ok_or("unexpected newline in string")? + 2;
                out.push(rest[1..end - 1].to_owned());
                end
            }
            '(' | ')' | '[' | ']' | '{' | '}' | ',' => {
                out.push(c.to_string());
                1
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "()[]{},".contains(c)).unwrap_or(rest.len());
                let end = rest[..end].find("//").filter(|&i| i > 0).unwrap_or(end);
                out.push(rest[..end].to_owned());
                end
            }
        };
        rest = rest[n..].trim_start();
    }
    Ok(out)
}

/// Whether the text is a go version as `go` lines have it: 1.N, 1.N.P, 1.NrcK.
pub fn is_go_version(v: &str) -> bool {
    let mut parts = v.splitn(3, '.');
    let num = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()) && (s == "0" || !s.starts_with('0'));
    let Some(major) = parts.next() else { return false };
    if !num(major) {
        return false;
    }
    let Some(minor) = parts.next() else { return false };
    let pre = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
    let tail = &minor[pre..];
    let pre_ok = tail.is_empty() || ["rc", "beta", "alpha"].iter().any(|p| tail.strip_prefix(p).is_some_and(num));
    num(&minor[..pre]) && pre_ok && parts.next().is_none_or(|p| tail.is_empty() && num(p))
}

/// Parses go.mod. `name` is how messages call the file. The error is the go command's whole message.
pub fn parse(name: &str, text: &str) -> Result<ModFile, String> {
    let mut m = ModFile::default();
    let mut errors = Vec::new();
    let mut block: Option<String> = None;
    let mut block_line = 0;
    for (i, line) in text.lines().enumerate() {
        let n = i + 1;
        let ws = match words(line) {
            Ok(w) => w,
            Err(e) => {
                errors.push(format!("{name}:{n}: {e}"));
                continue;
            }
        };
        if ws.is_empty() {
            continue;
        }
        let (verb, args) = match &block {
            Some(_) if ws == [")"] => {
                block = None;
                continue;
            }
            Some(v) => (v.clone(), &ws[..]),
            None if ws.len() == 2 && ws[1] == "(" => {
                block = Some(ws[0].clone());
                block_line = n;
                let known = ["module", "require", "exclude", "replace", "retract", "godebug", "tool", "ignore"];
                if !known.contains(&ws[0].as_str()) {
                    errors.push(format!("{name}:{n}: unknown block type: {}", ws[0]));
                }
                continue;
            }
            None => (ws[0].clone(), &ws[1..]),
        };
        if let Err(e) = directive(&mut m, &verb, args) {
            errors.push(format!("{name}:{n}: {e}"));
        }
    }
    if block.is_some() {
        errors.push(format!("{name}:{block_line}: syntax error (unterminated block started at {name}:{block_line}:1)"));
    }
    if !errors.is_empty() {
        return Err(format!("errors parsing {name}:\n{}", errors.join("\n")));
    }
    if m.module.is_empty() {
        return Err(format!(
            "error reading {name}: missing module declaration. To specify the module path:\n\tgo mod edit -module=example.com/mod"
        ));
    }
    Ok(m)
}

fn directive(m: &mut ModFile, verb: &str, args: &[String]) -> Result<(), String> {
    let version = |a: &[String]| Version { path: a[0].clone(), version: a.get(1).cloned().unwrap_or_default() };
    match verb {
        "module" => {
            if !m.module.is_empty() {
                return Err("repeated module statement".into());
            }
            if args.len() != 1 {
                return Err("usage: module module/path".into());
            }
            m.module = args[0].clone();
        }
        "go" => {
            if !m.go.is_empty() {
                return Err("repeated go statement".into());
            }
            if args.len() != 1 {
                return Err("go directive expects exactly one argument".into());
            }
            if !is_go_version(&args[0]) {
                return Err(format!("invalid go version '{}': must match format 1.23.4", args[0]));
            }
            m.go = args[0].clone();
        }
        "toolchain" => {
            if args.len() != 1 {
                return Err("toolchain directive expects exactly one argument".into());
            }
            m.toolchain = args[0].clone();
        }
        "require" | "exclude" => {
            if args.len() != 2 {
                return Err(format!("usage: {verb} module/path v1.2.3"));
            }
            if crate::semver::parse(&args[1]).is_none() {
                return Err(format!("{verb} {}: version \"{}\" invalid: must be of the form v1.2.3", args[0], args[1]));
            }
            if verb == "require" { &mut m.require } else { &mut m.exclude }.push(version(args));
        }
        "replace" => {
            let arrow = args.iter().position(|a| a == "=>").unwrap_or(0);
            let right = args.len() - (arrow + 1).min(args.len());
            if !(1..=2).contains(&arrow) || !(1..=2).contains(&right) {
                return Err(format!(
                    "usage: {verb} module/path [v1.2.3] => other/module v1.4\n\t or {verb} module/path [v1.2.3] => ../local/directory"
                ));
            }
            let new = version(&args[arrow + 1..]);
            let local =
                ["./", "../", "/"].iter().any(|p| new.path.starts_with(p)) || new.path == "." || new.path == "..";
            if new.version.is_empty() && !local {
                return Err(
                    "replacement module without version must be directory path (rooted or starting with . or ..)"
                        .into(),
                );
            }
            m.replace.push((version(&args[..arrow]), new));
        }
        "godebug" => m.godebug.extend(args.iter().cloned()),
        "ignore" => m.ignore.extend(args.iter().cloned()),
        "retract" | "tool" => {}
        _ => return Err(format!("unknown directive: {verb}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_directives() {
        let m = parse(
            "go.mod",
            "module \"a.b/c\" // x\n\ngo 1.25.1\n\nrequire (\n\tx.y/z v1.2.3 // indirect\n\tq v0.0.0\n)\nreplace x.y/z => ../z\nreplace q v0.0.0 => r v1.0.0\n",
        )
        .unwrap();
        assert_eq!((m.module.as_str(), m.go.as_str(), m.require.len()), ("a.b/c", "1.25.1", 2));
        assert_eq!(m.replace[0].1.path, "../z");
        assert_eq!(m.replace[1].0.version, "v0.0.0");
    }

    #[test]
    fn errors() {
        let e = |t: &str| parse("go.mod", t).unwrap_err();
        assert_eq!(e("module m\nfoo bar\n"), "errors parsing go.mod:\ngo.mod:2: unknown directive: foo");
        assert_eq!(
            e("module m\ngo x\n"),
            "errors parsing go.mod:\ngo.mod:2: invalid go version 'x': must match format 1.23.4"
        );
        assert!(e("").contains("missing module declaration"));
    }

    #[test]
    fn go_versions() {
        assert!(["1.25", "1.25.1", "1.27rc1", "1.0"].iter().all(|v| is_go_version(v)));
        assert!(["", "1", "go1.2", "1.2.3.4", "1.02", "1.2rc"].iter().all(|v| !is_go_version(v)));
    }
}
