package p

var x = frobnicate()
