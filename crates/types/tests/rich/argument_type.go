package p

func f(s string) {}

func g(n int) { f(n) }
