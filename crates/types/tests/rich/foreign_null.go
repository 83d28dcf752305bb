package p

var p *int = null
