package archive

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"github.com/stanchsec/stanch/internal/pdftext"
	"github.com/stanchsec/stanch/internal/sqlite"
)

// format is a kind of file that can be looked into.
type format struct {
	name string
	// is tells it from the name and the beginning.
	is func(name string, head []byte) bool
	// random says that open needs input.file.
	random bool
	// open looks through the content. Its error tells why that ended early; it is notOpened if nothing was seen.
	open func(w *walk, in *input) error
}

// formats are tried in this order. It is filled at the start since opening a member may open any other.
var formats []*format

func init() {
	formats = []*format{
		{name: "zip archive", is: magic("PK\x03\x04", "PK\x05\x06"), random: true, open: openZip},
		{name: "gzip data", is: magic("\x1f\x8b\x08"), open: compressed(newGzip)},
		{name: "tar archive", is: isTar, open: openTar},
		{name: "bzip2 data", is: isBzip2, open: compressed(newBzip2)},
		{name: "xz data", is: magic("\xfd7zXZ\x00"), open: compressed(newXz)},
		{name: "zstd data", is: magic("\x28\xb5\x2f\xfd"), open: compressed(newZstd)},
		{name: "7z archive", is: magic("7z\xbc\xaf\x27\x1c"), random: true, open: open7z},
		{name: "rar archive", is: magic("Rar!\x1a\x07\x00", "Rar!\x1a\x07\x01\x00"), open: openRar},
		{name: "ar archive", is: magic("!<arch>\n"), open: openAr},
		{name: "rpm package", is: magic("\xed\xab\xee\xdb"), open: openRPM},
		{name: "SQLite database", is: magic(sqlite.Magic), random: true, open: openSQLite},
		{name: "PDF file", is: magic(pdftext.Magic), random: true, open: openPDF},
		{name: "notebook", is: isNotebook, open: openNotebook},
		{name: "image configuration", is: isImageConfig, open: openImageConfig},
		{name: "Terraform state or plan", is: isTerraform, open: openTerraform},
		{name: "cpio archive", is: isCpio, open: openCpio},
	}
}

// identify tells the format of a file; nil if it is none of those that can be looked into.
func identify(name string, head []byte) *format {
	if len(head) < 4 {
		return nil
	}
	for _, f := range formats {
		if f.is(name, head) {
			return f
		}
	}
	return nil
}

// magic tells a format by what it begins with.
func magic(prefixes ...string) func(string, []byte) bool {
	return func(_ string, head []byte) bool {
		for _, p := range prefixes {
			if len(head) >= len(p) && string(head[:len(p)]) == p {
				return true
			}
		}
		return false
	}
}

// isBzip2 looks for the header and for the first block or, of empty data, the end. There is no specification;
// see https://sourceware.org/bzip2/.
func isBzip2(_ string, head []byte) bool {
	return len(head) >= 10 && string(head[:3]) == "BZh" && head[3] >= '1' && head[3] <= '9' &&
		(bytes.HasPrefix(head[4:], []byte("1AY&SY")) || bytes.HasPrefix(head[4:], []byte("\x17\x72\x45\x38\x50\x90")))
}

// unpackedName is the name of what a compressed file holds.
func unpackedName(name string) string {
	base := path.Base(name)
	ext := strings.ToLower(path.Ext(base))
	switch stem := base[:len(base)-len(ext)]; {
	case stem == "":
	case compressedExt.MatchString(ext):
		return stem
	case ext == ".tgz" || ext == ".tbz2" || ext == ".txz" || ext == ".tzst":
		return stem + ".tar"
	}
	return base
}

var compressedExt = regexp.MustCompile(`^\.(gz|bz2|xz|zst|zstd)$`)
