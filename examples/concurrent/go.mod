module example/concurrent

go 1.27
