package p

var b boolean
