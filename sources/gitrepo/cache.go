package gitrepo

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// The cache remembers objects in which there was nothing to report, whatever their path.
// What is in an object never changes, so that it need not be looked through again unless
// the rules do. Objects with something to report are looked through each time: the cache
// holds nothing but ids.
//
// Its folder has a folder for each set of rules, and in that files that are written once
// and whole and then renamed, so that a crash leaves none that is cut off and several runs
// may share it. Each is: eight bytes of magic, ids of 32 bytes, and the SHA-256 of all
// that. A file that is damaged is passed over, which costs time and nothing else.

const cacheMagic = "stanchc1"

// cacheFiles is how many files there may be before a run puts all into one.
const cacheFiles = 8

// cache is the part of a cache for one set of rules.
type cache struct {
	dir   string
	known map[oid]struct{} // from earlier runs
	files []string

	mu    sync.Mutex
	fresh []oid
}

// openCache reads what earlier runs left.
func openCache(dir, ruleSet string) (*cache, error) {
	sum := sha256.Sum256([]byte(ruleSet))
	c := &cache{dir: filepath.Join(dir, hex.EncodeToString(sum[:16])), known: map[oid]struct{}{}}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".ids") {
			continue
		}
		name := filepath.Join(c.dir, e.Name())
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another run has put it into a larger one
		}
		if err != nil {
			return nil, fmt.Errorf("cache: %w", err)
		}
		c.files = append(c.files, name)
		c.load(data)
	}
	return c, nil
}

// load takes in a file, unless it is damaged.
func (c *cache) load(data []byte) {
	n := len(data) - sha256.Size
	if n < len(cacheMagic) || string(data[:len(cacheMagic)]) != cacheMagic || (n-len(cacheMagic))%len(oid{}) != 0 {
		return
	}
	if sum := sha256.Sum256(data[:n]); string(sum[:]) != string(data[n:]) {
		return
	}
	for ids := data[len(cacheMagic):n]; len(ids) > 0; ids = ids[len(oid{}):] {
		c.known[oid(ids[:len(oid{})])] = struct{}{}
	}
}

// clean reports whether an object is known to hold nothing.
func (c *cache) clean(id oid) bool {
	_, ok := c.known[id]
	return ok
}

// add remembers an object that holds nothing.
func (c *cache) add(id oid) {
	c.mu.Lock()
	c.fresh = append(c.fresh, id)
	c.mu.Unlock()
}

// save writes what is new. It is called when all objects were looked through.
func (c *cache) save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.fresh) == 0 {
		return nil
	}
	all := map[oid]struct{}{}
	for _, id := range c.fresh {
		all[id] = struct{}{}
	}
	merge := len(c.files) >= cacheFiles
	if merge {
		for id := range c.known {
			all[id] = struct{}{}
		}
	}
	if err := c.write(all); err != nil {
		return err
	}
	if merge {
		for _, name := range c.files {
			if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("cache: %w", err)
			}
		}
	}
	return nil
}

// write writes one file whole.
func (c *cache) write(ids map[oid]struct{}) (err error) {
	f, err := os.CreateTemp(c.dir, "*.tmp")
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close() // closed already, perhaps
			os.Remove(f.Name())
			err = fmt.Errorf("cache: %w", err)
		}
	}()
	sum := sha256.New()
	w := bufio.NewWriterSize(f, 1<<16)
	put := func(b []byte) {
		sum.Write(b)
		w.Write(b) // Flush returns the error
	}
	put([]byte(cacheMagic))
	for id := range ids {
		put(id[:])
	}
	w.Write(sum.Sum(nil))
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), strings.TrimSuffix(f.Name(), ".tmp")+".ids")
}
