module example/logging

go 1.27
