package verify

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// How long an answer is believed. A live credential is asked about again soon, since
// somebody may be revoking it; a dead one hardly comes back, but could be switched on
// again. What is unknown is not kept.
const (
	LiveFor = 4 * time.Hour
	DeadFor = 7 * 24 * time.Hour
)

// Cache keeps answers in a file from run to run. The file holds no credential: an
// entry's name is an HMAC over the credential and what was asked, under the project's
// key, and each entry is authenticated with that key, so that with a key of one's own
// nobody else can make a live credential pass as a dead one. It does hold what
// providers told about owners. Several processes may use one file; a nil Cache keeps
// nothing.
type Cache struct {
	path string

	mu      sync.Mutex
	entries map[string]entry
	own     map[string]bool // put since the file was read
}

// entry is a line of the file.
type entry struct {
	ID       string            `json:"id"`
	State    detector.State    `json:"state"`
	Reason   string            `json:"reason"`
	Checked  time.Time         `json:"checked"`
	Identity detector.Identity `json:"identity"`
	MAC      []byte            `json:"mac"`
}

// cacheHeader is the file's first line.
const cacheHeader = `{"stanch-verify-cache":1}`

// OpenCache reads a cache's file. A file that does not exist is an empty cache.
func OpenCache(path string) (*Cache, error) {
	entries, err := readCache(path)
	if err != nil {
		return nil, err
	}
	return &Cache{path: path, entries: entries, own: make(map[string]bool)}, nil
}

func readCache(path string) (map[string]entry, error) {
	entries := make(map[string]entry)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(data) == 0 {
		return entries, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the verification cache: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if n == 1 {
			if lines.Text() != cacheHeader {
				return nil, fmt.Errorf("%s is no verification cache of this version; delete it or name another file", path)
			}
			continue
		}
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("%s:%d: broken entry of the verification cache; delete the file: %w", path, n, err)
		}
		entries[e.ID] = e
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the verification cache %s: %w", path, err)
	}
	return entries, nil
}

// fresh reports whether an entry may still be believed.
func (e entry) fresh(now time.Time) bool {
	age := now.Sub(e.Checked)
	switch e.State {
	case detector.Live:
		return age < LiveFor && age > -time.Hour
	case detector.Dead:
		return age < DeadFor && age > -time.Hour
	}
	return false
}

// sum authenticates all of an entry but the sum itself.
func (e entry) sum(key detector.Key) []byte {
	e.MAC = nil
	data, err := json.Marshal(e)
	if err != nil {
		panic(err) // texts and a time
	}
	return mac256(key, "cache entry", string(data))
}

func (c *Cache) get(id string, key detector.Key) (detector.Verification, bool) {
	if c == nil {
		return detector.Verification{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[id]
	if !ok || !e.fresh(time.Now()) || !hmac.Equal(e.MAC, e.sum(key)) {
		return detector.Verification{}, false
	}
	return detector.Verification{State: e.State, Reason: e.Reason, Checked: e.Checked, Identity: e.Identity}, true
}

func (c *Cache) put(id string, r detector.Verification, key detector.Key) {
	if c == nil || r.State == detector.Unknown {
		return
	}
	e := entry{ID: id, State: r.State, Reason: r.Reason, Checked: r.Checked.Truncate(time.Second), Identity: r.Identity}
	e.MAC = e.sum(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[id], c.own[id] = e, true
}

// Save writes the file if there is anything new. What another process wrote in the
// meantime is kept, but for what was asked again here; what is too old is dropped. The file
// is replaced as a whole: whoever reads it finds the old one or the new one. Beside it
// stands FILE.lock.
func (c *Cache) Save() (err error) {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.own) == 0 {
		return nil
	}
	lock := flock.New(c.path + ".lock")
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("locking the verification cache: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	merged, err := readCache(c.path)
	if err != nil {
		return err
	}
	for id := range c.own {
		merged[id] = c.entries[id]
	}
	if err := writeCache(c.path, merged); err != nil {
		return fmt.Errorf("writing the verification cache: %w", err)
	}
	c.entries = merged
	clear(c.own)
	return nil
}

func writeCache(path string, entries map[string]entry) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is left of it once it has its name
	out := bufio.NewWriter(f)
	fmt.Fprintln(out, cacheHeader)
	enc := json.NewEncoder(out)
	now := time.Now()
	for _, id := range slices.Sorted(maps.Keys(entries)) {
		if e := entries[id]; e.fresh(now) {
			if err := enc.Encode(e); err != nil {
				return errors.Join(err, f.Close())
			}
		}
	}
	if err := errors.Join(out.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// tableIDs remembers what of a rule and its endpoint goes into a key.
type tableIDs struct {
	mu  sync.Mutex
	ids map[*rules.Rule]table
}

// table is a rule's way of asking: a hash of it, and the values that it uses.
type table struct {
	hash string
	uses []string
}

func (v *Verifier) table(r *rules.Rule) table {
	v.tables.mu.Lock()
	defer v.tables.mu.Unlock()
	if t, ok := v.tables.ids[r]; ok {
		return t
	}
	data, err := json.Marshal(r.Verify)
	if err != nil {
		panic(err) // texts and numbers
	}
	t := table{uses: names(string(bytes.ReplaceAll(data, []byte(`\"`), []byte(`"`))))}
	if r.Verify == nil || r.Verify.None != "" {
		data = append(data, r.ID...) // nobody is asked; the reason is the rule's
	} else if p := rules.ProtocolByName(rules.VerifyProtocols, r.Verify.Protocol); p != nil {
		t.uses = append(append(t.uses, p.Needs...), p.Uses...)
	}
	for _, name := range slices.Sorted(maps.Keys(v.endpoints)) {
		data = append(data, "\x00"+name+"="+v.endpoints[name].String()...)
	}
	sum := sha256.Sum256(data)
	t.hash = string(sum[:])
	slices.Sort(t.uses)
	t.uses = slices.Compact(t.uses)
	if v.tables.ids == nil {
		v.tables.ids = make(map[*rules.Rule]table)
	}
	v.tables.ids[r] = t
	return t
}

// key names a credential and the way it is asked about: findings of one key get one
// answer. No touch list and no canary is the same for two of a key, since both go by
// the credential.
func (v *Verifier) key(f *detector.Finding) string {
	t := v.table(f.Rule)
	values := ValuesOf(f)
	fields := []string{"credential", t.hash, values["secret"], f.Fingerprint.String()}
	for _, name := range t.uses {
		if name != "secret" {
			fields = append(fields, name, values[name])
		}
	}
	return base64.RawURLEncoding.EncodeToString(mac256(v.opts.Key, fields...)[:18])
}

// mac256 is an HMAC-SHA256 over fields of any content.
func mac256(key detector.Key, fields ...string) []byte {
	if key == nil {
		key = detector.DefaultKey
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte("stanch verify v1"))
	for _, f := range fields {
		fmt.Fprintf(h, "\x00%d:%s", len(f), f)
	}
	return h.Sum(nil)
}
