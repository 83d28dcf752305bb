package main

var x = f()

func f() int { panic("in initialiser") }

func main() { println(x) }
