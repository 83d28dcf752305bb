package p

func add(a, b int) int { return a + b }

var x = add(1, 2, 3)
