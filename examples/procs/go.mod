module example/procs

go 1.27
