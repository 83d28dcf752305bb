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

Use \"goxide help <command>\" for more information about a command.
";

/// Usage line and text of a command.
pub fn command(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "build" => ("goxide build [-o output] [build flags] [packages]", BUILD),
        "run" => ("goxide run [build flags] [-exec xprog] package [arguments...]", RUN),
        "test" => ("goxide test [build/test flags] [packages] [build/test flags & test binary flags]", TEST),
        "tool" => ("goxide tool [-n] [tool [arguments]]", TOOL),
        "list" => ("goxide list [-f format] [-json] [-deps] [-e] [build flags] [packages]", LIST),
        "env" => ("goxide env [-json] [-changed] [var ...]", ENV),
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
	-args               what follows is for the test binary

Fuzz targets run their seeds. There is no vet yet: -vet=off is the only
value. Tests that call the go command find Goxide under that name. Test
results are not cached: every run is a real one.
";
const TOOL: &str = "\
Tool runs the named tool, or lists those there are. -n prints the path of
the tool instead.
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
