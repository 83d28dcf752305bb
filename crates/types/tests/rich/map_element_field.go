package p

type T struct{ n int }

var m = map[string]T{}

func f() { m["a"].n = 1 }
