package runtime

import (
	"internal/runtime/syscall/linux"
	"unsafe"
)

func osArgs() (argc int, argv **byte)
func osEnv() (n int, envp **byte)
func osAuxv() (n int, auxv *uintptr)
func syscallRaw(num, a1, a2, a3, a4, a5 uintptr) uintptr

//go:linkname entersyscall
func entersyscall()

//go:linkname exitsyscall
func exitsyscall()
func beforefork()
func afterfork()
func afterforkInChild()
func beforeExec()
func afterExec()

var (
	argslice []string
	envs     []string
)

func goargs() { argslice = cstrings(osArgs()) }

func goenvs() {
	envs = cstrings(osEnv())
	const atSecure = 23
	if auxval(atSecure, 0) != 0 {
		// As in gc: a program with other rights than those of who started it (setuid) says nothing of its insides.
		n := 0
		for _, s := range envs {
			if len(s) < 12 || s[:12] != "GOTRACEBACK=" {
				envs[n] = s
				n++
			}
		}
		envs = append(envs[:n], "GOTRACEBACK=none")
	}
}

// cstrings copies an array of n zero-terminated strings.
func cstrings(n int, p **byte) []string {
	s := make([]string, n)
	for i := range s {
		s[i] = gostring(*(**byte)(add(unsafe.Pointer(p), uintptr(i)*8)))
	}
	return s
}

// gogetenv looks a variable up in the environment the program was started with.
func gogetenv(key string) string {
	for _, s := range envs {
		if len(s) > len(key) && s[len(key)] == '=' && s[:len(key)] == key {
			return s[len(key)+1:]
		}
	}
	return ""
}

//go:linkname os_runtime_args os.runtime_args
func os_runtime_args() []string { return append([]string{}, argslice...) }

//go:linkname syscall_runtime_envs syscall.runtime_envs
func syscall_runtime_envs() []string { return append([]string{}, envs...) }

//go:linkname syscall_Getpagesize syscall.Getpagesize
func syscall_Getpagesize() int { return int(auxval(auxPAGESZ, 4096)) }

const auxPAGESZ = 6

// auxval is an entry of the auxiliary vector.
func auxval(tag, otherwise uintptr) uintptr {
	v := getAuxv()
	for i := 0; i+1 < len(v); i += 2 {
		if v[i] == tag {
			return v[i+1]
		}
	}
	return otherwise
}

// getAuxv is pulled by golang.org/x/sys/cpu.
//
//go:linkname getAuxv
func getAuxv() []uintptr {
	n, p := osAuxv()
	return unsafe.Slice(p, n)
}

//go:linkname syscall_runtimeSetenv syscall.runtimeSetenv
func syscall_runtimeSetenv(key, value string) {
	if key == "GODEBUG" {
		godebugSetEnv(value)
	}
}

//go:linkname syscall_runtimeUnsetenv syscall.runtimeUnsetenv
func syscall_runtimeUnsetenv(key string) {
	if key == "GODEBUG" {
		godebugSetEnv("")
	}
}

//go:linkname syscall_runtimeClearenv syscall.runtimeClearenv
func syscall_runtimeClearenv(env map[string]int) {
	if _, ok := env["GODEBUG"]; ok {
		godebugSetEnv("")
	}
}

//go:linkname syscall_runtime_BeforeFork syscall.runtime_BeforeFork
func syscall_runtime_BeforeFork() { beforefork() }

//go:linkname syscall_runtime_AfterFork syscall.runtime_AfterFork
func syscall_runtime_AfterFork() { afterfork() }

// In the child of a vfork: on the parent's stack and memory, so nothing may be allocated or written that the parent
// relies on.
//
//go:linkname syscall_runtime_AfterForkInChild syscall.runtime_AfterForkInChild
//go:nosplit
func syscall_runtime_AfterForkInChild() { afterforkInChild() }

//go:linkname syscall_runtime_BeforeExec syscall.runtime_BeforeExec
func syscall_runtime_BeforeExec() { beforeExec() }

//go:linkname syscall_runtime_AfterExec syscall.runtime_AfterExec
func syscall_runtime_AfterExec() { afterExec() }

// syscall_runtime_doAllThreadsSyscall makes every thread make a system call.
//
//go:linkname syscall_runtime_doAllThreadsSyscall syscall.runtime_doAllThreadsSyscall
func syscall_runtime_doAllThreadsSyscall(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, err uintptr) {
	args := [...]uintptr{trap, a1, a2, a3, a4, a5, a6}
	var out [3]uintptr
	stopTheWorld()
	allThreadsSyscall(&args, &out)
	startTheWorld()
	return out[0], out[1], out[2]
}

func allThreadsSyscall(args *[7]uintptr, out *[3]uintptr)

//go:linkname syscall_cgocaller syscall.cgocaller
func syscall_cgocaller(fn unsafe.Pointer, args ...uintptr) uintptr {
	throw("syscall.cgocaller: cgo is not supported")
	return 0
}

// fcntl is pulled by internal/syscall/unix: the result, or -1 and the error number.
//
//go:linkname fcntl
func fcntl(fd, cmd, arg int32) (ret int32, errno int32) {
	const sysFcntl = 72
	r := int(syscallRaw(sysFcntl, uintptr(fd), uintptr(cmd), uintptr(arg), 0, 0))
	if r < 0 {
		return -1, int32(-r)
	}
	return int32(r), 0
}

// checkfds opens those of the three standard files that are closed, or the program's first files would be taken for them.
func checkfds() {
	const (
		getFD     = 1
		badFD     = 9
		readWrite = 2
	)
	null := [...]byte{'/', 'd', 'e', 'v', '/', 'n', 'u', 'l', 'l', 0}
	for i := range int32(3) {
		ret, errno := fcntl(i, getFD, 0)
		if ret >= 0 {
			continue
		}
		fd, e := -1, uintptr(errno)
		if errno == badFD {
			fd, e = linux.Open(&null[0], readWrite, 0)
		}
		if fd != int(i) {
			print("runtime: standard file descriptor ", i, " is closed and cannot be opened: fd=", fd, " errno=", e, "\n")
			throw("cannot open standard fds")
		}
	}
}

// syscall.gettimeofday has no other body than the system call.
//
//go:linkname syscall_gettimeofday syscall.gettimeofday
func syscall_gettimeofday(tv unsafe.Pointer) uintptr {
	const sysGettimeofday = 96
	r := int(syscallRaw(sysGettimeofday, uintptr(tv), 0, 0, 0, 0))
	if r < 0 {
		return uintptr(-r)
	}
	return 0
}
