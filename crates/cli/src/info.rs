//! `env` and `version`.

use crate::flags::Flags;
use crate::session::Exit;
use goxide_build::buildinfo;
use goxide_build::env::{Env, GOVERSION, KNOWN};
use goxide_build::{fetch, provision};
use std::path::Path;

/// Finds the Go tree. It is fetched only for who asks for it by name: a list of settings should not start a download.
fn goroot(env: &Env, by_name: bool) -> Result<String, Exit> {
    let look = |up: &provision::Upstream, dir: &Path| match by_name {
        true => fetch::fetch(up, dir, &crate::progress::show),
        false => Err(Vec::new()),
    };
    match provision::goroot(env, &look) {
        Ok(p) => Ok(p.display().to_string()),
        Err(e) if by_name => Err(Exit::new(1, e)),
        Err(_) => Ok(String::new()),
    }
}

/// The value of a variable, which the command line may have asked for by name.
fn value(env: &Env, name: &str, by_name: bool) -> Result<String, Exit> {
    Ok(match name {
        "GOROOT" => goroot(env, by_name)?,
        "GOTOOLDIR" => match goroot(env, by_name)? {
            root if root.is_empty() => root,
            root => format!("{root}/pkg/tool/linux_amd64"),
        },
        _ => env.get(name),
    })
}

/// `goxide env`
pub fn env(env: &Env, flags: &Flags) -> Result<i32, Exit> {
    if !flags.args.is_empty() && !flags.on("json") {
        for a in &flags.args {
            println!("{}", value(env, a, true)?);
        }
        return Ok(0);
    }
    let names: Vec<&str> = if flags.args.is_empty() {
        KNOWN.iter().copied().filter(|k| !flags.on("changed") || !env.set(k).is_empty()).collect()
    } else {
        flags.args.iter().map(String::as_str).collect()
    };
    let mut lines = Vec::new();
    for n in names {
        let v = value(env, n, !flags.args.is_empty())?;
        lines.push(if flags.on("json") {
            format!("\t\"{n}\": \"{}\"", v.replace('\\', "\\\\").replace('"', "\\\""))
        } else {
            format!("{n}='{}'", v.replace('\'', "'\\''"))
        });
    }
    if flags.on("json") {
        println!("{{\n{}\n}}", lines.join(",\n"))
    } else {
        println!("{}", lines.join("\n"))
    }
    Ok(0)
}

/// `goxide version`
pub fn version(flags: &Flags) -> Result<i32, Exit> {
    if flags.args.is_empty() {
        if flags.on("m") {
            return Err(Exit::new(2, "go: 'go version' only accepts -m flag with arguments"));
        }
        println!("go version {GOVERSION} linux/amd64 (goxide {})", env!("CARGO_PKG_VERSION"));
        return Ok(0);
    }
    let mut status = 0;
    for a in &flags.args {
        let bytes = match std::fs::read(a) {
            Ok(b) => b,
            Err(e) => {
                eprintln!("{a}: {}", crate::output::text(&e));
                status = 1;
                continue;
            }
        };
        let (start, end) = buildinfo::marks();
        let at = find(&bytes, start, 0);
        let info = at.and_then(|i| Some(&bytes[i + 16..find(&bytes, end, i + 16)?]));
        let version = find(&bytes, b"\xff Go buildinf:", 0).and_then(|i| go_version(&bytes[i..]));
        match version {
            None => {
                eprintln!("{a}: could not read Go build info from {a}: not a Go executable");
                status = 1;
            }
            Some(v) => {
                println!("{a}: {v}");
                if let (true, Some(info)) = (flags.on("m"), info) {
                    String::from_utf8_lossy(info).lines().for_each(|l| println!("\t{l}"));
                }
            }
        }
    }
    Ok(status)
}

/// The version in a build info header with inline strings.
fn go_version(b: &[u8]) -> Option<String> {
    let b = b.get(32..)?;
    let (mut len, mut shift, mut i) = (0usize, 0, 0);
    loop {
        let c = *b.get(i)?;
        len |= ((c & 0x7f) as usize) << shift;
        i += 1;
        shift += 7;
        if c < 0x80 {
            break;
        }
        if shift > 28 {
            return None;
        }
    }
    Some(String::from_utf8_lossy(b.get(i..i + len)?).into_owned())
}

fn find(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let first = needle[0];
    let mut at = from;
    loop {
        at += hay.get(at..)?.iter().position(|b| *b == first)?;
        if hay[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
}
