package config

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stanchsec/stanch/internal/readfile"
	"github.com/stanchsec/stanch/internal/tomlread"
	"github.com/stanchsec/stanch/rules"
)

// Options say where configurations are looked for. The zero value looks as the package
// comment tells.
type Options struct {
	// File is read instead of all others, for --config. Paths in it are relative to
	// its folder, globs to the target's.
	File string
	// None reads no configuration at all, for --no-config.
	None bool
	// Given lists the keys for a whole run whose value is given otherwise, on the
	// command line. What configurations say about them is ignored.
	Given []string
	// Now is the time at which entries may have expired.
	Now time.Time
}

// Tree is all configuration of a run. Its methods may be called from several
// goroutines.
type Tree struct {
	options Options
	run     Run
	cwd     string
	folders sync.Map // of *folderEntry, by clean path as in detector.Location

	roots []*Folder // folders of the targets; they and known change in Load and Select only
	known []string  // ids of the rules to run with; nil before Select

	mu       sync.Mutex
	files    map[string]*file // by absolute path
	warnings []Warning
}

// folderEntry is filled by the first goroutine that asks for the folder.
type folderEntry struct {
	once   sync.Once
	folder *Folder
	err    error
}

// Warning is something in a configuration that has no effect, or no more.
type Warning struct {
	Position rules.Position
	Text     string
}

// String gives file:line:column: text.
func (w Warning) String() string { return w.Position.String() + ": " + w.Text }

// Load reads the configurations of the targets: folders and files as the user typed
// them, "-" for standard input, none for the current folder. A target need not be
// there. Errors of a configuration name file, line and column; all of one file are told
// at once.
func Load(targets []string, o Options) (*Tree, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("current folder: %w", err)
	}
	t := &Tree{options: o, cwd: cwd, files: map[string]*file{}}
	if o.None {
		return t, nil
	}
	if len(targets) == 0 {
		targets = []string{"."}
	}
	var common, all []*file
	for i, target := range targets {
		files, err := t.target(target)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			common = files
		}
		common = slices.DeleteFunc(common, func(f *file) bool { return !slices.Contains(files, f) })
		all = append(all, files...)
	}
	t.run = t.runOf(common)
	for _, f := range all {
		if !slices.Contains(common, f) {
			t.warnNoRun(f)
		}
	}
	return t, nil
}

// Run is what configurations set for the whole run.
func (t *Tree) Run() Run { return t.run }

// target reads what holds at a target and returns its configurations, outermost first.
func (t *Tree) target(target string) ([]*file, error) {
	dir, base := filepath.Clean(target), ""
	if info, err := os.Stat(target); target == "-" {
		dir = "."
	} else if err != nil || !info.IsDir() {
		dir, base = filepath.Split(dir)
		dir = filepath.Clean(dir)
	}
	chain, err := t.chain(dir)
	if err != nil {
		return nil, err
	}
	folder := &Folder{tree: t}
	var files []*file
	for _, c := range chain {
		folder.add(c.file, c.prefix)
		files = append(files, c.file)
	}
	e := &folderEntry{folder: folder}
	e.once.Do(func() {})
	if _, again := t.folders.LoadOrStore(filepath.ToSlash(dir), e); !again {
		t.roots = append(t.roots, folder)
	}
	if _, pos, out := folder.leavesOut(base); out {
		t.warn(pos, "this leaves out %s, which the run was asked to scan", target)
	}
	return files, nil
}

// link is a configuration of a chain, and the path from its folder to that of the
// target: "" or with a slash at the end.
type link struct {
	file   *file
	prefix string
}

// chain reads the configurations of a folder and those above it, outermost first.
func (t *Tree) chain(dir string) ([]link, error) {
	if t.options.File != "" {
		f, err := t.file(t.options.File)
		if err != nil {
			return nil, err
		}
		return []link{{file: f}}, nil
	}
	real, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if resolved, err := filepath.EvalSymlinks(real); err == nil {
		real = resolved
	}
	var links []link
	for at, prefix := real, ""; ; {
		f, err := t.fileIn(at)
		if err != nil {
			return nil, err
		}
		if f != nil {
			links = append(links, link{f, prefix})
		}
		_, err = os.Lstat(filepath.Join(at, ".git"))
		parent := filepath.Dir(at)
		if err == nil || parent == at {
			break
		}
		prefix = filepath.Base(at) + "/" + prefix
		at = parent
	}
	slices.Reverse(links)
	return links, nil
}

// fileIn reads the configuration of a folder; nil if it has none. A folder that is not
// there, or cannot be entered, has none: whoever reads its files will say so.
func (t *Tree) fileIn(dir string) (*file, error) {
	name := filepath.Join(dir, Name)
	if _, err := os.Lstat(name); err != nil {
		return nil, nil
	}
	return t.file(name)
}

// file reads a configuration, once.
func (t *Tree) file(name string) (*file, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.files[abs]; f != nil {
		return f, nil
	}
	data, err := readfile.Regular(name, tomlread.MaxSize)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	f, err := read(t.display(abs), filepath.Dir(name), data)
	if err != nil {
		return nil, err
	}
	t.files[abs] = f
	return f, nil
}

// display is the name of a file in messages: relative to the current folder if it is
// in there.
func (t *Tree) display(abs string) string {
	if rel, err := filepath.Rel(t.cwd, abs); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return abs
}

// Folder tells what holds for the files of a folder: its path as in
// [detector.Location], the folder part. A folder outside all targets has no
// configuration. The error is that of a configuration in the folder or above it, and
// should end the run.
func (t *Tree) Folder(dir string) (*Folder, error) {
	dir = path.Clean(dir)
	v, ok := t.folders.Load(dir)
	if !ok {
		v, _ = t.folders.LoadOrStore(dir, &folderEntry{})
	}
	e := v.(*folderEntry)
	e.once.Do(func() { e.folder, e.err = t.enter(dir) })
	return e.folder, e.err
}

// enter makes the folder of dir from the one above it.
func (t *Tree) enter(dir string) (*Folder, error) {
	parent, base := path.Dir(dir), path.Base(dir)
	if parent == dir || base == ".." || t.options.None {
		return &Folder{tree: t}, nil
	}
	above, err := t.Folder(parent)
	if err != nil {
		return nil, err
	}
	f := above.below(base)
	if f.excluded || t.options.File != "" {
		return f, nil
	}
	own, err := t.fileIn(filepath.FromSlash(dir))
	if err != nil || own == nil {
		return f, err
	}
	f.add(own, "")
	t.warnNoRun(own)
	if err := t.checkRules(f, len(f.layers)-1); err != nil {
		return nil, err
	}
	return f, nil
}

// warn notes a warning.
func (t *Tree) warn(pos rules.Position, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := Warning{pos, fmt.Sprintf(format, args...)}
	if !slices.Contains(t.warnings, w) {
		t.warnings = append(t.warnings, w)
	}
}

// Warnings lists what has no effect in the configurations met so far, and the ignore
// entries that expired, in order of file and line. At the end of a run it is complete.
func (t *Tree) Warnings() []Warning {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := slices.Clone(t.warnings)
	for _, f := range t.files {
		for _, e := range f.ignores {
			if !e.Expired(t.options.Now) {
				continue
			}
			text := fmt.Sprintf("this ignore entry expired on %s and ignores nothing any more", e.Expires.Format(time.DateOnly))
			switch n := e.Hits(); {
			case n == 1:
				text += "; one finding counts again"
			case n > 1:
				text += fmt.Sprintf("; %d findings count again", n)
			}
			if e.Owner != "" {
				text += " (owner: " + e.Owner + ")"
			}
			list = append(list, Warning{e.Position, text})
		}
	}
	sortWarnings(list)
	return list
}

// Notes tells, at the end of a run, what the configurations took away and which ignore
// entries matched nothing, in order of file and line.
func (t *Tree) Notes() []Warning {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []Warning
	for _, f := range t.files {
		whole := rules.Position{File: f.name}
		if n := f.leftOut.Load(); n > 0 {
			list = append(list, Warning{whole, fmt.Sprintf("include and exclude left out files and folders: %d", n)})
		}
		if n := f.dropped.Load(); n > 0 {
			list = append(list, Warning{whole, fmt.Sprintf("disable-rules dropped findings: %d", n)})
		}
		for _, e := range f.ignores {
			if e.Hits() == 0 {
				list = append(list, Warning{e.Position, "this ignore entry matched nothing"})
			}
		}
	}
	sortWarnings(list)
	return list
}

func sortWarnings(list []Warning) {
	slices.SortStableFunc(list, func(a, b Warning) int {
		return cmp.Or(strings.Compare(a.Position.File, b.Position.File), cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Column, b.Position.Column), strings.Compare(a.Text, b.Text))
	})
}
