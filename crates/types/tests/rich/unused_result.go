package p

func g(a, b int) { a + b }
