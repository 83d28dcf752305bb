package runtime

import _ "unsafe" // for linkname

// Signal numbers and codes that become panics.
const (
	sigILL  = 4
	sigTRAP = 5
	sigBUS  = 7
	sigFPE  = 8
	sigSEGV = 11

	codeBUSADRERR  = 2
	codeFPEINTDIV  = 1
	codeFPEINTOVF  = 2
	codeSEGVMAPERR = 1
	codeSEGVACCERR = 2
)

func siginfoOf(out *[4]uintptr)

// sigpanic is called, as if by the faulting instruction, when a signal that Go code has caused arrives at a pc where the
// compiler expects one.
func sigpanic() {
	var info [4]uintptr
	siginfoOf(&info)
	sig, code, addr := info[0], info[1], info[2]
	switch sig {
	case sigBUS:
		if code == codeBUSADRERR && addr < 0x1000 {
			panicmem()
		}
		sigpanicaddr(addr)
	case sigSEGV:
		if (code == 0 || code == codeSEGVMAPERR || code == codeSEGVACCERR) && addr < 0x1000 {
			panicmem()
		}
		sigpanicaddr(addr)
	case sigFPE:
		switch code {
		case codeFPEINTDIV:
			panicdivide()
		case codeFPEINTOVF:
			panicoverflow()
		}
		panicfloat()
	}
	throw("unexpected signal during runtime execution")
}

// sigpanicaddr is a fault at an address that is not near nil: a panic only if debug.SetPanicOnFault asked for it.
func sigpanicaddr(addr uintptr) {
	on := setPanicOnFault(0)
	setPanicOnFault(on)
	if on != 0 {
		panicmemAddr(addr)
	}
	print("unexpected fault address ")
	printhex(uint64(addr))
	print("\n")
	throw("fault")
}

func signal_recv() uint32
func signal_enable(s uint32)
func signal_disable(s uint32)
func signal_ignore(s uint32)
func signal_ignored(s uint32) int
func signalWaitUntilIdle()
func sigpipe()
func ignoreSIGSYS()
func restoreSIGSYS()

//go:linkname os_signal_recv os/signal.signal_recv
func os_signal_recv() uint32 { return signal_recv() }

//go:linkname os_signal_enable os/signal.signal_enable
func os_signal_enable(s uint32) { signal_enable(s) }

//go:linkname os_signal_disable os/signal.signal_disable
func os_signal_disable(s uint32) { signal_disable(s) }

//go:linkname os_signal_ignore os/signal.signal_ignore
func os_signal_ignore(s uint32) { signal_ignore(s) }

//go:linkname os_signal_ignored os/signal.signal_ignored
func os_signal_ignored(s uint32) bool { return signal_ignored(s) != 0 }

//go:linkname os_signalWaitUntilIdle os/signal.signalWaitUntilIdle
func os_signalWaitUntilIdle() { signalWaitUntilIdle() }

//go:linkname os_sigpipe os.sigpipe
func os_sigpipe() { sigpipe() }

//go:linkname os_ignoreSIGSYS os.ignoreSIGSYS
func os_ignoreSIGSYS() { ignoreSIGSYS() }

//go:linkname os_restoreSIGSYS os.restoreSIGSYS
func os_restoreSIGSYS() { restoreSIGSYS() }
