// reflect.Select reports a value for receives only.
package main

import (
	"fmt"
	"reflect"
)

func main() {
	for range 2 {
		a := make(chan int, 1)
		b := make(chan string, 3)
		close(b)
		var n chan int
		for range 4 {
			select {
			case <-a:
			default:
			}
			j, u, uok := reflect.Select([]reflect.SelectCase{
				{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(b)},
				{Dir: reflect.SelectDefault},
			})
			fmt.Print(j, u.IsValid(), uok, " ")
			i, v, ok := reflect.Select([]reflect.SelectCase{
				{Dir: reflect.SelectSend, Chan: reflect.ValueOf(a), Send: reflect.ValueOf(1)},
				{Dir: reflect.SelectRecv},
				{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(n)},
				{Dir: reflect.SelectSend, Chan: reflect.ValueOf(n), Send: reflect.ValueOf(1)},
			})
			fmt.Print(i, v.IsValid(), ok, " ")
		}
		fmt.Println()
	}
}
