package gitrepo

import (
	"net/url"
	"strings"

	"github.com/stanchsec/stanch/internal/gitstore"
)

// linker makes addresses of files and commits on the host that a repository comes from.
// The zero linker knows none.
type linker struct {
	web    string // https://host/owner/name
	gitlab bool
}

// newLinker looks where origin is. Hosts other than GitHub and GitLab, which are known by
// their name, give no links.
func newLinker(commonDir string) linker {
	var origin string
	_ = gitstore.EachSetting(commonDir, func(section, key, value string) { // without it there are no links
		if section == `remote "origin"` && key == "url" {
			origin = value
		}
	})
	return linkerFor(origin)
}

func linkerFor(origin string) linker {
	host, path := splitRemote(origin)
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	name := strings.ToLower(host)
	if host == "" || !strings.Contains(path, "/") {
		return linker{}
	}
	l := linker{web: (&url.URL{Scheme: "https", Host: host, Path: "/" + path}).String()}
	switch {
	case strings.Contains(name, "gitlab"):
		l.gitlab = true
	case !strings.Contains(name, "github"):
		return linker{}
	}
	return l
}

// splitRemote takes a remote's address apart: a URL, or "user@host:path"
// (git-clone(1), "GIT URLS").
func splitRemote(s string) (host, path string) {
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil || u.Scheme == "file" {
			return "", ""
		}
		if u.Scheme == "http" || u.Scheme == "https" {
			return u.Host, u.Path
		}
		return u.Hostname(), u.Path // a port of ssh is none of the web's
	}
	host, path, ok := strings.Cut(s, ":")
	if !ok || strings.ContainsAny(host, `/\`) {
		return "", ""
	}
	return host[strings.LastIndexByte(host, '@')+1:], path
}

// file is the address of a file at a commit, and what stands between it and a line.
func (l linker) file(commit, path string) (address, line string) {
	if l.web == "" || commit == "" {
		return "", ""
	}
	escaped := (&url.URL{Path: path}).EscapedPath()
	if l.gitlab {
		return l.web + "/-/blob/" + commit + "/" + escaped, "#L"
	}
	return l.web + "/blob/" + commit + "/" + escaped, "#L"
}

// commit is the address of a commit.
func (l linker) commit(id string) string {
	switch {
	case l.web == "":
		return ""
	case l.gitlab:
		return l.web + "/-/commit/" + id
	}
	return l.web + "/commit/" + id
}
