package p

type T struct{ Name string }

func f(t T) string { return t.name }
