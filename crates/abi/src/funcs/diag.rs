//! Runtime functions of the `diag` folder. Each row is preceded by its Go declaration in package `runtime`.

use super::{Effects, RuntimeFn, row};

const NONE: Effects = Effects::NONE;
const NORETURN: Effects = Effects::NORETURN;

pub const ROWS: &[RuntimeFn] = &[
    // func throw(s string): a fault of the runtime: "fatal error: s", all frames, exit 2.
    row("throw", 2, 0, NORETURN),
    // func fatal0(s string): a fault of the program that cannot be recovered (map races and the like).
    row("fatal0", 2, 0, NORETURN),
    // func startpanic() int: a panic is going to kill the program; 1 if its messages should be printed (Go prints them).
    row("startpanic", 0, 1, NONE),
    // func dopanic(b *synctestBubble): print the goroutines as GOTRACEBACK says, and those of bubble b, exit 2 (or abort).
    row("dopanic", 1, 0, NORETURN),
    // Execution trace (diag/trace.rs). func traceTurn(stop bool) uint64: the world is stopped; the generation that ended.
    // func traceBatch(gen uint64, out *[4]uintptr) int; func traceStack(i int, out *uintptr) int
    // func traceUser(kind, n int, a, b, c uint64): an annotation of the current goroutine. func traceOn() int
    row("traceTurn", 1, 1, NONE),
    row("traceBatch", 2, 1, NONE),
    row("traceStack", 2, 1, NONE),
    row("traceUser", 5, 0, NONE),
    row("traceOn", 0, 1, NONE),
    // func callers(skip int, pcbuf *uintptr, n int) int: pcs for CallersFrames; skip 0 is the caller of callers.
    row("callers", 3, 1, NONE),
    // func gcallers(gp *g, skip int, pcbuf *uintptr, n int) int: of a goroutine that is not running.
    row("gcallers", 4, 1, NONE),
    // func threadcreatenext(prev uintptr, pcs *[32]uintptr, n *int) uintptr: the thread after prev (0: the first), 0 at the end, and
    // for which Go frames it was made.
    row("threadcreatenext", 3, 1, NONE),
    // func writeheapdump(fd uintptr, stats *uint64, n int): the dump, with these numbers as memory statistics. World stopped.
    row("writeheapdump", 3, 0, NONE),
    // func callerfp(fp uintptr) uintptr: frame pointer of the caller of the frame fp, across segments.
    row("callerfp", 1, 1, NONE),
    // func wrapperCaller(fp uintptr) uintptr: the same, skipping callers that are wrappers.
    row("wrapperCaller", 1, 1, NONE),
    // func pcinfo(pc uintptr, index int, out *pcInfo) int: the index-th logical frame (0 = innermost) at pc (not a return pc);
    // 0 if there is none, else 1 + (1 if more follow). pc must already be adjusted by −1 for return addresses.
    //   type pcInfo struct { entry, end uintptr; name, file string; line, startLine int; flags uintptr; funcid uintptr }
    row("pcinfo", 3, 1, NONE),
    // func stackdump(buf *byte, n int, all int) int: text of runtime.Stack. With all the world must be stopped.
    row("stackdump", 3, 1, NONE),
    // func foreachg(i int) *g: the i-th of all goroutines (world stopped or racy), nil past the end.
    row("foreachg", 1, 1, NONE),
    // func gstatus(gp *g) int: 0 dead, 1 user goroutine, 2 system goroutine.
    row("gstatus", 1, 1, NONE),
    // func setTracebackLevel(level string)
    row("setTracebackLevel", 2, 0, NONE),
    // func setCrashFD(fd uintptr) uintptr
    row("setCrashFD", 1, 1, NONE),
    // func parsedebugvars(godebug string): (re)read the runtime's own GODEBUG settings.
    row("parsedebugvars", 2, 0, NONE),
    // func getmoduledata() *moduledata: the linker's `runtime.moduledata`.
    row("getmoduledata", 0, 1, Effects::NOSWITCH),
    // func debugcall(which int) int: value of a runtime debug variable, for Go code of package runtime (see diag/debug.rs).
    row("debugvar", 1, 1, NONE),
];
