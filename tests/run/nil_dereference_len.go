// The length of an array behind a pointer that a call gives: the pointer is looked at.
package main

import "fmt"

func f() *[4]int { return nil }

func try(name string, g func()) {
	defer func() { fmt.Println(name, recover()) }()
	g()
}

func main() {
	try("len", func() { _ = len(*f()) })
	try("cap", func() { _ = cap(*f()) })
	try("range", func() {
		for range *f() {
		}
	})
	try("len of pointer", func() { _ = len(f()) })
	var p *[4]int
	try("no call", func() { _ = len(*p) })
}
