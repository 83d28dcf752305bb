package p

var h = http.Client{}
