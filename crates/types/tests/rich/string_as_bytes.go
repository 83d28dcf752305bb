package p

var s = "1"
var b []byte = s
