// debug.WriteHeapDump writes records of the documented form, with the program's objects among them.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
)

type node struct {
	text *[64]byte
	next *node
}

var list *node

type reader struct {
	*bufio.Reader
}

func (r reader) num() uint64 {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		panic(err)
	}
	return n
}

func (r reader) bytes() []byte {
	b := make([]byte, r.num())
	if _, err := io.ReadFull(r, b); err != nil {
		panic(err)
	}
	return b
}

// fields reads offsets of pointers up to the end of the list.
func (r reader) fields() (offsets []uint64) {
	for {
		switch r.num() {
		case 0:
			return offsets
		case 1, 2, 3:
			offsets = append(offsets, r.num())
		default:
			panic("kind of field")
		}
	}
}

func main() {
	for i := range 3 {
		t := new([64]byte)
		copy(t[:], fmt.Sprintf("text number %d", i))
		list = &node{t, list}
	}
	f, err := os.CreateTemp("", "heapdump")
	if err != nil {
		panic(err)
	}
	defer os.Remove(f.Name())
	wait := make(chan bool)
	go func() { <-wait }()
	runtime.Gosched()
	debug.WriteHeapDump(f.Fd())
	f.Seek(0, 0)
	r := reader{bufio.NewReader(f)}
	head, _ := r.ReadString('\n')
	fmt.Print(head)
	texts, nodes, goroutines, frames, threads, roots := 0, 0, 0, 0, 0, 0
	addr := map[uint64]bool{}
	type object struct {
		data []byte
		ptrs []uint64
	}
	var withPointers []object
	for {
		tag := r.num()
		switch tag {
		case 0:
			for _, o := range withPointers {
				// A node points to a text and, but for the last, to a node.
				if len(o.data) == 16 && len(o.ptrs) > 0 && o.ptrs[0] == 0 && addr[binary.LittleEndian.Uint64(o.data)] {
					nodes++
				}
			}
			_, err := r.ReadByte()
			fmt.Println("texts:", texts, "nodes:", nodes, "end:", err)
			fmt.Println(goroutines > 1, frames > 2, threads > 0, roots)
			return
		case 1:
			a, data := r.num(), r.bytes()
			ptrs := r.fields()
			if bytes.HasPrefix(data, []byte("text number ")) && len(data) == 64 {
				texts++
				addr[a] = true
			}
			if len(ptrs) != 0 {
				withPointers = append(withPointers, object{data, ptrs})
			}
		case 2:
			r.bytes()
			r.num()
		case 3:
			r.num()
			r.num()
			r.bytes()
			r.num()
		case 4:
			for range 8 {
				r.num()
			}
			r.bytes()
			for range 4 {
				r.num()
			}
			goroutines++
		case 5:
			for range 3 {
				r.num()
			}
			r.bytes()
			for range 3 {
				r.num()
			}
			r.bytes()
			r.fields()
			frames++
		case 6:
			for range 4 {
				r.num()
			}
			r.bytes()
			r.bytes()
			r.num()
		case 7, 11:
			for range 5 {
				r.num()
			}
		case 8:
			r.num()
			r.num()
		case 9:
			for range 3 {
				r.num()
			}
			threads++
		case 10:
			for range 24 + 256 + 1 {
				r.num()
			}
		case 12, 13:
			r.num()
			r.bytes()
			r.fields()
			roots++
		case 14:
			for range 7 {
				r.num()
			}
		case 15:
			for range 6 {
				r.num()
			}
		case 16:
			r.num()
			r.num()
			for range r.num() {
				r.bytes()
				r.bytes()
				r.num()
			}
			r.num()
			r.num()
		case 17:
			r.num()
			r.num()
		default:
			panic(fmt.Sprint("tag ", tag))
		}
	}
}
