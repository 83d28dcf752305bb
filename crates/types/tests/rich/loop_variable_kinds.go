package p

func f(list []string) {
	for i, s := range list {
		var n string = i
		_, _ = n, s
	}
}
