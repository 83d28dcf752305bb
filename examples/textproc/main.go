// Text processing: fmt, strings, strconv, unicode/utf8, regexp, text/template, errors.
package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"unicode/utf8"
)

type record struct {
	Name  string
	Score int
	Tags  []string
}

var errBadLine = errors.New("bad line")

type lineError struct {
	Line int
	Err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *lineError) Unwrap() error { return e.Err }

func parse(text string) ([]record, error) {
	var out []record
	for i, line := range strings.Split(text, "\n") {
		name, rest, ok := strings.Cut(line, ":")
		if !ok {
			return out, &lineError{i + 1, errBadLine}
		}
		fields := strings.Fields(rest)
		n, err := strconv.Atoi(fields[0])
		if err != nil {
			return out, &lineError{i + 1, err}
		}
		out = append(out, record{strings.TrimSpace(name), n, fields[1:]})
	}
	return out, nil
}

func main() {
	rs, err := parse("alice: 31 go rust\nbob: 27 c\nżółw: 5")
	fmt.Println(len(rs), err)
	for _, r := range rs {
		fmt.Printf("%-6s|%4d|%q|%d runes\n", r.Name, r.Score, r.Tags, utf8.RuneCountInString(r.Name))
	}
	_, err = parse("ok: 1\nno colon here")
	var le *lineError
	fmt.Println(err, errors.Is(err, errBadLine), errors.As(err, &le) && le.Line == 2)
	_, err = parse("x: seven")
	fmt.Println(err, errors.Is(err, strconv.ErrSyntax))

	re := regexp.MustCompile(`(\w+)@(\w+)\.com`)
	fmt.Println(re.ReplaceAllString("mail bob@example.com and eve@test.com", "$2:$1"))
	fmt.Println(re.FindAllStringSubmatchIndex("a@b.com c@d.com", -1))

	t := template.Must(template.New("t").Funcs(template.FuncMap{"up": strings.ToUpper}).Parse(
		`{{range $i, $r := .}}{{if $i}}, {{end}}{{up $r.Name}}={{$r.Score}}{{with $r.Tags}} ({{len .}} tags){{end}}{{end}}
`))
	if err := t.Execute(os.Stdout, rs); err != nil {
		fmt.Println(err)
	}

	fmt.Printf("%v %+v %T %#v\n", rs[1], rs[1], rs[1], rs[1])
	fmt.Printf("%08.3f|%x|%X|%b|%o|%e|%g|%t|%c|%U|%p\n", 3.14159, "hi", []byte{1, 254}, 10, 64, 12345.678, 1e21, true, 'é', '⌘', nil)
	fmt.Println(strconv.Quote("tab\t\"q\" \x00 ☺"), strconv.FormatFloat(1.0/3, 'g', -1, 32), strconv.FormatInt(-255, 16))
	var a, b int
	n, err := fmt.Sscanf("7-9", "%d-%d", &a, &b)
	fmt.Println(n, err, a*b, strings.Repeat("=", 5), strings.Title("go lang"), strings.Map(func(r rune) rune {
		if r == 'o' {
			return -1
		}
		return r + 1
	}, "foo bar"))
}
