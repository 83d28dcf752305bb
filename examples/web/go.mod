module example/web

go 1.27
