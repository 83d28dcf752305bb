// Files and streams: os, io, bufio, path/filepath, compress/gzip, crypto/sha256, crypto/aes, encoding/hex, flag, io/fs.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "files:", err)
		os.Exit(1)
	}
}

func main() {
	set := flag.NewFlagSet("files", flag.ContinueOnError)
	lines := set.Int("lines", 1000, "lines to write")
	quiet := set.Bool("q", false, "")
	check(set.Parse([]string{"-lines=2000", "rest"}))
	fmt.Println(*lines, *quiet, set.Args())

	dir, err := os.MkdirTemp("", "example")
	check(err)
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "sub", "data.txt")
	check(os.MkdirAll(filepath.Dir(name), 0o755))
	f, err := os.Create(name)
	check(err)
	w := bufio.NewWriter(f)
	for i := range *lines {
		fmt.Fprintf(w, "line %d of the file\n", i)
	}
	check(w.Flush())
	check(f.Close())

	f, err = os.Open(name)
	check(err)
	sc := bufio.NewScanner(f)
	n, longest := 0, ""
	for sc.Scan() {
		n++
		if len(sc.Text()) > len(longest) {
			longest = sc.Text()
		}
	}
	f.Close()
	fmt.Println(n, longest)

	data, err := os.ReadFile(name)
	check(err)
	fmt.Println(hex.EncodeToString(sha256.New().Sum(nil))[:16], fmt.Sprintf("%x", sha256.Sum256(data)))

	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	_, err = zw.Write(data)
	check(err)
	check(zw.Close())
	zr, err := gzip.NewReader(&zipped)
	check(err)
	back, err := io.ReadAll(zr)
	check(err)
	fmt.Println(bytes.Equal(back, data), len(data))

	block, err := aes.NewCipher([]byte("sixteen byte key"))
	check(err)
	out := make([]byte, 16)
	block.Encrypt(out, []byte("exactly 16 bytes"))
	fmt.Println(hex.EncodeToString(out))
	gcm, err := cipher.NewGCM(block)
	check(err)
	sealed := gcm.Seal(nil, make([]byte, 12), []byte("secret"), nil)
	plain, err := gcm.Open(nil, make([]byte, 12), sealed, nil)
	fmt.Println(hex.EncodeToString(sealed), string(plain), err)

	_, err = os.Open(filepath.Join(dir, "missing"))
	var pe *fs.PathError
	fmt.Println(errors.Is(err, fs.ErrNotExist), errors.As(err, &pe), pe.Op)
	check(filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		fmt.Println(filepath.ToSlash(rel), d.IsDir())
		return err
	}))
	r := io.TeeReader(io.LimitReader(strings.NewReader("hello, reader"), 5), os.Stdout)
	_, err = io.Copy(io.Discard, r)
	fmt.Println("", err)
	pr, pw := io.Pipe()
	go func() {
		fmt.Fprint(pw, "through a pipe")
		pw.CloseWithError(io.ErrUnexpectedEOF)
	}()
	b, err := io.ReadAll(pr)
	fmt.Println(string(b), err)
}
