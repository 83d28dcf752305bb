module example/numbers

go 1.27
