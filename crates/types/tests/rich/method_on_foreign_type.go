package p

func (i int) double() int { return i * 2 }
