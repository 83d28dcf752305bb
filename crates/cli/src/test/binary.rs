//! One test binary, built by a process of its own: the tables of names, types and symbols are the process's, and two
//! programs whose packages differ by their test files cannot share them.

use super::build::SETUP_FAILED;
use crate::flags::{Flags, Kind, Spec};
use crate::make;
use crate::output::write_executable;
use crate::session::{self, Exit};
use goxide_build::env::Env;
use goxide_build::load::COMMAND_LINE;
use goxide_build::patterns;

/// The word by which `test` calls itself; not for people.
pub const BINARY: &str = "internal-test-binary";
/// Flags of that word.
pub const BINARY_ONLY: &[Spec] = &[Spec { name: "only-compile", kind: Kind::Bool }];

/// Builds the test binary of the one package named to `-o`, or (`-only-compile`) the package by itself.
pub fn binary(env: &Env, flags: &Flags) -> Result<i32, Exit> {
    let cx = session::context(env, flags)?;
    let setup = |m: String| Exit::new(SETUP_FAILED, m);
    let matched = patterns::expand(&cx, &flags.args, false).map_err(setup)?;
    let [root] = &matched.roots[..] else { return Err(setup("not one package".into())) };
    if flags.on("only-compile") {
        let loaded = cx.load(&matched.roots, true, false);
        if !loaded.errors.is_empty() {
            return Err(setup(loaded.errors.join("\n")));
        }
        let mains: Vec<usize> =
            loaded.roots.iter().copied().filter(|&r| loaded.packages[r].dir.name() == "main").collect();
        return make::compile_only(&cx, flags, loaded, &mains);
    }
    let program = cx.load_test(root);
    if !program.loaded.errors.is_empty() {
        return Err(setup(program.loaded.errors.join("\n")));
    }
    let main = program.loaded.roots[0];
    let image = make::test_image(&cx, flags, &program.loaded, main)?;
    let out = flags.text("o").unwrap_or("/dev/null");
    let path = program.loaded.packages[main].import_path.trim_end_matches(".test");
    let path = if path.is_empty() { COMMAND_LINE } else { path };
    write_executable(&env.cwd.join(out), &image).map_err(|e| Exit::new(1, format!("{path}: {e}")))?;
    Ok(0)
}
