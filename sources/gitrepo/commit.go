package gitrepo

import (
	"bytes"
	"errors"
	"strconv"
	"time"
)

// commit is what of a commit matters for the graph.
type commit struct {
	tree    oid
	parents []oid
	when    int64 // of the committer, in seconds
}

var errCommit = errors.New("its header is damaged")

// parseCommit reads the header of a commit.
func parseCommit(data []byte) (c commit, err error) {
	tree := false
	for {
		line, rest, ok := bytes.Cut(data, []byte{'\n'})
		if !ok && len(line) == 0 || len(line) == 0 {
			break
		}
		data = rest
		key, value, _ := bytes.Cut(line, []byte{' '})
		switch string(key) {
		case "tree":
			if c.tree, err = parseOID(string(value)); err != nil {
				return c, errCommit
			}
			tree = true
		case "parent":
			p, err := parseOID(string(value))
			if err != nil {
				return c, errCommit
			}
			c.parents = append(c.parents, p)
		case "committer":
			_, _, c.when, _ = parsePerson(value)
		}
		if !ok {
			break
		}
	}
	if !tree {
		return c, errCommit
	}
	return c, nil
}

// parsePerson reads "Name <email> seconds zone". What is missing is empty.
func parsePerson(b []byte) (name, email string, seconds int64, zone int) {
	lt, gt := bytes.IndexByte(b, '<'), bytes.LastIndexByte(b, '>')
	if lt < 0 || gt < lt {
		return string(bytes.TrimSpace(b)), "", 0, 0
	}
	name, email = string(bytes.TrimSpace(b[:lt])), string(b[lt+1:gt])
	fields := bytes.Fields(b[gt+1:])
	if len(fields) > 0 {
		seconds, _ = strconv.ParseInt(string(fields[0]), 10, 64)
	}
	if len(fields) > 1 {
		n, _ := strconv.Atoi(string(fields[1]))
		zone = (n/100*60 + n%100) * 60
	}
	return name, email, seconds, zone
}

// header returns the value of a header of a commit or tag, nil if there is none.
func header(data []byte, name string) []byte {
	for len(data) > 0 && data[0] != '\n' {
		line, rest, _ := bytes.Cut(data, []byte{'\n'})
		if value, ok := bytes.CutPrefix(line, []byte(name+" ")); ok {
			return value
		}
		data = rest
	}
	return nil
}

// signature is who made a commit or tag, and when in RFC 3339.
func signature(data []byte, name string) (who, email, date string) {
	who, email, seconds, zone := parsePerson(header(data, name))
	if seconds != 0 {
		date = time.Unix(seconds, 0).In(time.FixedZone("", zone)).Format(time.RFC3339)
	}
	return who, email, date
}
