package p

func f(b bool) {
	while b {
	}
}
