package main

func f(m map[string]int) { m["x"] = 1 }

func main() { f(nil) }
