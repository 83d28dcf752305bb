package p

var l = []int{
	1,
	2
}
