package p

import "strs"

var x = strs.Trimm("x")
