package files

import (
	"context"
	"errors"
	"io"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/chunk"
	"github.com/stanchsec/stanch/sources"
)

// hand reads r to its end and hands the documents over. The file was counted as
// found; size is how large it is thought to be. Pieces of a large file are handed to
// whoever is idle: offer takes a copy of one, or reports that nobody is. If expand is set
// it is asked first, with the beginning of the file, and does the whole work if it
// reports true. hand returns an error only if the walk is to end.
func hand(ctx context.Context, sink sources.Sink, split *chunk.Splitter, r io.Reader, at detector.Location,
	size int64, offer func(detector.Document) bool, expand func(head []byte) (bool, error),
) error {
	split.Reset(r)
	var found, done int64
	for {
		var doc detector.Document
		ok, err := split.Next(&doc)
		if ctx.Err() != nil { // it may be why reading ended, so doc may be cut off
			return ctx.Err()
		}
		if !ok {
			total := split.Consumed()
			if err != nil {
				skipRest(sink, at, err, total)
			}
			sink.Progress(sources.Progress{FilesDone: 1, BytesFound: total - found, BytesDone: total - done})
			return nil
		}
		if expand != nil {
			if yes, err := expand(doc.Data[:min(len(doc.Data), sources.ExpandHead)]); yes {
				sink.Progress(sources.Progress{FilesDone: 1})
				return err
			}
			expand = nil
		}
		doc.Location = at
		if !doc.Partial || !offer(doc) {
			if err := sink.Document(ctx, doc); err != nil {
				return err
			}
		}
		if !doc.Partial {
			continue
		}
		p := sources.Progress{BytesDone: split.Consumed() - done}
		done = split.Consumed()
		if found < max(size, done) {
			p.BytesFound = max(size, done) - found
			found = max(size, done)
		}
		sink.Progress(p)
	}
}

// skipRest notes that reading ended with err after n bytes.
func skipRest(sink sources.Sink, at detector.Location, err error, n int64) {
	why := reason(err)
	if n > 0 && !errors.Is(err, errGrown) {
		why = "only in part: " + why
	}
	sink.Skip(sources.Skip{Location: at, Reason: why, Incomplete: true})
}

// errGrown ends the reading of a file that has more bytes than it may have.
var errGrown = errors.New("only in part: it grew beyond the limit of size while the scan ran")

// expandOffer is how many bytes a document of an archive needs to be handed to another
// goroutine: less is looked through in no more time.
const expandOffer = 16 << 10

// offering is a sink that leaves documents to whoever is idle.
type offering struct {
	sources.Sink
	offer func(detector.Document) bool
}

func (o offering) Document(ctx context.Context, doc detector.Document) error {
	if len(doc.Data) >= expandOffer && o.offer(doc) {
		return nil
	}
	return o.Sink.Document(ctx, doc)
}
