package p

import "strs"

var x = strs.trim("x")
