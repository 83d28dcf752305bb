package p

type T struct{ Name string }

var t = T{name: "x"}
