// Package chunk cuts what a reader yields into documents of bounded size.
//
// In goes an io.Reader of any length; out come [detector.Document] values without a
// location: one for what fits into the buffer, else pieces that overlap. Each piece
// owns a part of the text (its Fresh range). The parts tile the text exactly, and
// around each the piece holds as much context as the overlap asks for. Text in
// UTF-16 or UTF-32 comes out as UTF-8.
//
// # Positions
//
// Document.Offset counts the bytes of the file where it is scanned as it is; a byte
// order mark of UTF-8 is left out of Data and counted, so that the text begins at
// offset 3. For a transcoded file Offset counts the bytes of the UTF-8 text without
// the mark, since no byte of the file corresponds to each of them. Lines and columns
// are those of an editor in either case: the mark takes no column.
package chunk

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/text"
)

const (
	// DefaultSize is how many bytes a piece owns, about.
	DefaultSize = 4 << 20
	// DefaultOverlap is how many bytes of context a piece holds on each side.
	DefaultOverlap = 64 << 10
	// MinSize is the least size that [New] takes.
	MinSize = 16
)

// margin is room for what must not be cut: a character at either end.
const margin = 8

// decodeBuffer is how much is read at once from what is transcoded.
const decodeBuffer = 256 << 10

// maxEmptyReads is how often a reader may yield nothing and no error.
const maxEmptyReads = 100

// Splitter cuts one text after the other, in buffers that it allocates on first use
// and keeps. It is not safe for concurrent use.
type Splitter struct {
	size, overlap int

	buf   []byte // what documents are made of
	spare []byte // takes the undecoded head of what is transcoded
	n     int    // bytes in buf
	own   int    // index in buf of the first byte that no document owned yet

	raw   counter   // the reader given to Reset
	src   io.Reader // raw, or a decoder over it
	err   error     // what ended src; io.EOF at its end
	begun bool

	offset   int64 // of buf[0]
	pos      text.Position
	isBinary bool
}

// New returns a Splitter whose pieces own about size bytes and have overlap bytes of
// context on both sides, as far as the text goes. 0 means [DefaultSize] and
// [DefaultOverlap].
func New(size, overlap int) (*Splitter, error) {
	if size == 0 {
		size = DefaultSize
	}
	if overlap == 0 {
		overlap = DefaultOverlap
	}
	if size < MinSize {
		return nil, fmt.Errorf("chunk size %d: must be %d bytes or more", size, MinSize)
	}
	if overlap < 0 {
		return nil, fmt.Errorf("chunk overlap %d: must not be negative", overlap)
	}
	return &Splitter{size: size, overlap: overlap}, nil
}

// Reset begins a new text. A reader that returns io.EOF together with the last bytes
// is asked once less.
func (s *Splitter) Reset(r io.Reader) {
	if s.buf == nil {
		s.buf = make([]byte, s.size+2*s.overlap+margin)
	}
	s.raw = counter{r: r}
	s.src = &s.raw
	s.n, s.own, s.err, s.begun = 0, 0, nil, false
	s.offset, s.pos, s.isBinary = 0, text.Start, false
}

// Consumed returns how many bytes were read from the reader, before decoding.
func (s *Splitter) Consumed() int64 { return s.raw.n }

// Next fills doc with the next piece, all but its Location, and reports whether there
// was one. doc.Data is valid until the next call. An empty text has no piece.
//
// If the reader fails, what it yielded before is still handed out; its error comes
// with the false at the end.
func (s *Splitter) Next(doc *detector.Document) (bool, error) {
	partial := true
	switch {
	case !s.begun:
		s.begun = true
		s.fill()
		s.detect()
		partial = s.err == nil
	case s.err == nil:
		s.shift()
		s.fill()
	}
	if s.own == s.n {
		return false, s.failure()
	}

	*doc = detector.Document{
		Offset:      s.offset,
		FirstLine:   s.pos.Line,
		FirstColumn: s.pos.Column,
		Partial:     partial,
		Binary:      s.isBinary,
	}
	if !partial {
		doc.Data = s.buf[:s.n]
		s.own = s.n
		return true, nil
	}
	end, next := s.n, s.n
	if s.err == nil {
		end = text.Cut(s.buf, s.n)
		next = text.Cut(s.buf, end-s.overlap)
	}
	doc.Data = s.buf[:end]
	doc.Fresh = []detector.Range{{Start: s.own, End: next}}
	s.own = next
	return true, nil
}

// shift drops what neither is to be owned nor serves as context any more.
func (s *Splitter) shift() {
	drop := text.Cut(s.buf[:s.n], max(s.own-s.overlap, 0))
	s.pos.Advance(s.buf[:drop])
	s.offset += int64(drop)
	s.n = copy(s.buf, s.buf[drop:s.n])
	s.own -= drop
}

// fill reads until the buffer is full or the source ends.
func (s *Splitter) fill() {
	empty := 0
	for s.n < len(s.buf) && s.err == nil {
		var n int
		n, s.err = s.src.Read(s.buf[s.n:])
		s.n += n
		if n > 0 {
			empty = 0
		} else if empty++; empty == maxEmptyReads && s.err == nil {
			s.err = io.ErrNoProgress
		}
	}
}

// detect looks at the first bytes, takes the byte order mark away and, if need be,
// puts a decoder between.
func (s *Splitter) detect() {
	form := text.Detect(s.buf[:s.n])
	s.isBinary = form.Binary
	if form.Encoding == text.ASCII {
		if form.BOM > 0 {
			s.offset = int64(form.BOM)
			s.n = copy(s.buf, s.buf[form.BOM:s.n])
			s.fill()
		}
		return
	}
	if s.spare == nil {
		s.spare = make([]byte, len(s.buf))
	}
	s.buf, s.spare = s.spare, s.buf
	head := bytes.NewReader(s.spare[form.BOM:s.n])
	var tail io.Reader
	if s.err != nil {
		tail = failed{s.err}
	} else {
		tail = bufio.NewReaderSize(&s.raw, decodeBuffer) // decoders ask for 4 KiB at a time
	}
	s.src = text.NewReader(io.MultiReader(head, tail), form.Encoding)
	s.n, s.err = 0, nil
	s.fill()
}

// failure is the error that ended the text, nil if it just ended.
func (s *Splitter) failure() error {
	if s.err == io.EOF { // a wrapped one is an error
		return nil
	}
	return s.err
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// failed is a reader that yields nothing but an error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }
