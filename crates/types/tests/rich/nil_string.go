package p

var s string = nil
