package p

func length(s string) int { return len(s) }

var n = lenght("x")
