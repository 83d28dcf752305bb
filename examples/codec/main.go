// Encodings: encoding/json both ways with tags and custom methods, encoding/base64, encoding/csv, encoding/xml, encoding/gob.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"strings"
	"time"
)

type level int

func (l level) MarshalText() ([]byte, error) { return []byte(fmt.Sprintf("L%d", int(l))), nil }
func (l *level) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "L%d", (*int)(l))
	return err
}

type entry struct {
	ID     int               `json:"id" xml:"id,attr"`
	Name   string            `json:"name,omitempty" xml:"name"`
	Level  level             `json:"level" xml:"level"`
	Labels map[string]string `json:"labels,omitempty" xml:"-"`
	When   time.Time         `json:"when" xml:"when"`
	Next   *entry            `json:"next,omitempty" xml:"next"`
	skip   int
}

func main() {
	e := entry{ID: 7, Name: "x<y>", Level: 3, Labels: map[string]string{"b": "2", "a": "1"}, When: time.Unix(1e9, 0).UTC(), Next: &entry{ID: 8}}
	b, err := json.Marshal(e)
	fmt.Println(string(b), err)
	var back entry
	fmt.Println(json.Unmarshal(b, &back), back.Level, back.Next.ID, back.Labels)
	var any1 any
	fmt.Println(json.Unmarshal([]byte(`{"a":[1,2.5,"s",null,true],"b":{"c":-1e3}}`), &any1), any1)
	err = json.Unmarshal([]byte(`{"id":"no"}`), &back)
	fmt.Println(err)
	err = json.Unmarshal([]byte(`{"id":1,}`), &back)
	fmt.Println(err)
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	enc.Encode(map[string]any{"z": 1, "a": []int{1, 2}})
	dec := json.NewDecoder(strings.NewReader(`{"id":1} {"id":2}`))
	for dec.More() {
		var x entry
		if err := dec.Decode(&x); err != nil {
			fmt.Println(err)
			break
		}
		fmt.Print(x.ID, " ")
	}
	fmt.Println()

	fmt.Println(base64.StdEncoding.EncodeToString([]byte("any carnal pleas")), base64.RawURLEncoding.EncodeToString([]byte{0xfb, 0xff}))
	rows, err := csv.NewReader(strings.NewReader("a,\"b \"\"q\"\"\",c\n1,2,3\n")).ReadAll()
	fmt.Printf("%q %v\n", rows, err)
	x, err := xml.Marshal(e.Next)
	fmt.Println(string(x), err)
	var buf bytes.Buffer
	fmt.Println(gob.NewEncoder(&buf).Encode(e))
	var g entry
	fmt.Println(gob.NewDecoder(&buf).Decode(&g), g.ID, g.Name, g.When.Equal(e.When), g.Next.ID)
}
