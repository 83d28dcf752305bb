package main

import (
	"errors"
	"fmt"
)

func main() {
	defer fmt.Println("deferred runs")
	panic(fmt.Errorf("outer: %w", errors.New("inner")))
}
