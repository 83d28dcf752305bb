// Processes and signals: os/exec, os/signal, environment, exit codes.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	if os.Getenv("EXAMPLE_CHILD") != "" {
		fmt.Fprintln(os.Stderr, "child says", os.Args[1])
		os.Exit(3)
	}
	out, err := exec.Command("echo", "hello", "from", "echo").Output()
	fmt.Printf("%q %v\n", out, err)

	cmd := exec.Command("cat")
	cmd.Stdin = strings.NewReader("piped\n")
	var buf bytes.Buffer
	cmd.Stdout = &buf
	fmt.Println(cmd.Run(), buf.String() == "piped\n")

	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd = exec.Command(self, "boo")
	cmd.Env = append(os.Environ(), "EXAMPLE_CHILD=1")
	both, err := cmd.CombinedOutput()
	var ee *exec.ExitError
	fmt.Printf("%q %v %v\n", both, errors.As(err, &ee), ee.ExitCode())

	_, err = exec.LookPath("no-such-program-anywhere")
	fmt.Println(errors.Is(err, exec.ErrNotFound))

	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGUSR1)
	syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-ch)
	signal.Stop(ch)
	signal.Ignore(syscall.SIGUSR2)
	syscall.Kill(os.Getpid(), syscall.SIGUSR2)
	os.Setenv("A_B", "c")
	fmt.Println(os.ExpandEnv("$A_B ${A_B}"), os.Getpid() > 1)

	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		panic(err)
	}
	sleeper.Process.Kill()
	fmt.Println(sleeper.Wait())
}
