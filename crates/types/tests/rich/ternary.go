package p

func f(b bool) int {
	return b ? 1 : 2
}
