module example/textproc

go 1.27
