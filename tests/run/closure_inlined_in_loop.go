// A closure that is made anew on each turn of a loop sees what it captured on that turn, also where it is inlined into
// an inner loop.
package main

import (
	"fmt"
	"reflect"
)

type Addr interface{ String() string }
type IPAddr struct {
	IP   []byte
	Zone string
}

func (a *IPAddr) String() string { return fmt.Sprint(a.IP) }

type addrList []Addr

func (addrs addrList) partition(strategy func(Addr) bool) (primaries, fallbacks addrList) {
	var primaryLabel bool
	for i, addr := range addrs {
		label := strategy(addr)
		if i == 0 || label == primaryLabel {
			primaryLabel = label
			primaries = append(primaries, addr)
		} else {
			fallbacks = append(fallbacks, addr)
		}
	}
	return
}

func main() { run() }

//go:noinline
func run() {
	addrs := addrList{
		&IPAddr{IP: []byte{0}},
		&IPAddr{IP: []byte{1}},
		&IPAddr{IP: []byte{2}},
	}
	cases := []struct {
		lastByte  byte
		primaries addrList
		fallbacks addrList
	}{
		{0, addrList{addrs[0]}, addrList{addrs[1], addrs[2]}},
		{1, addrList{addrs[0], addrs[2]}, addrList{addrs[1]}},
		{2, addrList{addrs[0], addrs[1]}, addrList{addrs[2]}},
		{3, addrList{addrs[0], addrs[1], addrs[2]}, nil},
	}
	for i, tt := range cases {
		for _, invert := range []bool{false, true} {
			p, f := addrs.partition(func(a Addr) bool {
				ip := a.(*IPAddr).IP
				return (ip[len(ip)-1] == tt.lastByte) != invert
			})
			fmt.Println(i, invert, reflect.DeepEqual(p, tt.primaries), reflect.DeepEqual(f, tt.fallbacks))
		}
	}
}
