package gitstore

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Store is the object store of one repository, with those that it borrows from.
type Store struct {
	// GitDir is the git directory as found, CommonDir the one that worktrees share.
	GitDir, CommonDir string

	dirs    []string // object folders: the repository's own first, then alternates
	packs   []*Pack
	damaged []error
}

// maxAlternates is how deep repositories may borrow from each other, as in git.
const maxAlternates = 5

// Open reads the layout of a git directory and maps its packs. The error is an
// [*UnsupportedError] if the repository is of a kind that is not read. A pack or an
// alternate that cannot be opened is no error of Open: [Store.Damaged] names it.
func Open(gitDir string) (*Store, error) {
	s := &Store{GitDir: gitDir, CommonDir: CommonDir(gitDir)}
	if err := s.checkConfig(); err != nil {
		return nil, err
	}
	if err := s.addDir(filepath.Join(s.CommonDir, "objects"), 0); err != nil {
		return nil, fmt.Errorf("opening git repository: %w", err)
	}
	for _, dir := range s.dirs {
		s.addPacks(dir)
	}
	slices.SortStableFunc(s.packs, func(a, b *Pack) int { return cmp.Compare(b.Size(), a.Size()) })
	return s, nil
}

// Damaged lists what could not be opened: packs, indexes, alternates. Each error names
// its file.
func (s *Store) Damaged() []error { return s.damaged }

// Borrow adds object folders to those that the repository names itself. One that cannot be
// opened is among [Store.Damaged].
func (s *Store) Borrow(dirs ...string) {
	for _, dir := range dirs {
		before := len(s.dirs)
		if err := s.addDir(dir, 0); err != nil {
			s.damaged = append(s.damaged, err)
		}
		for _, added := range s.dirs[before:] {
			s.addPacks(added)
		}
	}
}

// Close gives the mapped files back. Objects that were returned stay good.
func (s *Store) Close() {
	for _, p := range s.packs {
		p.unmap()
	}
	s.packs = nil
}

// Packs lists the packs, largest first.
func (s *Store) Packs() []*Pack { return s.packs }

// checkConfig refuses repositories that need more than the package knows.
func (s *Store) checkConfig() error {
	var reason string
	err := EachSetting(s.CommonDir, func(section, key, value string) {
		switch {
		case section == "extensions" && key == "objectformat" && value != "sha1":
			reason = "its objects have " + value + " ids"
		case section == "extensions" && key == "refstorage" && value != "files":
			reason = "its refs are kept as " + value
		case section == "extensions" && key == "partialclone",
			strings.HasPrefix(section, "remote ") && key == "promisor" && value != "false":
			reason = cmp.Or(reason, "it is a partial clone")
		}
	})
	if err != nil {
		return fmt.Errorf("opening git repository: %w", err)
	}
	if reason != "" {
		return &UnsupportedError{reason}
	}
	return nil
}

// EachSetting calls do for each line of the file config in a git directory, with the
// section as it stands between the brackets, in lower case (`remote "origin"`), the key in
// lower case and the value. Files that it includes are not read. No file is no error.
func EachSetting(commonDir string, do func(section, key, value string)) error {
	f, err := os.Open(filepath.Join(commonDir, "config"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	section := ""
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			section = strings.ToLower(strings.Trim(line, "[] \t"))
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		do(section, strings.ToLower(strings.TrimSpace(key)), strings.Trim(strings.TrimSpace(value), `"`))
	}
	return lines.Err()
}

// addDir adds an object folder and those that it borrows from.
func (s *Store) addDir(dir string, depth int) error {
	if slices.Contains(s.dirs, dir) {
		return nil
	}
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	s.dirs = append(s.dirs, dir)
	list, err := os.ReadFile(filepath.Join(dir, "info", "alternates"))
	if err != nil || depth == maxAlternates {
		return nil
	}
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if !filepath.IsAbs(line) {
			line = filepath.Join(dir, filepath.FromSlash(line))
		}
		if err := s.addDir(filepath.Clean(line), depth+1); err != nil {
			s.damaged = append(s.damaged, fmt.Errorf("alternate of %s: %w", dir, err))
		}
	}
	return nil
}

// addPacks maps the packs of an object folder. A multi-pack-index is not needed: it only
// spares a look into the indexes of the packs, which stand beside it in any case
// (gitformat-pack(5), "multi-pack-index").
func (s *Store) addPacks(dir string) {
	folder := filepath.Join(dir, "pack")
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.damaged = append(s.damaged, err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".pack" {
			continue
		}
		p, err := openPack(filepath.Join(folder, e.Name()))
		if err != nil {
			s.damaged = append(s.damaged, err)
			continue
		}
		s.packs = append(s.packs, p)
	}
}

// maxChain is how many deltas may lie between an object and the one that stands for
// itself; git makes no more than 4,095.
const maxChain = 5000

// Object returns an object by its id. It is for single objects: each call inflates
// the bases anew. The error is [ErrNotFound] or an [*ObjectError].
func (s *Store) Object(id ID) (Type, []byte, error) {
	var damage error
	for _, p := range s.packs {
		if i := p.find(id); i >= 0 {
			typ, data, err := s.packed(p, i)
			if err == nil {
				return typ, data, nil
			}
			damage = cmp.Or[error](damage, &ObjectError{id, p.Name, err}) // another copy may be good
		}
	}
	for _, dir := range s.dirs {
		name := loosePath(dir, id)
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			damage = cmp.Or[error](damage, &ObjectError{id, name, err})
			continue
		}
		typ, data, err := readLoose(f)
		f.Close()
		if err == nil {
			return typ, data, nil
		}
		damage = cmp.Or[error](damage, &ObjectError{id, name, err})
	}
	if damage != nil {
		return 0, nil, damage
	}
	return 0, nil, ErrNotFound
}

// packed builds object number i of a pack.
func (s *Store) packed(p *Pack, i int) (typ Type, data []byte, err error) {
	defer fault(&err)
	var deltas [][]byte
	var z inflater
	offset := p.offset(i)
	for {
		h, err := p.header(offset, p.end(offset))
		if err != nil {
			return 0, nil, err
		}
		if h.size > MaxObject {
			return 0, nil, tooLarge(h.size)
		}
		data = make([]byte, h.size)
		if err := z.inflate(data, p.data[h.data:h.data+h.compress]); err != nil {
			return 0, nil, err
		}
		if h.typ != ofsDelta && h.typ != refDelta {
			typ = h.typ
			break
		}
		if deltas = append(deltas, data); len(deltas) > maxChain {
			return 0, nil, errors.New("its deltas lead back to itself")
		}
		if h.typ == ofsDelta {
			offset = h.base
			continue
		}
		b := p.find(h.baseID)
		if b < 0 {
			if typ, data, err = s.outside(p, h.baseID); err != nil {
				return 0, nil, err
			}
			break
		}
		offset = p.offset(b)
	}
	for _, delta := range slices.Backward(deltas) {
		size, err := deltaResult(delta)
		if err != nil {
			return 0, nil, err
		}
		next := make([]byte, size)
		if _, err := apply(next, data, delta, nil); err != nil {
			return 0, nil, err
		}
		data = next
	}
	return typ, data, nil
}

// outside gets a base that is not in the pack p. It is looked for as a loose object
// or where it stands whole: two packs whose deltas need each other are damage.
func (s *Store) outside(p *Pack, id ID) (Type, []byte, error) {
	others := *s
	others.packs = slices.DeleteFunc(slices.Clone(s.packs), func(q *Pack) bool { return q == p })
	typ, data, err := others.Object(id)
	if err != nil {
		return 0, nil, fmt.Errorf("its base %s: %w", id, err)
	}
	return typ, data, nil
}

// end returns the end of the entry at offset: where the next one begins.
func (p *Pack) end(offset int64) int64 {
	p.sortOnce.Do(func() { _, p.sorted = p.order() })
	i, found := slices.BinarySearch(p.sorted, offset)
	if !found || i+1 >= len(p.sorted) {
		return 0
	}
	return p.sorted[i+1]
}

func loosePath(dir string, id ID) string {
	hex := id.String()
	return filepath.Join(dir, hex[:2], hex[2:])
}

// maxLooseHeader is the length of "commit 18446744073709551615\0" and some.
const maxLooseHeader = 32

// readLoose reads a loose object.
func readLoose(f *os.File) (Type, []byte, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, nil, err
	}
	compressed, err := io.ReadAll(io.LimitReader(f, MaxObject))
	if err != nil {
		return 0, nil, err
	}
	var z inflater
	if err := z.open(compressed); err != nil {
		return 0, nil, err
	}
	r := bufio.NewReader(z.z)
	head, err := r.Peek(maxLooseHeader)
	if len(head) == 0 {
		return 0, nil, fmt.Errorf("its compressed bytes are damaged: %w", err)
	}
	end := bytes.IndexByte(head, 0)
	if end < 0 {
		return 0, nil, errors.New("its header is damaged")
	}
	name, digits, _ := strings.Cut(string(head[:end]), " ")
	typ, known := parseType(name)
	size, err := strconv.ParseInt(digits, 10, 64)
	if !known || err != nil || size < 0 || size > (info.Size()+1)*1032+64 {
		return 0, nil, errors.New("its header is damaged")
	}
	if size > MaxObject {
		return 0, nil, tooLarge(size)
	}
	_, _ = r.Discard(end + 1)
	data := make([]byte, size)
	if _, err := io.ReadFull(r, data); err != nil {
		return 0, nil, fmt.Errorf("its compressed bytes are damaged: %w", err)
	}
	if _, err := r.ReadByte(); err != io.EOF {
		return 0, nil, errors.New("it is longer than its header says")
	}
	return typ, data, nil
}

// Loose lists the ids of the loose objects, each once. It returns the error of
// reading a folder with the ids found so far.
func (s *Store) Loose() ([]ID, error) {
	seen := make(map[ID]bool)
	var ids []ID
	var errs []error
	for _, dir := range s.dirs {
		for first := range 256 {
			name := hex.EncodeToString([]byte{byte(first)})
			entries, err := os.ReadDir(filepath.Join(dir, name))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
			for _, e := range entries {
				if id, err := ParseID(name + e.Name()); err == nil && !seen[id] {
					seen[id] = true
					ids = append(ids, id)
				}
			}
		}
	}
	return ids, errors.Join(errs...)
}
