package runtime

import (
	"internal/goarch"
	"internal/goos"
)

// Compiler is the name of the compiler toolchain: the dialect of Go's tool chain that this one speaks.
const Compiler = "gc"

// GOOS is the running program's operating system target.
const GOOS string = goos.GOOS

// GOARCH is the running program's architecture target.
const GOARCH string = goarch.GOARCH

// Caller reports file and line number information about function invocations on the calling goroutine's stack. The
// argument skip is the number of stack frames to ascend, with 0 identifying the caller of Caller.
//
//go:noinline
func Caller(skip int) (pc uintptr, file string, line int, ok bool) {
	var rpc [1]uintptr
	if callersfill(skip+2, rpc[:]) < 1 {
		return
	}
	ci := Frames{callers: rpc[:]}
	frame, _ := ci.fetch()
	return frame.PC, frame.File, frame.Line, frame.PC != 0
}

// Callers fills the slice pc with the return program counters of function invocations on the calling goroutine's stack.
// The argument skip is the number of stack frames to skip, with 0 identifying the frame for Callers itself and 1
// identifying the caller of Callers. It returns the number of entries written to pc. To translate them use CallersFrames.
//
//go:noinline
func Callers(skip int, pc []uintptr) int {
	if len(pc) == 0 {
		return 0
	}
	return callersfill(skip+1, pc)
}

// GOROOT returns the root of the Go tree: the environment variable at process start, or else the root used during the
// build.
//
// Deprecated: the root used during the build will not be meaningful if the binary is copied to another machine.
func GOROOT() string {
	if s := gogetenv("GOROOT"); s != "" {
		return s
	}
	return getmoduledata().defaultGOROOT
}

// Version returns the Go tree's version string, such as "go1.27.3".
func Version() string { return getmoduledata().buildVersion }

func stackdump(buf *byte, n int, all int) int

// Stack formats a stack trace of the calling goroutine into buf and returns the number of bytes written. If all is true,
// Stack formats stack traces of all other goroutines into buf after the trace for the current goroutine.
func Stack(buf []byte, all bool) int {
	if len(buf) == 0 {
		return 0
	}
	if !all {
		return stackdump(&buf[0], len(buf), 0)
	}
	stopTheWorld()
	n := stackdump(&buf[0], len(buf), 1)
	startTheWorld()
	return n
}
