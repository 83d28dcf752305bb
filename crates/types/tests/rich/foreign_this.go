package p

type T struct{ x int }

func (t T) f() int { return this.x }
