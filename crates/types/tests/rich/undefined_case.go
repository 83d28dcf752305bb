package p

func f() {
	count := 1
	println(Count)
}
