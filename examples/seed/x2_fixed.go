package main

import (
    "fmt"
    "sync"
)

// Job 表示工作任务
type Job struct {
    ID   int
    Data string
}

// Result 表示任务结果
type Result struct {
    Job Job
    Sum int
}

// Worker处理任务
func worker(id int, jobs <-chan Job, results chan<- Result, wg *sync.WaitGroup) {
    defer wg.Done()
    for job := range jobs {
        // 模拟任务处理
        sum := 0
        for _, c := range job.Data {
            sum += int(c)
        }
        results <- Result{Job: job, Sum: sum}
    }
}

func main() {
    numWorkers := 3
    numJobs := 10
    
    jobs := make(chan Job, numJobs)
    results := make(chan Result, numJobs)
    
    // 启动worker池
    var wg sync.WaitGroup
    for i := 1; i <= numWorkers; i++ {
        wg.Add(1)
        go worker(i, jobs, results, &wg)
    }
    
    // 发送任务
    go func() {
        for i := 1; i <= numJobs; i++ {
            jobs <- Job{ID: i, Data: fmt.Sprintf("task-%d", i)}
        }
        close(jobs)
    }()
    
    // 等待所有worker完成
    go func() {
        wg.Wait()
        close(results)
    }()
    
    // 收集结果
    for result := range results {
        fmt.Printf("Job %d result: %d\n", result.Job.ID, result.Sum)
    }
}
