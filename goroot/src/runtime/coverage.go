package runtime

import (
	"internal/coverage/rtcov"
	"unsafe"
)

// coverage_getCovCounterList: no code is instrumented for coverage.
//
//go:linkname coverage_getCovCounterList internal/coverage/cfile.getCovCounterList
func coverage_getCovCounterList() []rtcov.CovCounterBlob { return nil }

// SetCgoTraceback records functions for tracebacks through C code, of which there is none.
func SetCgoTraceback(version int, traceback, context, symbolizer unsafe.Pointer) {
	if version != 0 && version != 1 {
		panic(plainError("unsupported version"))
	}
}
