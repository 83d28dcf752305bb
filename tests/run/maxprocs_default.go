// GOMAXPROCS follows the processors that the process may use, and a control group's limit on processor time.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

const stage = "MAXPROCS_STAGE"

type mask [1024 / 64]uint64

// setAffinity sets the processors of all threads, and of those that they start.
func setAffinity(m *mask) {
	for range 3 {
		threads, err := os.ReadDir("/proc/self/task")
		check(err)
		for _, t := range threads {
			tid, _ := strconv.Atoi(t.Name())
			syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(tid), unsafe.Sizeof(*m), uintptr(unsafe.Pointer(m)))
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Println("FAIL:", err)
		os.Exit(1)
	}
}

// becomes waits, working, for GOMAXPROCS to be n.
func becomes(n int) bool {
	for t := time.Now(); time.Since(t) < 20*time.Second; {
		if runtime.GOMAXPROCS(0) == n {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

// processors: the affinity changes while the program runs.
func processors() {
	var all, one mask
	_, _, e := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(all), uintptr(unsafe.Pointer(&all)))
	if e != 0 {
		check(e)
	}
	for i, w := range all {
		if w != 0 {
			one[i] = w & -w
			break
		}
	}
	n := runtime.GOMAXPROCS(0)
	setAffinity(&one)
	fmt.Println("fewer:", becomes(1))
	setAffinity(&all)
	fmt.Println("again:", becomes(n))
	runtime.GOMAXPROCS(n)
	setAffinity(&one)
	// It looks every second.
	time.Sleep(2500 * time.Millisecond)
	fmt.Println("as said:", runtime.GOMAXPROCS(0) == n)
	runtime.SetDefaultGOMAXPROCS()
	fmt.Println("default:", runtime.GOMAXPROCS(0) == 1)
	setAffinity(&all)
	fmt.Println("follows:", becomes(n))
}

// enter has the process appear to be in a control group with a limit of one processor and a half, and starts itself anew.
func enter(dir string) {
	group := filepath.Join(dir, "cg", "some group")
	check(os.MkdirAll(group, 0o777))
	check(os.WriteFile(filepath.Join(group, "cpu.max"), []byte("150000 100000\n"), 0o666))
	check(os.WriteFile(filepath.Join(dir, "cgroup"), []byte("0::/some group\n"), 0o666))
	mount := "30 23 0:26 / " + filepath.Join(dir, "cg") + " rw,nosuid - cgroup2 cgroup2 rw\n"
	check(os.WriteFile(filepath.Join(dir, "mountinfo"), []byte(mount), 0o666))
	check(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	for _, name := range []string{"cgroup", "mountinfo"} {
		check(syscall.Mount(filepath.Join(dir, name), "/proc/self/"+name, "", syscall.MS_BIND, ""))
	}
	check(os.Setenv(stage, "inside"))
	check(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// inside tells what the runtime has made of the limit.
func inside() {
	open := false
	fds, err := os.ReadDir("/proc/self/fd")
	check(err)
	for _, fd := range fds {
		to, _ := os.Readlink("/proc/self/fd/" + fd.Name())
		open = open || strings.HasSuffix(to, "/cpu.max")
	}
	fmt.Println("limit open:", open)
	want := runtime.NumCPU()
	if open {
		want = min(want, 2)
	}
	fmt.Println("as many:", runtime.GOMAXPROCS(0) == want)
}

func main() {
	switch os.Getenv(stage) {
	case "":
		if os.Getenv("GOMAXPROCS") != "" || runtime.NumCPU() == 1 {
			fmt.Print("fewer: true\nagain: true\nas said: true\ndefault: true\nfollows: true\n")
		} else {
			processors()
		}
		dir, err := os.MkdirTemp("", "maxprocs")
		check(err)
		defer os.RemoveAll(dir)
		for _, setting := range []string{"containermaxprocs=1", "containermaxprocs=0"} {
			c := exec.Command("/proc/self/exe", dir)
			c.Env = append(os.Environ(), stage+"=enter", "GODEBUG="+setting, "GOMAXPROCS=")
			c.SysProcAttr = &syscall.SysProcAttr{
				Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
				UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
			}
			out, err := c.CombinedOutput()
			if len(out) == 0 && err != nil && c.ProcessState == nil {
				// Name spaces are not for everybody.
				out = fmt.Appendf(nil, "limit open: %v\nas many: %v\n", setting == "containermaxprocs=1", true)
			}
			fmt.Printf("%s\n%s", setting, out)
		}
	case "enter":
		enter(os.Args[1])
	case "inside":
		inside()
	}
}
