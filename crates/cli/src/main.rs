//! The command `goxide`: the go command's words and flags to requests, diagnostics to the terminal, exit statuses.
//! What the words mean is decided in `build` and `driver`.
#![forbid(unsafe_code)]

mod compile;
mod flags;
mod help;
mod info;
mod list;
mod loaderrors;
mod make;
mod output;
mod progress;
mod seeds;
mod session;
mod test;
mod tool;

use flags::{ENV, Flags, LIST_ONLY, Refused, Spec, VERSION};
use goxide_build::env::Env;
use goxide_build::fsoverlay::FileOverlay;
use session::Exit;
use std::process::ExitCode;

/// Trees of front end and optimiser are walked recursively: their depth is bounded, but not small.
const STACK: usize = 1 << 30;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        let what = info.payload_as_str().unwrap_or("unknown panic");
        let at = info.location().map(|l| format!(" [{}:{}]", l.file(), l.line())).unwrap_or_default();
        let shown = if what.starts_with("internal compiler error") { "" } else { "internal compiler error: " };
        eprintln!(
            "{shown}{what}{at}\n\ngoxide {} (go1.27.3): please report this with a program that shows it",
            env!("CARGO_PKG_VERSION")
        );
    }));
    let mut args: Vec<String> = std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
    tool::by_own_name(&mut args);
    args.remove(0);
    let run = std::thread::Builder::new().name("main".into()).stack_size(STACK).spawn(move || command(&args));
    let status = match run.map(|t| t.join()) {
        Ok(Ok(Ok(status))) => status,
        Ok(Ok(Err(e))) => {
            if !e.message.is_empty() {
                eprintln!("{}", e.message);
            }
            e.status
        }
        // the hook has said what happened
        Ok(Err(_)) => 2,
        Err(e) => {
            eprintln!("goxide: cannot start a thread: {e}");
            2
        }
    };
    ExitCode::from(status as u8)
}

fn command(args: &[String]) -> Result<i32, Exit> {
    let Some(name) = args.first() else {
        eprint!("{}", help::MAIN);
        return Ok(2);
    };
    let rest = &args[1..];
    match name.as_str() {
        "build" => with(name, make::BUILD_FLAGS, rest, make::build),
        "run" => with(name, make::RUN_FLAGS, rest, make::run),
        "list" => with(name, &[flags::BUILD, LIST_ONLY], rest, list::list),
        "env" => with(name, &[ENV], rest, info::env),
        "test" => test::command(rest),
        test::BINARY => with(name, &[flags::BUILD, flags::BUILD_ONLY, test::BINARY_ONLY], rest, test::binary),
        "tool" => tool::command(rest, || prepared(&[flags::BUILD])),
        "version" => with(name, &[VERSION], rest, |_, f| info::version(f)),
        "help" | "-h" | "-help" | "--help" => help_command(rest),
        n if KNOWN_TO_GO.contains(&n) => Err(Exit::new(2, format!("go {n}: goxide does not have this command yet"))),
        n => Err(Exit::new(2, format!("go {n}: unknown command\nRun 'goxide help' for usage."))),
    }
}

const KNOWN_TO_GO: &[&str] =
    &["bug", "clean", "doc", "fix", "fmt", "generate", "get", "install", "mod", "telemetry", "vet", "work"];

fn help_command(rest: &[String]) -> Result<i32, Exit> {
    let Some(topic) = rest.first() else {
        print!("{}", help::MAIN);
        return Ok(0);
    };
    match help::command(topic) {
        Some((usage, text)) if rest.len() == 1 => {
            println!("usage: {usage}\n\n{text}");
            Ok(0)
        }
        _ => Err(Exit::new(2, format!("go help {}: unknown help topic. Run 'goxide help'.", rest.join(" ")))),
    }
}

/// Parses flags, then runs `f`.
fn with(
    name: &str,
    groups: &[&[Spec]],
    args: &[String],
    f: impl FnOnce(&Env, &Flags) -> Result<i32, Exit>,
) -> Result<i32, Exit> {
    let usage = help::command(name).map_or("", |(u, _)| u);
    let refuse = |r: Refused| match r {
        Refused::Usage(m) => Exit::new(2, format!("{m}\nusage: {usage}\nRun 'goxide help {name}' for details.")),
        Refused::Message(m) => Exit::new(2, m),
        Refused::Help => Exit::new(2, format!("usage: {usage}\nRun 'goxide help {name}' for details.")),
    };
    let mut flags = Flags::parse(groups, args).map_err(refuse)?;
    let env = prepare(&mut flags, groups).map_err(|r| match r {
        Failed::Refused(r) => refuse(r),
        Failed::Exit(e) => e,
    })?;
    f(&env, &flags)
}

/// The environment of a command without flags of its own.
fn prepared(groups: &[&[Spec]]) -> Result<Env, Exit> {
    prepare(&mut Flags::default(), groups).map_err(|f| match f {
        Failed::Exit(e) => e,
        Failed::Refused(Refused::Usage(m) | Refused::Message(m)) => Exit::new(2, m),
        Failed::Refused(Refused::Help) => Exit::new(2, ""),
    })
}

enum Failed {
    Refused(Refused),
    Exit(Exit),
}

/// What comes between flags and work: `-C`, the environment, GOFLAGS, threads.
fn prepare(flags: &mut Flags, groups: &[&[Spec]]) -> Result<Env, Failed> {
    let exit = |status, m: String| Failed::Exit(Exit::new(status, m));
    if let Some(dir) = flags.text("C") {
        std::env::set_current_dir(dir).map_err(|e| exit(1, format!("go: chdir {dir}: {}", output::text(&e))))?;
    }
    let mut env = Env::from_process();
    flags.add_goflags(env.set("GOFLAGS"), groups).map_err(|r| match r {
        Refused::Message(m) if m.contains("$GOFLAGS") => exit(1, m),
        r => Failed::Refused(r),
    })?;
    if let Some(file) = flags.text("overlay").filter(|f| !f.is_empty()) {
        env.overlay = FileOverlay::read(file.as_ref(), &env.cwd).map_err(|e| exit(1, format!("go: {e}")))?;
    }
    let jobs = flags.text("p").and_then(|p| p.parse().ok()).unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).num_threads(jobs);
    pool.build_global().map_err(|e| exit(2, format!("goxide: cannot start threads: {e}")))?;
    Ok(env)
}
