//! Concurrent programs whose output does not depend on the order in which goroutines run: pipelines of random stages over
//! channels, locks, timers, contexts, pools and coroutines, each ending in sums; and an end, which may be a crash.
//!
//! A stage takes `<-chan int` and gives one, and does the same to the multiset of numbers whatever the schedule. What is
//! printed of a pipeline is count, sum and exclusive or of what comes out.

use crate::rng::Rng;
use std::fmt::Write;

const PRELUDE: &str = r#"package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ballast makes garbage and reaches deep into the stack.
func ballast(n, depth int) int {
	b := make([]*int, n&15+1)
	for i := range b {
		b[i] = new(int)
		*b[i] = n + i
	}
	if depth > 0 {
		return ballast(n+1, depth-1) - *b[0] + n
	}
	return *b[len(b)-1] - len(b) + 1
}

func source(n, capacity int) <-chan int {
	c := make(chan int, capacity)
	go func() {
		defer close(c)
		for i := range n {
			c <- i
		}
	}()
	return c
}

func drain(name string, in <-chan int) {
	count, sum, x := 0, 0, 0
	for v := range in {
		count++
		sum += v
		x ^= v * 31
	}
	fmt.Println(name, count, sum, x)
}

type box struct {
	v    int
	next *box
}

var _ = []any{context.Background, errors.New, fmt.Sprint, iter.Pull[int], os.Exit, runtime.GC, slices.Sort[[]int], sync.OnceFunc, atomic.AddInt64, time.Now}

"#;

/// How a stage's body is written: `@A` and `@B` are random numbers from 1, `@F(x)` a pure function of x, `@N` the stage's name.
const STAGES: &[&str] = &[
    // Workers that share an input and an output.
    "	out := make(chan int, @C)
	var wg sync.WaitGroup
	for range @W {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for v := range in {
				out <- @F(v)
			}
		}()
	}
	go func() { wg.Wait(); close(out) }()
	return out
",
    // wg.Go, and a goroutine for each number, bounded by a semaphore.
    "	out := make(chan int, @C)
	go func() {
		defer close(out)
		var wg sync.WaitGroup
		sem := make(chan struct{}, @W)
		for v := range in {
			sem <- struct{}{}
			wg.Go(func() {
				defer func() { <-sem }()
				out <- @F(v)
			})
		}
		wg.Wait()
	}()
	return out
",
    // Split by remainder over several channels, join by select.
    "	a, b, c := make(chan int, @C), make(chan int), make(chan int, 1)
	out := make(chan int, @C)
	go func() {
		for v := range in {
			switch v % 3 {
			case 0:
				a <- v
			case 1:
				b <- v
			default:
				c <- v
			}
		}
		close(a)
		close(b)
		close(c)
	}()
	go func() {
		defer close(out)
		a, b, c := a, b, c
		for a != nil || b != nil || c != nil {
			select {
			case v, ok := <-a:
				if !ok {
					a = nil
					continue
				}
				out <- @F(v)
			case v, ok := <-b:
				if !ok {
					b = nil
					continue
				}
				out <- v + @A
			case v, ok := <-c:
				if !ok {
					c = nil
					continue
				}
				out <- v ^ @B
			}
		}
	}()
	return out
",
    // A queue of our own, with conditions.
    "	out := make(chan int, @C)
	var (
		mu    sync.Mutex
		queue []int
		done  bool
	)
	notEmpty, notFull := sync.NewCond(&mu), sync.NewCond(&mu)
	go func() {
		for v := range in {
			mu.Lock()
			for len(queue) >= @W {
				notFull.Wait()
			}
			queue = append(queue, v)
			notEmpty.Signal()
			mu.Unlock()
		}
		mu.Lock()
		done = true
		notEmpty.Broadcast()
		mu.Unlock()
	}()
	var left atomic.Int32
	left.Store(@W)
	for range @W {
		go func() {
			defer func() {
				if left.Add(-1) == 0 {
					close(out)
				}
			}()
			for {
				mu.Lock()
				for len(queue) == 0 && !done {
					notEmpty.Wait()
				}
				if len(queue) == 0 {
					mu.Unlock()
					return
				}
				v := queue[0]
				queue = queue[1:]
				notFull.Signal()
				mu.Unlock()
				out <- @F(v)
			}
		}()
	}
	return out
",
    // Panics, recovered by whoever is above, and runtime errors.
    "	out := make(chan int, @C)
	try := func(v int) (r int) {
		defer func() {
			switch e := recover().(type) {
			case nil:
			case runtime.Error:
				r = len(e.Error()) + v
			case error:
				r = v + @B
			default:
				r = e.(int) ^ @A
			}
		}()
		switch v % 7 {
		case 0:
			panic(v)
		case 1:
			var p *box
			return p.v
		case 2:
			return []int{v}[v&1+1]
		case 3:
			panic(errors.New(\"e\"))
		case 4:
			defer func() { panic(recover().(int) + 1) }()
			panic(v)
		case 5:
			return v / (v % 7 - 5)
		}
		return @F(v)
	}
	var wg sync.WaitGroup
	for range @W {
		wg.Go(func() {
			for v := range in {
				out <- try(v)
			}
		})
	}
	go func() { wg.Wait(); close(out) }()
	return out
",
    // Goexit runs what is deferred.
    "	out := make(chan int, @C)
	go func() {
		defer close(out)
		for v := range in {
			ended := make(chan int)
			go func() {
				defer close(ended)
				defer func() { ended <- @F(v) }()
				if v&1 == 0 {
					runtime.Goexit()
				}
			}()
			for r := range ended {
				out <- r
			}
		}
	}()
	return out
",
    // A pool of boxes, a sync.Map and an ordinary map with a lock.
    "	out := make(chan int, @C)
	var (
		seen sync.Map
		mu   sync.RWMutex
		last = map[int]int{}
		pool = sync.Pool{New: func() any { return new(box) }}
		wg   sync.WaitGroup
	)
	for range @W {
		wg.Go(func() {
			for v := range in {
				b := pool.Get().(*box)
				b.v = @F(v)
				n, _ := seen.LoadOrStore(b.v&31, new(atomic.Int64))
				n.(*atomic.Int64).Add(1)
				mu.Lock()
				last[b.v&15]++
				mu.Unlock()
				mu.RLock()
				_ = last[v&15]
				mu.RUnlock()
				r := b.v
				b.next = nil
				pool.Put(b)
				out <- r
			}
		})
	}
	go func() {
		wg.Wait()
		seen.Range(func(k, n any) bool {
			out <- k.(int)*1000 + int(n.(*atomic.Int64).Load())
			return true
		})
		for k, n := range last {
			out <- k*100000 + n
		}
		close(out)
	}()
	return out
",
    // Coroutines.
    "	out := make(chan int, @C)
	go func() {
		defer close(out)
		next, stop := iter.Pull(func(yield func(int) bool) {
			for v := range in {
				if !yield(@F(v)) {
					return
				}
			}
		})
		defer stop()
		for {
			v, ok := next()
			if !ok {
				return
			}
			out <- v
			if w, ok := next(); ok {
				out <- w
			}
		}
	}()
	return out
",
    // Contexts: values, a cancellation that reaches everybody, a deadline that nobody meets.
    "	out := make(chan int, @C)
	ctx, cancel := context.WithCancelCause(context.WithValue(context.Background(), \"k\", @A))
	timed, cancelTimed := context.WithTimeout(ctx, time.Hour)
	var wg, waiting sync.WaitGroup
	for range @W {
		waiting.Go(func() {
			<-timed.Done()
			out <- len(context.Cause(timed).Error())
		})
		wg.Go(func() {
			for {
				select {
				case v, ok := <-in:
					if !ok {
						return
					}
					out <- @F(v) + timed.Value(\"k\").(int)
				case <-timed.Done():
					panic(\"too early\")
				}
			}
		})
	}
	go func() {
		wg.Wait()
		cancel(errors.New(\"enough\"))
		waiting.Wait()
		cancelTimed()
		close(out)
	}()
	return out
",
    // Timers and tickers.
    "	out := make(chan int, @C)
	go func() {
		defer close(out)
		tick := time.NewTicker(20 * time.Microsecond)
		defer tick.Stop()
		never := time.NewTimer(time.Hour)
		n := 0
		for v := range in {
			if n < @W {
				<-tick.C
			}
			n++
			fired := make(chan int, 1)
			switch v % 5 {
			case 0:
				time.AfterFunc(time.Duration(v%9)*time.Microsecond, func() { fired <- @F(v) })
			case 1:
				if !never.Stop() {
					panic(\"fired\")
				}
				never.Reset(time.Hour)
				fired <- v
			case 2:
				select {
				case <-time.After(time.Microsecond):
					fired <- v + @A
				case <-never.C:
					panic(\"never\")
				}
			default:
				fired <- v
			}
			out <- <-fired
		}
	}()
	return out
",
    // Rendezvous with a goroutine for each number through a channel of channels; a locked thread now and then.
    "	out := make(chan int, @C)
	requests := make(chan chan int)
	go func() {
		if @A&1 == 0 {
			runtime.LockOSThread()
		}
		for r := range requests {
			v := <-r
			r <- @F(v)
			close(r)
		}
	}()
	go func() {
		defer close(out)
		defer close(requests)
		for v := range in {
			r := make(chan int)
			requests <- r
			r <- v
			w := <-r
			_, ok := <-r
			if ok {
				panic(\"open\")
			}
			out <- w
		}
	}()
	return out
",
    // Garbage, deep stacks, collections; objects whose cleanups are counted.
    "	out := make(chan int, @C)
	go func() {
		defer close(out)
		var cleaned atomic.Int64
		made := int64(0)
		for v := range in {
			if v%8 == 0 {
				b := &box{v, nil}
				runtime.AddCleanup(b, func(int) { cleaned.Add(1) }, v)
				made++
			}
			out <- @F(ballast(v, v&31))
		}
		for cleaned.Load() < made {
			runtime.GC()
		}
		out <- int(cleaned.Load())
	}()
	return out
",
    // Once and its functions.
    "	out := make(chan int, @C)
	var once sync.Once
	var base int
	value := sync.OnceValue(func() int { return ballast(@A, 3) })
	var wg sync.WaitGroup
	for range @W {
		wg.Go(func() {
			for v := range in {
				once.Do(func() { runtime.Gosched(); base = @B })
				out <- @F(v) + base + value()
			}
		})
	}
	go func() { wg.Wait(); close(out) }()
	return out
",
    // A tree of goroutines that sums by fork and join.
    "	out := make(chan int, @C)
	go func() {
		defer close(out)
		var all []int
		for v := range in {
			all = append(all, v)
		}
		var sum func(s []int) int
		sum = func(s []int) int {
			if len(s) <= @W {
				t := 0
				for _, v := range s {
					t += @F(v)
				}
				return t
			}
			left := make(chan int)
			go func() { left <- sum(s[:len(s)/2]) }()
			right := sum(s[len(s)/2:])
			return right + <-left
		}
		out <- sum(all)
		slices.Sort(all)
		for _, v := range all {
			out <- v
		}
	}()
	return out
",
    // Sends and receives in one select: neighbours pass numbers on in a ring until they have gone round.
    "	out := make(chan int, @C)
	ring := make([]chan [2]int, @W)
	for i := range ring {
		ring[i] = make(chan [2]int, 1)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range ring {
		wg.Go(func() {
			var next chan [2]int
			var held [2]int
			from := ring[i]
			for {
				select {
				case m := <-from:
					m[0]--
					if m[0] <= 0 {
						out <- @F(m[1])
						continue
					}
					held, next, from = m, ring[(i+1)%len(ring)], nil
				case next <- held:
					next, from = nil, ring[i]
				case <-stop:
					return
				}
			}
		})
	}
	res := make(chan int, @C)
	go func() {
		defer close(res)
		n := 0
		for v := range in {
			ring[v%len(ring)] <- [2]int{v%5 + 1, v}
			res <- <-out
			n++
		}
		close(stop)
		wg.Wait()
		res <- n
	}()
	return res
",
];

const FUNCTIONS: &[&str] =
    &["(x + @A)", "(x ^ @A)", "(x*@B + @A)", "ballast(x, @S)", "(x - @B)", "(x*x%1009 + @A)", "(-x)"];

/// Last words of main.
const ENDS: &[&str] = &[
    "",
    "",
    "",
    "",
    "	os.Exit(@S)\n",
    "	panic(fmt.Sprint(\"end \", @A))\n",
    "	panic(errors.New(\"end\"))\n",
    "	var wg sync.WaitGroup\n	wg.Add(-1)\n",
    "	var mu sync.Mutex\n	mu.Unlock()\n",
    "	c := make(chan int)\n	close(c)\n	close(c)\n",
    "	c := make(chan int, 1)\n	close(c)\n	c <- 1\n",
    "	var m map[int]int\n	m[@A] = 1\n",
    "	go func() { panic(@A) }()\n	select {}\n",
    "	defer func() { panic(recover().(string) + \" again\") }()\n	panic(\"once\")\n",
    "	var p *box\n	go func() { defer fmt.Println(\"deferred\"); p.v++ }()\n	select {}\n",
    "	var f func(int) int\n	f = func(n int) int { return f(n+1) + 1 }\n	defer func() { recover() }()\n	fmt.Println(f(0))\n",
];

/// The same where nobody is left to run. gc does not see that while a timer is in its heap, even one that was stopped.
const DEADLOCKS: &[&str] = &[
    "	select {}\n",
    "	<-make(chan int)\n",
    "	defer fmt.Println(\"deferred\")\n	runtime.Goexit()\n",
    "	var mu sync.RWMutex\n	mu.RLock()\n	mu.Lock()\n",
];

/// The program of a seed.
pub fn program(seed: u64) -> String {
    let mut r = Rng::new(seed);
    let mut out = PRELUDE.to_owned();
    let n = 3 + r.below(5);
    for k in 0..n {
        let body = *r.pick(STAGES);
        let f = *r.pick(FUNCTIONS);
        let f = fill(f, &mut r);
        let _ = write!(out, "func f{k}(x int) int {{ return {f} }}\n\n");
        let body = body.replace("@F", &format!("f{k}"));
        let body = fill(&body, &mut r);
        let _ = write!(out, "func stage{k}(in <-chan int) <-chan int {{\n{body}}}\n\n");
    }
    out.push_str("func main() {\n");
    let lines = 2 + r.below(3);
    for p in 0..lines {
        // The last stages' values must stay small enough for indices taken from them: remainders of negative numbers are the
        // stages' affair, so each begins with a number that is not negative.
        let mut e = format!("source({}, {})", 5 + r.below(60), r.below(4));
        for _ in 0..1 + r.below(4) {
            e = format!("stage{}(positive({e}))", r.below(n));
        }
        let line = format!("drain(\"p{p}\", {e})");
        match r.below(3) {
            // Several at once, their output in order.
            0 => {
                let _ = writeln!(
                    out,
                    "\t{{\n\t\tdone := make(chan bool)\n\t\tgo func() {{ defer close(done); {line} }}()\n\t\t<-done\n\t}}"
                );
            }
            _ => {
                let _ = writeln!(out, "\t{line}");
            }
        }
    }
    let ends = if r.one_in(5) && !out.contains("time.Hour") { DEADLOCKS } else { ENDS };
    let end = ends[r.below(ends.len())];
    let end = fill(end, &mut r);
    out.push_str(&end);
    out.push_str("}\n\nfunc positive(in <-chan int) <-chan int {\n\tout := make(chan int)\n\tgo func() {\n\t\tdefer close(out)\n\t\tfor v := range in {\n\t\t\tout <- v & 0xfffff\n\t\t}\n\t}()\n\treturn out\n}\n");
    out
}

/// Puts numbers in the places that ask for some, a new one each time but for the workers of a stage, which are one number.
fn fill(text: &str, r: &mut Rng) -> String {
    let workers = 1 + r.below(5);
    let mut out = String::new();
    let mut parts = text.split('@');
    out.push_str(parts.next().unwrap_or(""));
    for part in parts {
        let (what, rest) = part.split_at(1);
        let n = match what {
            "W" => workers,
            "C" => [0, 0, 1, 2, 10][r.below(5)],
            "S" => r.below(20),
            _ => 1 + r.below(500),
        };
        let _ = write!(out, "{n}{rest}");
    }
    out
}

#[cfg(test)]
mod tests {
    /// The same seed is the same program, and nothing is left to fill in.
    #[test]
    fn filled_in() {
        for seed in 0..200 {
            let p = super::program(seed);
            assert!(!p.contains('@'), "seed {seed}");
            assert_eq!(p, super::program(seed));
        }
    }
}
