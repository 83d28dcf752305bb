package p

var s = "1"
var n int = s
