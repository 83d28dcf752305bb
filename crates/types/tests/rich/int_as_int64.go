package p

var n = 1
var m int64 = n
