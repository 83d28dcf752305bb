module example/files

go 1.27
