package main

func f(s []int, i int) int { return s[i] }

func main() {
	defer func() {
		r := recover()
		println("recovered")
		panic(r)
	}()
	f(make([]int, 2), 5)
}
