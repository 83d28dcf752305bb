package main

import "errors"

func main() {
	defer func() {
		defer func() {
			recover()
			panic("third")
		}()
		panic(errors.New("second"))
	}()
	panic("first")
}
