// Embedded files: embed as string, bytes and file system.
package main

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed note.txt
var note string

//go:embed note.txt
var raw []byte

//go:embed assets
var assets embed.FS

func main() {
	fmt.Print(note)
	fmt.Println(len(raw))
	err := fs.WalkDir(assets, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, _ := assets.ReadFile(p)
			fmt.Printf("%s: %s", p, b)
		}
		return err
	})
	fmt.Println(err)
}
