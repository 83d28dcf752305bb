//! One package of a test run: from building to the line that says how it went.

use super::args::Request;
use super::build::{self, Built};
use super::events::Converter;
use super::run::{Outcome, Runner, Sink};
use goxide_build::load::{Context, TestRoot};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

/// A package, and how a child process is told of it.
pub struct Test {
    pub root: Vec<String>,
    pub package: TestRoot,
}

/// Its way through the run.
pub struct Package<'a> {
    cx: &'a Context<'a>,
    req: &'a Request,
    runner: &'a Runner<'a>,
    test: &'a Test,
    index: usize,
    built: Mutex<Option<Built>>,
    /// The package whose build failed, for events.
    failed: Mutex<String>,
}

impl<'a> Package<'a> {
    pub fn new(
        cx: &'a Context<'a>,
        req: &'a Request,
        runner: &'a Runner<'a>,
        test: &'a Test,
        index: usize,
    ) -> Package<'a> {
        Package { cx, req, runner, test, index, built: Mutex::new(None), failed: Mutex::new(String::new()) }
    }

    fn path(&self) -> &str {
        &self.test.package.import_path
    }

    fn binary(&self) -> PathBuf {
        self.runner.work.join(format!("b{:03}", self.index + 1)).join(super::binary_name(&self.test.package))
    }

    /// Builds the binary; what is wrong is shown at once.
    pub fn build(&self) {
        let exe = self.binary();
        if let Some(dir) = exe.parent() {
            let _ = std::fs::create_dir_all(dir);
        }
        let has_tests = self.test.package.has_tests;
        let (built, out, err) = build::build(self.req, &self.test.root, has_tests.then_some(exe.as_path()));
        let text = format!("{out}{err}");
        let text = match built {
            Built::SetupFailed => format!("# {}\n{text}", self.path()),
            _ => text,
        };
        if !text.trim().is_empty() {
            if self.req.json && built != Built::Yes {
                *lock(&self.failed) = self.runner.build_events(self.path(), &text);
            } else {
                eprint!("{text}{}", if text.ends_with('\n') { "" } else { "\n" });
            }
        }
        *lock(&self.built) = Some(built);
    }

    /// Runs it, if it was built, and shows its output in order.
    pub fn run(&self) {
        let built = lock(&self.built).unwrap_or(Built::Failed);
        let compile_only = self.req.flags.on("c");
        if compile_only && built != Built::SetupFailed {
            if built == Built::Failed {
                self.runner.fail();
            } else {
                self.install();
            }
            if self.runner.start(self.index) {
                self.runner.started(self.index);
            }
            self.runner.show(self.index, Vec::new());
            return;
        }
        if !self.runner.start(self.index) {
            // -failfast, and something has failed
            self.runner.show(self.index, Vec::new());
            return;
        }
        let mut sink = Sink::new(self.req, self.runner.packages);
        if self.req.json {
            sink.events = Some(Arc::new(Mutex::new(Converter::new(self.path()))));
        }
        self.runner.started(self.index);
        let ok = self.judge(built, &mut sink);
        if !ok {
            self.runner.fail();
        }
        sink.close(ok, lock(&self.failed).clone());
        self.runner.show(self.index, sink.buffered());
    }

    fn judge(&self, built: Built, sink: &mut Sink) -> bool {
        match built {
            Built::SetupFailed => {
                sink.print(&format!("FAIL\t{} [setup failed]\n", self.path()));
                return false;
            }
            Built::Failed => {
                sink.print(&format!("FAIL\t{} [build failed]\n", self.path()));
                return false;
            }
            Built::Yes => {}
        }
        if !self.test.package.has_tests {
            sink.print(&format!("?   \t{}\t[no test files]\n", self.path()));
            return true;
        }
        let exe = self.binary();
        let outcome = self.runner.execute(self.req, &exe, &self.test.package.dir, sink);
        let ok = matches!(outcome, Outcome { error: None, .. });
        sink.verdict(self.req, self.path(), &outcome);
        self.install();
        if let Some(dir) = exe.parent() {
            let _ = std::fs::remove_dir_all(dir);
        }
        ok
    }

    /// Leaves the binary where `-c`, `-o` or a profile want it.
    fn install(&self) {
        if !self.test.package.has_tests {
            return;
        }
        let Some(to) = super::target(self.cx.env, self.req, &self.test.package) else { return };
        let image = std::fs::read(self.binary()).map_err(|e| e.to_string());
        if let Err(e) = image.and_then(|i| crate::output::write_executable(&to, &i)) {
            eprintln!("{}: {e}", self.path());
            self.runner.fail();
        }
    }
}

/// A lock whose data is whole whatever happened to other threads.
fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(|e| e.into_inner())
}
