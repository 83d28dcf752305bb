package main

type I interface{ M() }

func main() {
	var x any = struct{ a int }{1}
	x.(I).M()
}
