package p

func zero[T any]() (t T) { return }

var x = zero()
