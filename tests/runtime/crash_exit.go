package main

import (
	"fmt"
	"os"
)

func main() {
	defer fmt.Println("not run")
	fmt.Fprintln(os.Stderr, "leaving")
	os.Exit(3)
}
