module example/collections

go 1.27
