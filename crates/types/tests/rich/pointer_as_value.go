package p

type T struct{}

func f(t T) {}

func g(p *T) { f(p) }
