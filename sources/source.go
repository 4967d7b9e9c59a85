// Package sources says what a source of documents is. The packages below it are
// the sources: files, git repositories, archives, build logs.
//
// A source walks what it was given and hands each piece of text to a [Sink], from
// as many goroutines as it was told to use. It knows nothing of rules or findings.
// What it cannot read it reports with [Sink.Skip] and goes on.
package sources

import (
	"context"

	"github.com/stanchsec/stanch/detector"
)

// Source yields the documents of one target.
type Source interface {
	// Walk hands every document to sink and returns when all are done. It returns
	// an error only if the target as a whole cannot be read, or ctx's error if ctx
	// was cancelled; trouble with single files goes to sink.Skip.
	Walk(ctx context.Context, sink Sink) error
}

// Sink takes what sources yield. Its methods are safe for concurrent use.
type Sink interface {
	// Document looks through one document. doc.Data belongs to the source again as
	// soon as it returns. An error ends the walk.
	Document(ctx context.Context, doc detector.Document) error

	// Skip notes something that was not looked through, or not all of it.
	Skip(Skip)

	// Progress says how much was found and how much of it is done since the last
	// call: files and bytes, as far as the source knows them by then.
	Progress(Progress)
}

// VersionSink is a Sink for sources that hold many versions of a text. Such a source has
// each version looked through by what is new in it, and reports what was found later,
// when it knows where the version stands.
type VersionSink interface {
	Sink

	// Version looks through a text that was made from another one; see
	// [detector.Detector.ScanVersion]. hits is nil if there is nothing to report at
	// whatever path. The results are good in spite of a [*detector.GaveUpError]; any other
	// error ends the walk.
	Version(ctx context.Context, doc detector.Document, base *detector.Memory, copies []detector.Copy) (
		m *detector.Memory, hits *detector.Hits, err error)

	// Judge tells what is to be reported of hits if their text stands at a place.
	Judge(hits *detector.Hits, at detector.Location) []detector.Sighting

	// Found reports those hits that keep wants. doc is the text, with its place.
	Found(ctx context.Context, doc detector.Document, hits *detector.Hits, keep func(detector.Sighting) bool) error

	// Note says something about the scan that a person should know, in one line.
	Note(text string)
}

// Skip is something that was not looked through.
type Skip struct {
	Location detector.Location
	// Reason says in a few words why: "permission denied", "socket".
	Reason string
	// Incomplete says that the user asked for it to be scanned and it could not be:
	// the run then exits with 3. A device in a folder is no such loss.
	Incomplete bool
}

// Progress counts work; all fields are increments.
type Progress struct {
	FilesFound, FilesDone int64
	BytesFound, BytesDone int64
}
