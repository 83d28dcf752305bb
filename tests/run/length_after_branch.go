// A number becomes a length by slicing; before that it may be negative.
package main

import (
	"fmt"
	"strings"
)

func first(s string, n int) string {
	if n < 0 {
		return "negative"
	}
	t := s[:n]
	if len(t) > 0 {
		return string(t[0]) + t[n-1:]
	}
	return "empty"
}

func user(authority string) (string, string) {
	i := strings.LastIndex(authority, "@")
	if i < 0 {
		return "", authority
	}
	name := authority[:i]
	for k := 0; k < len(name); k++ {
		if name[k] == ':' {
			return name[:k], authority[i+1:]
		}
	}
	return name, authority[i+1:]
}

func main() {
	for _, n := range []int{-1, 0, 2, 3} {
		fmt.Println(first("abc", n))
	}
	fmt.Println(user("host"))
	fmt.Println(user("me:secret@host"))
	fmt.Println(user("@"))
}
