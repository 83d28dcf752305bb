package p

func f() (int, error) { return 0, nil }

func g() {
	x := f()
	_ = x
}
