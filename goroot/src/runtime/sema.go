package runtime

import "unsafe"

// Semaphores and condition lists of sync, internal/sync and internal/poll. The queues are Rust's.

func semacquire1(addr *uint32, lifo bool, reason waitReason)
func semrelease1(addr *uint32, handoff bool) (w uintptr, since int64)
func semready(w uintptr, handoff bool)
func syncCanSpin(i int) int
func syncDoSpin()
func notifyListAdd(l *notifyList) uint32
func notifyListWait(l *notifyList, t uint32)
func notifyListNotifyAll(l *notifyList)
func notifyListNotifyOne(l *notifyList)

// Wait reasons (see waitReason).
const (
	waitReasonSemacquire        waitReason = 14
	waitReasonSyncMutexLock     waitReason = 17
	waitReasonSyncRWMutexRLock  waitReason = 18
	waitReasonSyncRWMutexLock   waitReason = 19
	waitReasonSyncWaitGroupWait waitReason = 20
	waitReasonTraceReader       waitReason = 21
	waitReasonCoroutine         waitReason = 33
	waitReasonSynctestWaitGroup waitReason = 40
)

// semacquire waits for a semaphore and reports the wait; skip frames above the caller are left out of its stack.
func semacquire(addr *uint32, lifo bool, reason waitReason, skip int) {
	t, n := blockstart()
	semacquire1(addr, lifo, reason)
	if t != 0 {
		blockend(t, n, 3+skip)
	}
}

// semrelease releases one and reports how long the goroutine that gets it has waited.
func semrelease(addr *uint32, handoff bool, skip int) {
	if w, t := semrelease1(addr, handoff); w != 0 {
		mutexevent(cputicks()-t, 3+skip)
		semready(w, handoff)
	}
}

//go:linkname sync_runtime_Semacquire sync.runtime_Semacquire
func sync_runtime_Semacquire(addr *uint32) { semacquire(addr, false, waitReasonSemacquire, 0) }

//go:linkname poll_runtime_Semacquire internal/poll.runtime_Semacquire
func poll_runtime_Semacquire(addr *uint32) { semacquire1(addr, false, waitReasonSemacquire) }

//go:linkname sync_runtime_SemacquireWaitGroup sync.runtime_SemacquireWaitGroup
func sync_runtime_SemacquireWaitGroup(addr *uint32, synctestDurable bool) {
	reason := waitReasonSyncWaitGroupWait
	if synctestDurable {
		reason = waitReasonSynctestWaitGroup
	}
	semacquire(addr, false, reason, 0)
}

//go:linkname sync_runtime_SemacquireRWMutexR sync.runtime_SemacquireRWMutexR
func sync_runtime_SemacquireRWMutexR(addr *uint32, lifo bool, skipframes int) {
	semacquire(addr, lifo, waitReasonSyncRWMutexRLock, skipframes)
}

//go:linkname sync_runtime_SemacquireRWMutex sync.runtime_SemacquireRWMutex
func sync_runtime_SemacquireRWMutex(addr *uint32, lifo bool, skipframes int) {
	semacquire(addr, lifo, waitReasonSyncRWMutexLock, skipframes)
}

//go:linkname internal_sync_runtime_SemacquireMutex internal/sync.runtime_SemacquireMutex
func internal_sync_runtime_SemacquireMutex(addr *uint32, lifo bool, skipframes int) {
	semacquire(addr, lifo, waitReasonSyncMutexLock, skipframes)
}

//go:linkname sync_runtime_Semrelease sync.runtime_Semrelease
func sync_runtime_Semrelease(addr *uint32, handoff bool, skipframes int) {
	semrelease(addr, handoff, skipframes)
}

//go:linkname internal_sync_runtime_Semrelease internal/sync.runtime_Semrelease
func internal_sync_runtime_Semrelease(addr *uint32, handoff bool, skipframes int) {
	semrelease(addr, handoff, skipframes)
}

//go:linkname poll_runtime_Semrelease internal/poll.runtime_Semrelease
func poll_runtime_Semrelease(addr *uint32) {
	if w, _ := semrelease1(addr, false); w != 0 {
		semready(w, false)
	}
}

//go:linkname internal_sync_runtime_canSpin internal/sync.runtime_canSpin
func internal_sync_runtime_canSpin(i int) bool { return syncCanSpin(i) != 0 }

//go:linkname internal_sync_runtime_doSpin internal/sync.runtime_doSpin
func internal_sync_runtime_doSpin() { syncDoSpin() }

//go:linkname internal_sync_nanotime internal/sync.runtime_nanotime
func internal_sync_nanotime() int64 { return nanotime() }

// notifyList is that of sync/runtime.go.
type notifyList struct {
	wait   uint32
	notify uint32
	lock   uintptr
	head   unsafe.Pointer
	tail   unsafe.Pointer
}

//go:linkname sync_notifyListAdd sync.runtime_notifyListAdd
func sync_notifyListAdd(l *notifyList) uint32 { return notifyListAdd(l) }

//go:linkname sync_notifyListWait sync.runtime_notifyListWait
func sync_notifyListWait(l *notifyList, t uint32) {
	t0, n := blockstart()
	notifyListWait(l, t)
	if t0 != 0 {
		blockend(t0, n, 2)
	}
}

//go:linkname sync_notifyListNotifyAll sync.runtime_notifyListNotifyAll
func sync_notifyListNotifyAll(l *notifyList) { notifyListNotifyAll(l) }

//go:linkname sync_notifyListNotifyOne sync.runtime_notifyListNotifyOne
func sync_notifyListNotifyOne(l *notifyList) { notifyListNotifyOne(l) }

//go:linkname sync_notifyListCheck sync.runtime_notifyListCheck
func sync_notifyListCheck(size uintptr) {
	if size != unsafe.Sizeof(notifyList{}) {
		throw("runtime: bad notifyList size")
	}
}
