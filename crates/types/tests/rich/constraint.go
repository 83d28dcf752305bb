package p

func max2[T int | float64](a, b T) T { return a }

var x = max2("a", "b")
