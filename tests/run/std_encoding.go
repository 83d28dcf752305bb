// Encodings: JSON, XML, gob, base64, hex, csv, binary.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"strings"
	"time"
)

type Item struct {
	ID    int               `json:"id" xml:"id,attr"`
	Name  string            `json:"name" xml:"name"`
	Tags  []string          `json:"tags,omitempty" xml:"tag"`
	Price float64           `json:"price" xml:"price"`
	Extra map[string]any    `json:"extra,omitempty" xml:"-"`
	Inner *Item             `json:"inner,omitempty" xml:"inner"`
	When  time.Time         `json:"when" xml:"when"`
	Attrs map[string]string `json:"-" xml:"-"`
}

type Temp float64

func (t Temp) MarshalText() ([]byte, error) { return []byte(fmt.Sprintf("%.1fC", float64(t))), nil }
func (t *Temp) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "%fC", (*float64)(t))
	return err
}

func main() {
	it := Item{1, "wid<get>", []string{"a", "b"}, 9.99, map[string]any{"k": []int{1, 2}, "a": nil, "z": true}, &Item{ID: 2, Name: "in"}, time.Date(2024, 2, 29, 12, 0, 0, 5000, time.UTC), nil}
	b, err := json.Marshal(it)
	fmt.Println(string(b), err)
	var back Item
	fmt.Println(json.Unmarshal(b, &back), back.Inner.Name, back.Extra["k"], back.When.Equal(it.When))
	b, _ = json.MarshalIndent(map[string]any{"t": Temp(21.55), "n": nil, "f": 1e21, "u": "\u2028é"}, "", "  ")
	fmt.Println(string(b))
	var x any
	err = json.Unmarshal([]byte(`{"a":[1,2.5,"s",null,{"b":true}]}`), &x)
	fmt.Println(x, err)
	var t struct{ T Temp }
	fmt.Println(json.Unmarshal([]byte(`{"t":"36.6C"}`), &t), t.T)
	err = json.Unmarshal([]byte(`{"id":"str"}`), &back)
	fmt.Println(err)
	err = json.Unmarshal([]byte(`{"id":1,}`), &back)
	fmt.Println(err)
	dec := json.NewDecoder(strings.NewReader(`{"id":5} {"id":6} [`))
	for {
		var i Item
		if err := dec.Decode(&i); err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(i.ID)
	}
	xb, err := xml.MarshalIndent(it, "", " ")
	fmt.Println(string(xb), err)
	var xi Item
	fmt.Println(xml.Unmarshal(xb, &xi), xi.Name, xi.Tags, xi.Inner.ID)
	var buf bytes.Buffer
	gob.Register([]int{})
	err = gob.NewEncoder(&buf).Encode(it)
	var gi Item
	fmt.Println(err, gob.NewDecoder(&buf).Decode(&gi), gi.Name, gi.Extra["k"], gi.Inner.ID)
	e := base64.StdEncoding.EncodeToString([]byte("hello, wörld"))
	d, err := base64.StdEncoding.DecodeString(e)
	fmt.Println(e, string(d), err, hex.EncodeToString([]byte("hex")))
	fmt.Print(hex.Dump([]byte("0123456789abcdefXYZ")))
	r := csv.NewReader(strings.NewReader("a,\"b \"\"q\"\"\",c\n1,2,3\n"))
	rec, err := r.ReadAll()
	fmt.Println(rec, err)
	w := csv.NewWriter(os.Stdout)
	w.Write([]string{"x,y", "q\"", ""})
	w.Flush()
	buf.Reset()
	binary.Write(&buf, binary.BigEndian, struct {
		A uint16
		B int32
		C [2]byte
	}{1, -2, [2]byte{3, 4}})
	fmt.Println(buf.Bytes(), binary.LittleEndian.Uint32([]byte{1, 2, 3, 4}), binary.AppendUvarint(nil, 300))
}
