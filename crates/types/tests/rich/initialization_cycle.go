package p

var a = b
var b = a
