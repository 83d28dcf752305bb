//! `list`: what packages are, without building them.

use crate::flags::Flags;
use crate::session::{self, Exit};
use goxide_build::env::Env;
use goxide_build::load::{Context, Loaded, Pkg, Purpose};
use goxide_build::patterns;

/// `goxide list`
pub fn list(env: &Env, flags: &Flags) -> Result<i32, Exit> {
    let mut cx = session::context(env, flags)?;
    cx.purpose = Purpose::List;
    if let Some(f) = flags.text("f").filter(|f| field(f).is_none()) {
        return Err(Exit::new(
            2,
            format!(
                "go: list -f {f}: goxide knows the single fields {{{{.ImportPath}}}}, {{{{.Dir}}}} and {{{{.Name}}}} only"
            ),
        ));
    }
    let matched = patterns::expand(&cx, &flags.args, false).map_err(|e| Exit::new(1, e))?;
    matched.warnings.iter().for_each(|w| eprintln!("{w}"));
    let loaded = cx.load(&matched.roots, false, matched.wildcard);
    if !loaded.errors.is_empty() && !flags.on("e") {
        return Err(Exit::new(1, loaded.errors.join("\n")));
    }
    let which: Vec<usize> = if flags.on("deps") { (0..loaded.packages.len()).collect() } else { loaded.roots.clone() };
    let json = flags.text("json").is_some_and(|j| j != "false");
    let mut out = String::new();
    for i in which {
        let p = &loaded.packages[i];
        if json {
            out += &object(&cx, &loaded, i);
        } else {
            out += match flags.text("f").and_then(field) {
                Some("Dir") => p.dir.path.to_str().unwrap_or_default(),
                Some("Name") => p.dir.name(),
                _ => &p.import_path,
            };
        }
        out.push('\n');
    }
    print!("{out}");
    Ok(0)
}

/// The field that a template of just one names.
fn field(f: &str) -> Option<&'static str> {
    let name = f.trim().strip_prefix("{{.")?.strip_suffix("}}")?;
    ["ImportPath", "Dir", "Name"].into_iter().find(|k| *k == name)
}

fn quote(s: &str) -> String {
    let mut o = String::from("\"");
    for c in s.chars() {
        match c {
            '"' | '\\' => {
                o.push('\\');
                o.push(c);
            }
            '\n' => o.push_str("\\n"),
            '\t' => o.push_str("\\t"),
            '<' | '>' | '&' => o.push_str(&format!("\\u{:04x}", c as u32)),
            c if c < ' ' => o.push_str(&format!("\\u{:04x}", c as u32)),
            c => o.push(c),
        }
    }
    o + "\""
}

fn array(l: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = l.into_iter().map(|s| format!("\t\t{}", quote(&s))).collect();
    format!("[\n{}\n\t]", items.join(",\n"))
}

/// One package in the shape of the go command's JSON.
fn object(cx: &Context<'_>, l: &Loaded, i: usize) -> String {
    let p = &l.packages[i];
    let mut fields: Vec<(&str, String)> = Vec::new();
    fields.push(("Dir", quote(&p.dir.path.display().to_string())));
    fields.push(("ImportPath", quote(&p.import_path)));
    fields.push(("Name", quote(p.dir.name())));
    if p.std {
        fields.push(("Root", quote(&cx.goroot.display().to_string())));
    } else if let (Some(g), Some(m)) = (&cx.graph, p.module) {
        let m = &g.modules[m];
        let dir = m.dir.as_ref().map(|d| d.display().to_string()).unwrap_or_default();
        fields.push(("Root", quote(&dir)));
        let mut o = format!("{{\n\t\t\"Path\": {},", quote(&m.path));
        if m.main {
            o += "\n\t\t\"Main\": true,";
        } else {
            o += &format!("\n\t\t\"Version\": {},", quote(&m.version));
        }
        o += &format!("\n\t\t\"Dir\": {},\n\t\t\"GoVersion\": {}\n\t}}", quote(&dir), quote(&m.go));
        fields.push(("Module", o));
    }
    if p.std {
        fields.push(("Goroot", "true".into()));
        fields.push(("Standard", "true".into()));
    }
    if !l.roots.contains(&i) {
        fields.push(("DepOnly", "true".into()));
    }
    let go_files: Vec<String> = p.dir.files.iter().map(|f| f.name.clone()).collect();
    for (key, v) in [("GoFiles", go_files), ("IgnoredGoFiles", p.dir.ignored.clone()), ("SFiles", p.dir.asm.clone())] {
        if !v.is_empty() {
            fields.push((key, array(v)));
        }
    }
    if !p.embed.patterns.is_empty() {
        fields.push(("EmbedPatterns", array(p.embed.patterns.keys().cloned())));
        fields.push(("EmbedFiles", array(p.embed.files.keys().cloned())));
    }
    let mut imports: Vec<String> =
        p.dir.files.iter().flat_map(|f| f.head.imports.iter().map(|i| i.path.clone())).collect();
    let map: Vec<(String, String)> = p
        .imports
        .iter()
        .map(|(w, t)| (w.clone(), l.packages[*t].import_path.clone()))
        .filter(|(w, t)| w != t)
        .collect();
    imports.iter_mut().for_each(|i| {
        if let Some((_, t)) = map.iter().find(|(w, _)| w == i) {
            *i = t.clone();
        }
    });
    imports.sort();
    imports.dedup();
    if !imports.is_empty() {
        fields.push(("Imports", array(imports)));
    }
    if !map.is_empty() {
        let items: Vec<String> = map.iter().map(|(w, t)| format!("\t\t{}: {}", quote(w), quote(t))).collect();
        fields.push(("ImportMap", format!("{{\n{}\n\t}}", items.join(",\n"))));
    }
    let deps = deps(l, i);
    if !deps.is_empty() {
        fields.push(("Deps", array(deps)));
    }
    if let Some(e) = &p.error {
        fields.push(("Incomplete", "true".into()));
        fields.push(("Error", format!("{{\n\t\t\"Err\": {}\n\t}}", quote(&e.msg))));
    }
    let body: Vec<String> = fields.into_iter().map(|(k, v)| format!("\t{}: {v}", quote(k))).collect();
    format!("{{\n{}\n}}", body.join(",\n"))
}

/// Everything that a package imports, directly or not, sorted.
fn deps(l: &Loaded, i: usize) -> Vec<String> {
    let mut seen = vec![false; l.packages.len()];
    let mut todo = vec![i];
    let mut out = Vec::new();
    let has_unsafe = |p: &Pkg| p.dir.files.iter().any(|f| f.head.imports.iter().any(|i| i.path == "unsafe"));
    let mut uses_unsafe = has_unsafe(&l.packages[i]);
    while let Some(n) = todo.pop() {
        for (_, t) in &l.packages[n].imports {
            if !std::mem::replace(&mut seen[*t], true) {
                todo.push(*t);
                uses_unsafe |= has_unsafe(&l.packages[*t]);
                out.push(l.packages[*t].import_path.clone());
            }
        }
    }
    if uses_unsafe {
        out.push("unsafe".into());
    }
    out.sort();
    out
}
