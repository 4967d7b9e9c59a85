// Package gitstore reads the objects of a git repository straight from its files:
// packs with their indexes, loose objects, alternates. It needs no git.
//
// In goes the git directory; out come objects, one at a time by their id
// ([Store.Object]) or all of a pack as trees of deltas ([Pack.Forest]), from which
// each object can be had by inflating every byte once.
//
// Everything read is taken to be hostile: sizes are checked before memory is
// taken, offsets before they are followed, and what is damaged is an [*ObjectError]
// that names the object.
//
// It reads repositories with SHA-1 ids and packs of version 2. [Open] says with an
// [*UnsupportedError] when a repository is of another kind.
//
// The formats are those of git's own documentation: gitformat-pack(5),
// gitrepository-layout(5).
package gitstore

import (
	"encoding/hex"
	"errors"
	"fmt"
)

// ID is the SHA-1 id of an object.
type ID [20]byte

// String returns 40 lower-case hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether the id is all zeros, which names no object.
func (id ID) IsZero() bool { return id == ID{} }

// ParseID reads 40 hexadecimal digits.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 40 {
		return id, fmt.Errorf("object id %q: want 40 hexadecimal digits", s)
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, fmt.Errorf("object id %q: %w", s, err)
	}
	return id, nil
}

// Type is the type of an object.
type Type uint8

// The types, numbered as in packs.
const (
	Commit Type = 1
	Tree   Type = 2
	Blob   Type = 3
	Tag    Type = 4

	ofsDelta Type = 6
	refDelta Type = 7
)

// String returns git's name of the type.
func (t Type) String() string {
	switch t {
	case Commit:
		return "commit"
	case Tree:
		return "tree"
	case Blob:
		return "blob"
	case Tag:
		return "tag"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

func parseType(s string) (Type, bool) {
	for _, t := range []Type{Commit, Tree, Blob, Tag} {
		if s == t.String() {
			return t, true
		}
	}
	return 0, false
}

// MaxObject is the greatest size of an object that is built in memory, in bytes.
// git itself stores files of more than 512 MiB without deltas (core.bigFileThreshold),
// and such can be read piece by piece.
const MaxObject = 1 << 30

// ErrNotFound says that the repository has no object of that id.
var ErrNotFound = errors.New("no such object")

// UnsupportedError says that a repository is of a kind that the package does not
// read.
type UnsupportedError struct{ Reason string }

func (e *UnsupportedError) Error() string { return "not read natively: " + e.Reason }

// ObjectError says that an object is damaged, or one that it builds on.
type ObjectError struct {
	ID   ID     // zero if the damage hides it
	File string // the pack or loose object
	Err  error
}

func (e *ObjectError) Error() string {
	if e.ID.IsZero() {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("object %s in %s: %v", e.ID, e.File, e.Err)
}

func (e *ObjectError) Unwrap() error { return e.Err }
