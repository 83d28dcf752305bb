module example/embedded

go 1.27
