package runtime

import _ "unsafe" // for linkname

// The network poller of internal/poll. Results of reset and wait: 0, or 1 closing, 2 timeout, 3 not pollable.

func netpollServerInit()
func netpollOpenFD(fd uintptr) (pd uintptr, errno int)
func netpollCloseFD(pd uintptr)
func netpollReset(pd uintptr, mode int) int
func netpollWait(pd uintptr, mode int) int
func netpollWaitCanceled(pd uintptr, mode int)
func netpollSetDeadline(pd uintptr, d int64, mode int)
func netpollUnblock(pd uintptr)
func netpollIsDescriptor(fd uintptr) int

//go:linkname poll_runtime_pollServerInit internal/poll.runtime_pollServerInit
func poll_runtime_pollServerInit() { netpollServerInit() }

//go:linkname poll_runtime_isPollServerDescriptor internal/poll.runtime_isPollServerDescriptor
func poll_runtime_isPollServerDescriptor(fd uintptr) bool { return netpollIsDescriptor(fd) != 0 }

//go:linkname poll_runtime_pollOpen internal/poll.runtime_pollOpen
func poll_runtime_pollOpen(fd uintptr) (uintptr, int) { return netpollOpenFD(fd) }

//go:linkname poll_runtime_pollClose internal/poll.runtime_pollClose
func poll_runtime_pollClose(pd uintptr) { netpollCloseFD(pd) }

//go:linkname poll_runtime_pollReset internal/poll.runtime_pollReset
func poll_runtime_pollReset(pd uintptr, mode int) int { return netpollReset(pd, mode) }

//go:linkname poll_runtime_pollWait internal/poll.runtime_pollWait
func poll_runtime_pollWait(pd uintptr, mode int) int { return netpollWait(pd, mode) }

//go:linkname poll_runtime_pollWaitCanceled internal/poll.runtime_pollWaitCanceled
func poll_runtime_pollWaitCanceled(pd uintptr, mode int) { netpollWaitCanceled(pd, mode) }

//go:linkname poll_runtime_pollSetDeadline internal/poll.runtime_pollSetDeadline
func poll_runtime_pollSetDeadline(pd uintptr, d int64, mode int) { netpollSetDeadline(pd, d, mode) }

//go:linkname poll_runtime_pollUnblock internal/poll.runtime_pollUnblock
func poll_runtime_pollUnblock(pd uintptr) { netpollUnblock(pd) }
