package main

import (
    "context"
    "fmt"
    "time"
)

func operation(ctx context.Context, duration time.Duration) error {
    select {
    case <-time.After(duration):
        return nil
    case <-ctx.Done():
        return ctx.Err()
    }
}

func main() {
    // 示例1：超时控制
    ctx1, cancel1 := context.WithTimeout(context.Background(), 2*time.Second)
    defer cancel1()
    
    if err := operation(ctx1, 1*time.Second); err != nil {
        fmt.Println("操作失败:", err)
    } else {
        fmt.Println("操作成功完成")
    }
    
    // 示例2：主动取消
    ctx2, cancel2 := context.WithCancel(context.Background())
    
    go func() {
        time.Sleep(500 * time.Millisecond)
        cancel2() // 主动取消
    }()
    
    if err := operation(ctx2, 2*time.Second); err != nil {
        fmt.Println("操作被取消:", err)
    }
}
