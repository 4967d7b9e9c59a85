package reporters

import (
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// repositoryURI is the address of a repository as a URI; "git@host:path" becomes one.
func repositoryURI(address string) string {
	if uri := absoluteURI(address); uri != "" {
		return uri
	}
	host, path, ok := strings.Cut(address, ":")
	if !ok || strings.Contains(host, "/") || !strings.Contains(host, "@") {
		return ""
	}
	return absoluteURI("ssh://" + host + "/" + strings.TrimPrefix(path, "/"))
}

// absoluteURI returns s if it is an absolute URI with a host, else nothing.
func absoluteURI(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || u.Host == "" || strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune("<>\"{}|\\^`", r)
	}) {
		return ""
	}
	return s
}

// sourceRoot stands for the root of what was scanned, as GitHub's own tools call it.
const sourceRoot = "%SRCROOT%"

// artifactURI is the address of a file: relative to the root of what was scanned, without
// a slash in front, or absolute if the path is.
func artifactURI(file string) sarifArtifactLocation {
	if file == "" {
		return sarifArtifactLocation{URIBaseID: sourceRoot}
	}
	clean := path.Clean(file) // another spelling would be another file to GitHub
	segments := strings.Split(clean, "/")
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(s), ":", "%3A")
	}
	escaped := strings.Join(segments, "/")
	switch {
	case strings.HasPrefix(clean, "/"):
		return sarifArtifactLocation{URI: "file://" + escaped}
	case len(clean) > 2 && clean[1] == ':' && clean[2] == '/' && clean[0] < utf8.RuneSelf && unicode.IsLetter(rune(clean[0])):
		return sarifArtifactLocation{URI: "file:///" + clean[:2] + escaped[len("C%3A"):]}
	}
	return sarifArtifactLocation{URI: escaped, URIBaseID: sourceRoot}
}
