//! `tool`: the parts of the toolchain under the names that build systems and tests know them by. They are links to this
//! executable in the user's cache, which acts by the name it is called by.

use crate::session::Exit;
use goxide_build::env::Env;
use std::path::PathBuf;

/// Serves a tool, given the words behind its name.
type Run = fn(&[String]) -> Result<i32, Exit>;

/// The tools there are, with what serves them.
const TOOLS: &[(&str, Run)] = &[("compile", |w| crate::compile::compile(&Env::from_process(), w))];

/// Where the tools are.
pub fn dir(env: &Env) -> PathBuf {
    env.user_cache_dir().join("goxide/tool/linux_amd64")
}

/// Words that follow from the name of this executable, if it is called by that of a tool.
pub fn by_own_name(args: &mut Vec<String>) {
    let name = args.first().map(|a| a.rsplit('/').next().unwrap_or(a).to_owned()).unwrap_or_default();
    if TOOLS.iter().any(|t| t.0 == name) {
        args.insert(1, "tool".into());
        args.insert(2, name);
    }
    if args.is_empty() {
        args.push("goxide".into());
    }
}

/// `goxide tool`
pub fn command(words: &[String]) -> Result<i32, Exit> {
    let (only_path, words) = match words.first().map(String::as_str) {
        Some("-n" | "--n") => (true, &words[1..]),
        Some(f) if f.starts_with('-') => return Err(Exit::new(2, format!("flag provided but not defined: {f}"))),
        _ => (false, words),
    };
    let Some(name) = words.first() else {
        TOOLS.iter().for_each(|t| println!("{}", t.0));
        return Ok(0);
    };
    let Some((_, run)) = TOOLS.iter().find(|t| t.0 == name) else {
        return Err(Exit::new(2, format!("go: no such tool {name:?}")));
    };
    if only_path {
        println!("{}", link(name)?.display());
        return Ok(0);
    }
    run(&words[1..])
}

/// The link of a tool, which is made if it is not there or leads elsewhere.
fn link(name: &str) -> Result<PathBuf, Exit> {
    let fail = |e: std::io::Error| Exit::new(1, format!("go: tool {name}: {}", crate::output::text(&e)));
    let to = std::env::current_exe().map_err(fail)?;
    let dir = dir(&Env::from_process());
    std::fs::create_dir_all(&dir).map_err(fail)?;
    let at = dir.join(name);
    if std::fs::read_link(&at).ok().as_deref() != Some(&*to) {
        let tmp = goxide_cache::temp_name(&at);
        std::os::unix::fs::symlink(&to, &tmp).and_then(|()| std::fs::rename(&tmp, &at)).map_err(fail)?;
    }
    Ok(at)
}
