package main

func main() {
	defer func() {
		defer func() { recover() }()
	}()
	var e error
	_ = e.Error()
}
