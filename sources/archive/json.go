package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
)

// maxJSON is how large a notebook or an image's configuration may be, in bytes, to be taken apart; a larger one is
// looked through as text.
const maxJSON = 64 << 20

// takeStrings shows the strings among the values of a JSON text to take, with the names and indexes that lead
// there; the path is valid during the call. It returns a copy of data with spaces in place of the strings for which
// take reported true, so that all else can be looked through where it stands and nothing twice.
func takeStrings(data []byte, take func(path []string, value string) bool) (rest []byte, err error) {
	rest = bytes.Clone(data)
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var path []string // the last element is that of the value to come
	type level struct {
		array bool
		n     int  // of values so far
		key   bool // a name comes next
	}
	var levels []level
	// begin is called before each value, end behind it.
	begin := func() {
		if n := len(levels); n > 0 && levels[n-1].array {
			path = append(path, strconv.Itoa(levels[n-1].n))
		}
	}
	end := func() {
		if n := len(levels); n > 0 {
			path = path[:len(path)-1]
			levels[n-1].n++
			levels[n-1].key = !levels[n-1].array
		}
	}
	for first := true; first || len(levels) > 0; first = false {
		from := int(d.InputOffset())
		token, err := d.Token()
		if err != nil {
			return nil, eofIsEarly(err)
		}
		if n := len(levels); n > 0 && levels[n-1].key {
			if name, ok := token.(string); ok {
				path = append(path, name)
				levels[n-1].key = false
				continue
			}
		}
		switch t := token.(type) {
		case json.Delim:
			if t == '[' || t == '{' {
				begin()
				levels = append(levels, level{array: t == '[', key: t == '{'})
				continue
			}
			levels = levels[:len(levels)-1]
		case string:
			begin()
			if take(path, t) {
				to := int(d.InputOffset())
				from += bytes.IndexByte(data[from:to], '"')
				for i := from + 1; i < to-1; i++ {
					rest[i] = ' '
				}
			}
		default:
			begin()
		}
		end()
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something else stands behind the end")
	}
	return rest, nil
}

// startsObject says that a JSON object may begin so.
func startsObject(head []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) }
