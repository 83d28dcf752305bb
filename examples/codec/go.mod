module example/codec

go 1.27
