//! Building test binaries by child processes.

use super::args::Request;
use super::binary::BINARY;
use crate::flags::BUILD;
use std::path::Path;
use std::process::{Command, Stdio};

/// Exit status of the child when the package could not be loaded.
pub const SETUP_FAILED: i32 = 4;

/// How a build went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Built {
    Yes,
    Failed,
    SetupFailed,
}

/// Builds the test binary of the package that `root` names to `out`; without one, compiles the package only. Gives what
/// the child wrote.
pub fn build(req: &Request, root: &[String], out: Option<&Path>) -> (Built, String, String) {
    let mut c = match std::env::current_exe() {
        Ok(exe) => Command::new(exe),
        Err(e) => return (Built::Failed, String::new(), format!("goxide: cannot find itself: {e}\n")),
    };
    c.arg(BINARY);
    for (name, value) in req.flags.each() {
        // -C has been done; -v of tests is another; GOFLAGS reaches the child by itself, but may be overridden here
        if BUILD.iter().any(|f| f.name == name) && !matches!(name, "C" | "v" | "p") {
            c.arg(format!("-{name}={value}"));
        }
    }
    match out {
        Some(o) => c.arg("-o").arg(o),
        None => c.arg("-only-compile"),
    };
    // several are built at a time, so each takes few threads
    let done = c.arg("-p=2").arg("--").args(root).stdin(Stdio::null()).output();
    match done {
        Ok(o) => {
            let text = |b: Vec<u8>| String::from_utf8_lossy(&b).into_owned();
            let built = match o.status.code() {
                Some(0) => Built::Yes,
                Some(SETUP_FAILED) => Built::SetupFailed,
                _ => Built::Failed,
            };
            (built, text(o.stdout), text(o.stderr))
        }
        Err(e) => (Built::Failed, String::new(), format!("goxide: cannot start itself: {e}\n")),
    }
}
