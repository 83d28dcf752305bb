module example/reflection

go 1.27
