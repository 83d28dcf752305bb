package p

import "strs"
