package main

var s []int

// So small that it is inlined into what calls it.
func main() { s[3] = 1 }
