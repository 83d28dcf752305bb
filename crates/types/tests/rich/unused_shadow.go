package p

func f() (err error) {
	if true {
		err := g()
	}
	return err
}

func g() error { return nil }
