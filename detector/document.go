package detector

// Range is a part of a document: the bytes from Start up to, not including, End.
type Range struct{ Start, End int }

// Document is a piece of text (or of a binary file) to look through, and where it
// comes from.
type Document struct {
	// Data is the text, in UTF-8 or any encoding that agrees with ASCII. The
	// detector only reads it.
	Data []byte

	// Location tells a person where Data comes from.
	Location Location

	// Offset is the position of Data[0] in the whole file, in bytes, behind a byte order
	// mark; of a file that was transcoded, in the bytes of its UTF-8 form. FirstLine and
	// FirstColumn are its line and column, both 1-based; zero means 1. They differ from
	// the start only where a large file is handed over in pieces.
	Offset      int64
	FirstLine   int
	FirstColumn int

	// Partial says that Data is only a piece of the file.
	Partial bool

	// Fresh lists the parts of Data in which findings may start, in ascending order
	// and without overlap; what surrounds them is context. Nil means all of it, an
	// empty list nothing.
	Fresh []Range

	// Cuts says what of the original text is not in Data, in ascending order of At: the time
	// stamps and colours of a log. Positions of findings are those in the original.
	Cuts []Cut

	// Binary says that Data is no text: only credentials with a telling prefix are
	// looked for.
	Binary bool
}

// Cut is a piece of the original text that was left out before Data[At].
type Cut struct {
	At int
	// Bytes is its length, Lines the number of line feeds in it, and Columns the length, in
	// UTF-16 code units, of what follows the last of them, of all of it if there is none.
	Bytes, Lines, Columns int
}

// Location is a place that a person can open. Only Path is always set.
type Location struct {
	// Path is the file, with forward slashes, as the target was named: scanning "src"
	// gives "src/a.go", scanning "." gives "a.go". For standard input it is "-".
	Path string `json:"path"`

	// Members leads from the file at Path down to the member of an archive within
	// an archive that holds the finding. Empty for a plain file.
	Members []string `json:"members,omitempty"`

	// Commit, if set, is the full id of the commit that brought the finding, with
	// its author and date (RFC 3339).
	Commit string `json:"commit,omitempty"`
	Author string `json:"author,omitempty"`
	Email  string `json:"email,omitempty"`
	Date   string `json:"date,omitempty"`

	// Blob, if set, is the id of the git object that holds the finding.
	Blob string `json:"blob,omitempty"`

	// Job and Step name the part of a build log.
	Job  string `json:"job,omitempty"`
	Step string `json:"step,omitempty"`

	// URL opens the place in a browser.
	URL string `json:"url,omitempty"`

	// LineURL, if set, stands behind URL before the number of the line.
	LineURL string `json:"-"`

	// History, if set, is what the git repository tells beyond Commit.
	History *History `json:"history,omitempty"`
}

// History is what a git repository tells of a credential in one of its blobs.
type History struct {
	// Order is the number of Commit when the commits are counted from the oldest, each
	// behind its parents. Of several places the one of the least order came first.
	Order int `json:"order"`
	// Commits is how many commits hold the credential, in whichever files.
	Commits int `json:"commits"`
	// Paths are all that the blob goes by, Location.Path included, sorted.
	Paths []string `json:"paths,omitempty"`
	// InTip says that the tip of the default branch holds the blob at Location.Path,
	// InWorkTree that the index or the work tree does.
	InTip      bool `json:"in_tip"`
	InWorkTree bool `json:"in_work_tree"`
}

// Name is the path with the members of archives behind it, separated by "!".
func (l Location) Name() string {
	name := l.Path
	for _, m := range l.Members {
		name += "!" + m
	}
	return name
}
