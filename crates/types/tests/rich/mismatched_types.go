package p

var a int = 1
var b float64 = 2
var c = a + b
