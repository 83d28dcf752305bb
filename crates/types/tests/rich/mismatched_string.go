package p

var n = 1
var s = "n = " + n
