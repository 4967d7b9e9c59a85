package respond

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/stanchsec/stanch/detector"
)

// Event is what an entry of the journal tells.
type Event string

// The events, in the order in which they happen to one credential.
const (
	// Begun: the act is about to happen; whatever comes next in the journal, it may have.
	Begun Event = "begun"
	// Acted: the provider answered as it does when the act is done.
	Acted Event = "acted"
	// Refused: the provider answered otherwise, or nothing reached it: the act did not
	// happen and may be tried again.
	Refused Event = "refused"
	// Doubtful: the act may or may not have happened. It is not repeated.
	Doubtful Event = "doubtful"
	// Confirmed: the credential was asked about afterwards, and is dead.
	Confirmed Event = "confirmed"
	// StillLive: it was asked about afterwards, and was live as long as was waited.
	StillLive Event = "still-live"
	// WasDead: it was dead before anything was done.
	WasDead Event = "was-dead"
	// Undone: the act was taken back.
	Undone Event = "undone"
)

// Entry is a line of the journal.
type Entry struct {
	// Seq counts from 1 without gaps.
	Seq         int                  `json:"seq"`
	Time        time.Time            `json:"time"`
	Event       Event                `json:"event"`
	Fingerprint detector.Fingerprint `json:"fingerprint"`
	Rule        string               `json:"rule"`
	// Act is what was done: "revoke", or for a step of several "disable", "delete"; "undo"
	// for what is about to take one of them back.
	Act string `json:"act"`
	// By is who approved it.
	By string `json:"by,omitempty"`
	// Detail says more, in words. It holds no credential.
	Detail string `json:"detail,omitempty"`
	// Parts are the parts of the credential that are no secret, which undoing needs.
	Parts map[string]string `json:"parts,omitempty"`
	// Undoes is the entry that an Undone one takes back.
	Undoes int `json:"undoes,omitempty"`
	// Prev is the Hash of the entry before, Hash the HMAC of this one with Prev in it.
	Prev string `json:"prev"`
	Hash string `json:"hash"`
}

// Journal is an append-only record of what was done, in JSON lines. An entry is on the
// disk before [Journal.Append] returns. The entries are a chain of HMACs under the
// project's key: a changed, inserted or removed line shows when the journal is opened,
// to whoever knows the key; only a cut at the end does not. One process at a time can
// have a journal open.
type Journal struct {
	key  detector.Key
	lock *flock.Flock

	mu      sync.Mutex
	file    *os.File
	entries []Entry
	broken  error // a failed write: nothing may happen any more

	// sync brings the file to the disk; tests of hundreds of runs leave that out.
	// afterAppend is called in tests when an entry is there.
	sync        func() error
	afterAppend func(Entry)
}

// OpenJournal opens a journal or begins one, and checks all of it. A nil key means
// [detector.DefaultKey], with which anybody can make a chain.
func OpenJournal(path string, key detector.Key) (*Journal, error) {
	if key == nil {
		key = detector.DefaultKey
	}
	lock := flock.New(path + ".lock")
	if ok, err := lock.TryLock(); err != nil {
		return nil, fmt.Errorf("locking the journal: %w", err)
	} else if !ok {
		return nil, fmt.Errorf("the journal %s is in use by another run", path)
	}
	j := &Journal{key: key, lock: lock}
	if err := j.open(path); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return j, nil
}

func (j *Journal) open(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("opening the journal: %w", err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return errors.Join(fmt.Errorf("reading the journal %s: %w", path, err), f.Close())
	}
	// A last line without its end was being written when the run was killed: the entry
	// never counted, and nothing happened that it would have told of.
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if j.entries, err = parseJournal(path, whole, j.key); err != nil {
		return errors.Join(err, f.Close())
	}
	if len(whole) < len(data) {
		err = f.Truncate(int64(len(whole)))
	}
	if _, seekErr := f.Seek(int64(len(whole)), io.SeekStart); err != nil || seekErr != nil {
		return errors.Join(fmt.Errorf("opening the journal %s: %w", path, errors.Join(err, seekErr)), f.Close())
	}
	if len(data) == 0 {
		if err := syncFolder(path); err != nil {
			return errors.Join(fmt.Errorf("beginning the journal %s: %w", path, err), f.Close())
		}
	}
	j.file, j.sync = f, f.Sync
	return nil
}

// syncFolder brings the name of a new file to the disk, without which its content may be
// lost with it. Windows knows no such call.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// parseJournal reads entries and checks the chain.
func parseJournal(path string, data []byte, key detector.Key) ([]Entry, error) {
	var entries []Entry
	prev := ""
	for n, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		if len(data) == 0 {
			break
		}
		var e Entry
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e); err != nil {
			return nil, fmt.Errorf("%s:%d: no entry of a journal: %w", path, n+1, err)
		}
		sum, err := e.sum(key)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n+1, err)
		}
		if e.Seq != n+1 || e.Prev != prev || !hmac.Equal([]byte(e.Hash), []byte(sum)) {
			return nil, fmt.Errorf("%s:%d: the journal was changed here, or was begun with another key", path, n+1)
		}
		prev = e.Hash
		entries = append(entries, e)
	}
	return entries, nil
}

// ReadJournal reads the entries of a journal that may be in use, and checks them.
func ReadJournal(path string, key detector.Key) ([]Entry, error) {
	if key == nil {
		key = detector.DefaultKey
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	return parseJournal(path, data[:bytes.LastIndexByte(data, '\n')+1], key)
}

func (e Entry) sum(key detector.Key) (string, error) {
	e.Hash = ""
	data, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("journal entry %d: %w", e.Seq, err)
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte("stanch journal v1\x00"))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Append writes an entry and waits until it is on the disk. Seq, Time, Prev and Hash
// are filled in. After an error nothing more can be appended, and nothing may be done.
func (j *Journal) Append(e Entry) (Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return e, j.broken
	}
	e.Seq, e.Time = len(j.entries)+1, time.Now().UTC().Truncate(time.Millisecond)
	e.Prev = ""
	if n := len(j.entries); n > 0 {
		e.Prev = j.entries[n-1].Hash
	}
	var err error
	if e.Hash, err = e.sum(j.key); err == nil {
		var line []byte
		if line, err = json.Marshal(e); err == nil {
			if _, err = j.file.Write(append(line, '\n')); err == nil {
				err = j.sync()
			}
		}
	}
	if err != nil {
		j.broken = fmt.Errorf("writing the journal: %w", err)
		return e, j.broken
	}
	j.entries = append(j.entries, e)
	if j.afterAppend != nil {
		j.afterAppend(e)
	}
	return e, nil
}

// Entries are all entries so far.
func (j *Journal) Entries() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Entry(nil), j.entries...)
}

// last is the last entry about an act on a credential, nil if there is none. What was
// undone counts for nothing.
func (j *Journal) last(f detector.Fingerprint, act string) *Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := len(j.entries) - 1; i >= 0; i-- {
		if e := j.entries[i]; e.Fingerprint == f && e.Act == act {
			if e.Event == Undone {
				return nil
			}
			return &e
		}
	}
	return nil
}

// Close closes the journal and lets others open it.
func (j *Journal) Close() error {
	if err := errors.Join(j.file.Close(), j.lock.Unlock()); err != nil {
		return fmt.Errorf("closing the journal: %w", err)
	}
	return nil
}
