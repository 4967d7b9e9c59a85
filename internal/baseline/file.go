package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/atomicfile"
	"github.com/stanchsec/stanch/internal/readfile"
)

// maxSize is the size in bytes above which a file is refused: some million entries.
const maxSize = 256 << 20

// Load reads a baseline file. Errors name the file and, where it is about the content,
// line and column. A file that is not there gives an error that is [fs.ErrNotExist].
func Load(path string) (*Baseline, error) {
	data, err := readfile.Regular(path, maxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("baseline %s is not there: create it with \"stanch baseline create\": %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	return Parse(path, data)
}

// Parse reads the content of a baseline file; file is how errors name it.
func Parse(file string, data []byte) (*Baseline, error) {
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s: is no UTF-8, so it is no baseline", file)
	}
	p := parser{file: file, data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.DisallowUnknownFields()
	if err := p.valid(); err != nil {
		return nil, err
	}
	return p.baseline()
}

// parser reads one file.
type parser struct {
	file string
	data []byte
	dec  *json.Decoder
}

// valid reports what is no JSON. The decoder that reads token by token would too, but
// not at the right place.
func (p *parser) valid() error {
	var raw json.RawMessage
	err := json.Unmarshal(p.data, &raw)
	if err == nil {
		return nil
	}
	if i := p.conflict(); i >= 0 {
		return p.errorf(i, "there is an unresolved merge conflict: keep the lines of both sides")
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("%s: %w", p.file, err)
	}
	if int(syntax.Offset) >= len(p.data) && strings.HasPrefix(syntax.Error(), "unexpected end") {
		return p.errorf(len(p.data), "the file ends too early")
	}
	return p.errorf(int(syntax.Offset)-1, "%s", syntax)
}

func (p *parser) baseline() (*Baseline, error) {
	start := p.next()
	if tok, err := p.dec.Token(); err != nil {
		return nil, p.wrong(start, err)
	} else if tok != json.Delim('{') {
		return nil, p.errorf(start, "a baseline is a JSON object that begins with \"{\"")
	}
	b := &Baseline{}
	version := 0
	for p.dec.More() {
		at := p.next()
		tok, err := p.dec.Token()
		if err != nil {
			return nil, p.wrong(at, err)
		}
		key, _ := tok.(string) // a key is always a string
		if key == "version" {
			at = p.next()
			if err := p.dec.Decode(&version); err != nil {
				return nil, p.wrong(at, err)
			}
			if version != Version {
				return nil, p.errorf(at, "version is %d, this stanch reads %d: use the one that wrote the file", version, Version)
			}
			continue
		}
		e, err := p.entry(at, key)
		if err != nil {
			return nil, err
		}
		b.add(e)
	}
	if _, err := p.dec.Token(); err != nil { // the closing brace
		return nil, p.wrong(p.next(), err)
	}
	if version == 0 {
		return nil, p.errorf(start, "\"version\" is missing: this is no baseline of stanch")
	}
	return b, nil
}

// entry reads the value of a key that is at the offset at.
func (p *parser) entry(at int, key string) (Entry, error) {
	fingerprint, err := detector.ParseFingerprint(key)
	if err != nil {
		// What stands there may be a secret that somebody took for the fingerprint.
		return Entry{}, p.errorf(at, "a key is neither \"version\" nor a fingerprint of 32 hexadecimal digits")
	}
	at = p.next()
	e := Entry{}
	if err := p.dec.Decode(&e); err != nil {
		if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return Entry{}, p.errorf(at, "unknown key %s: want rule, since, note", field)
		}
		return Entry{}, p.wrong(at, err)
	}
	e.Fingerprint = fingerprint
	if e.Rule == "" {
		return Entry{}, p.errorf(at, "the entry lacks its rule")
	}
	if _, err := time.Parse(time.DateOnly, e.Since); err != nil && e.Since != "" {
		return Entry{}, p.errorf(at, "since is no date: want YYYY-MM-DD")
	}
	return e, nil
}

// next is the offset of the next token.
func (p *parser) next() int {
	i := int(p.dec.InputOffset())
	for i < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[i]) >= 0 {
		i++
	}
	return i
}

// errorf makes an error about what stands at an offset.
func (p *parser) errorf(offset int, format string, args ...any) error {
	before := p.data[:min(offset, len(p.data))]
	line := bytes.Count(before, []byte("\n")) + 1
	col := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Errorf("%s:%d:%d: %s", p.file, line, col, fmt.Sprintf(format, args...))
}

// wrong makes an error of one of the decoder's about what begins at an offset.
func (p *parser) wrong(at int, err error) error {
	var wrongType *json.UnmarshalTypeError
	if !errors.As(err, &wrongType) {
		return p.errorf(at, "%v", err)
	}
	what := wrongType.Field
	if what == "" {
		what = "the value"
	}
	return p.errorf(at, "%s has the wrong type: it is %s", what, article(wrongType.Value))
}

func article(kind string) string {
	if strings.HasPrefix(kind, "a") || strings.HasPrefix(kind, "o") {
		return "an " + kind
	}
	return "a " + kind
}

// conflict is the offset of the first conflict marker of git, -1 if there is none.
func (p *parser) conflict() int {
	if bytes.HasPrefix(p.data, []byte("<<<<<<< ")) {
		return 0
	}
	if i := bytes.Index(p.data, []byte("\n<<<<<<< ")); i >= 0 {
		return i + 1
	}
	return -1
}

// WriteFile writes the baseline's file, if its content changes: as a whole or not at
// all, so that a run that is cut short leaves the old one.
func (b *Baseline) WriteFile(path string) error {
	data := b.Encode()
	if old, err := readfile.Regular(path, maxSize); err == nil && bytes.Equal(old, data) {
		return nil
	}
	err := atomicfile.Write(path, 0o644, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("write baseline %s: %w", path, err)
	}
	return nil
}
