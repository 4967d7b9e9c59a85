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
