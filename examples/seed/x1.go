package main

import (
    "fmt"
    "runtime"
)

func main() {
    // 输出Go版本和架构
    fmt.Printf("Go Version: %s\n", runtime.Version())
    fmt.Printf("GOOS: %s, GOARCH: %s\n", runtime.GOOS, runtime.GOARCH)
    fmt.Printf("NumCPU: %d, GOMAXPROCS: %d\n", 
        runtime.NumCPU(), runtime.GOMAXPROCS(0))
    
    // 启动一个goroutine
    done := make(chan bool)
    go func() {
        fmt.Println("Hello from goroutine")
        done <- true
    }()
    <-done
    
    // 输出内存统计
    var m runtime.MemStats
    runtime.ReadMemStats(&m)
    fmt.Printf("Alloc: %v MB, TotalAlloc: %v MB, Sys: %v MB, NumGC: %v\n",
        m.Alloc/1024/1024, m.TotalAlloc/1024/1024, 
        m.Sys/1024/1024, m.NumGC)
}
