package p

type T struct{}

func f(p *T) {}

func g(t T) { f(t) }
