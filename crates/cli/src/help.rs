//! Usage texts.

/// Of the command as a whole.
pub const MAIN: &str = "\
Goxide is a Go toolchain.

Usage:

	goxide <command> [arguments]

The commands are:

	build       compile packages and dependencies
	env         print Go environment information
	help        show this text, or that of a command
	list        list packages
	run         compile and run Go program
	test        test packages
	tool        run a tool of the toolchain
	version     print Go version

Use \"goxide help <command>\" for more information about a command,
\"goxide help sched\" about seeded scheduling.
";

/// Usage line and text of a command.
pub fn command(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "build" => ("goxide build [-o output] [build flags] [packages]", BUILD),
        "run" => ("goxide run [build flags] [-exec xprog] [-sched-seeds a..b] package [arguments...]", RUN),
        "test" => ("goxide test [build/test flags] [packages] [build/test flags & test binary flags]", TEST),
        "tool" => ("goxide tool [-n] [tool [arguments]]", TOOL),
        "list" => ("goxide list [-f format] [-json] [-deps] [-e] [build flags] [packages]", LIST),
        "env" => ("goxide env [-json] [-changed] [var ...]", ENV),
        "sched" => ("goxide run|test -sched-seeds=1..1000 ...", SCHED),
        "version" => ("goxide version [-m] [-v] [file ...]", VERSION),
        "help" => ("goxide help [command]", ""),
        _ => return None,
    })
}

const BUILD: &str = "\
Build compiles the packages named by the import paths, along with their
dependencies. For a single main package it writes an executable, named
after the last element of the import path (or the first file), or as -o
says. Several packages, and packages that are no programs, are compiled
to see whether they do.

	-C dir              change to dir before running the command
	-a                  do not use cached results
	-error-format f     plain, rich (the default on a terminal) or json
	-gcflags 'list'     -m (report optimisations), -e (all errors), -N, -l
	-ldflags 'list'     -s, -w, -X importpath.name=value
	-mod mode           readonly, vendor or mod
	-o output           file or directory to write to
	-overlay file       JSON: .go files to be read from elsewhere
	-p n                number of threads
	-tags tag,list      build tags that hold
	-trimpath           remove file system paths from the executable
	-v                  print the names of packages as they are compiled
	-x                  print what is done

Other flags of the go command are refused.
";
const RUN: &str = "\
Run compiles and runs the named main package: .go files of one folder, an
import path, or a folder. What follows is for the program. The exit status
is 1 if the program's is not 0. The build flags are those of goxide build.

	-exec xprog         run the program by xprog
	-sched-seeds a..b   run it once with each seed, as many at a time as there
	                    are processors, until one run fails; -sched-seeds=n
	                    is one run, with the terminal its own

A seed decides in which order goroutines run: see goxide help sched.
";
const SCHED: &str = "\
A program built by goxide and started with GOXIDESCHED=seed=N in its
environment runs its goroutines one at a time, in an order that the seed
alone decides: who is next, when the running goroutine is taken off, what
select chooses, what random numbers and hash seeds the program gets, and
what the clock says. The same seed gives the same run again.

goxide run|test -sched-seeds=1..1000 looks for a seed that makes the
program, or the tests, fail, and prints the command that repeats it. Such
builds can change goroutines before every atomic operation (so around
mutexes too, also where they are inlined); without, as for a binary that
was built before, only at calls of functions, channel operations and
where goroutines wait.

Time is virtual: it starts at 2000-01-01 00:00:00 UTC and jumps to the
next deadline when all goroutines wait. While one of them waits for a file
or a system call it first waits for a second of real silence. GOMAXPROCS
and NumCPU seem to be 4 (or what the environment sets). GOXIDESCHED may
also have gap=N: a change of goroutines by force about every N points.

What the seed does not decide: answers from outside (files, the network,
other processes, crypto/rand, addresses of the system). A loop without
calls is interrupted after 100 ms, a system call is left behind after the
same time; what then happens may differ from run to run.
";
const TEST: &str = "\
Test builds a test binary for each named package from its files, those
named *_test.go included, and runs it in the package's folder. For each
package one line says how it went; output of passing tests is shown with
-v or -json, and when no package is named. The build flags are those of
goxide build; besides them:

	-c                  build the binary only, to be found as pkg.test
	-o file             where to leave the binary
	-exec xprog         run the binary by this program
	-json               output as a stream of events
	-failfast -p n      stop after a failure; n packages at a time
	-run -skip -list    which tests (regular expressions)
	-bench -benchmem -benchtime
	-count n -cpu list -parallel n -short -shuffle -timeout d -v
	-blockprofile -cpuprofile -memprofile -mutexprofile -trace -outputdir
	-sched-seeds a..b   run each binary with seeds until one fails (see goxide
	                    help sched); -sched-seeds=n is one run
	-args               what follows is for the test binary

Fuzz targets run their seeds. There is no vet yet: -vet=off is the only
value. Tests that call the go command find Goxide under that name. Test
results are not cached: every run is a real one.
";
const TOOL: &str = "\
Tool runs the named tool, or lists those there are. -n prints the path of
the tool instead. Tools other than compile are upstream's programs; each is
built when it is first asked for. There is no asm or link, which work on the
reference compiler's objects, and no cgo, which needs a C compiler.
";
const LIST: &str = "\
List prints the import paths of the named packages, or with -json what is
known of them; with -deps also everything they import, dependencies first.
";
const ENV: &str = "\
Env prints the environment that applies, or just the values of the named
variables, one per line.
";
const VERSION: &str = "\
Version prints the Go version of this toolchain. With files, it prints
what they were built with; -m adds the modules and settings.
";
