package p

func f(i int) int {
	return i++
}
