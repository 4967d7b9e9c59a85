package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/internal/config"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/archive"
	"github.com/stanchsec/stanch/sources/image"
)

// archiveFlags say how far archives are looked into.
type archiveFlags struct {
	none    bool
	depth   int
	size    string
	ratio   int
	members int

	platform string
	// changed reports whether a flag was given.
	changed func(flag string) bool
}

func (f *archiveFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	f.changed = fs.Changed
	fs.BoolVar(&f.none, "no-archives", false, "do not look into archives, images, documents and databases")
	fs.IntVar(&f.depth, "max-archive-depth", archive.DefaultMaxDepth, "look into archives within archives `N` deep")
	fs.StringVar(&f.size, "max-archive-size", "10GiB", "unpack no more than `SIZE` of one archive, all archives in it included")
	fs.IntVar(&f.ratio, "max-archive-ratio", archive.DefaultMaxRatio, "unpack to no more than `N` times the compressed size")
	fs.IntVar(&f.members, "max-archive-members", archive.DefaultMaxMembers, "look at no more than `N` members of one archive")
	fs.StringVar(&f.platform, "platform", "", "read the images for this `OS/ARCHITECTURE` only (default all)")
}

// given lists the keys of the configuration that the flags decide.
func (f *archiveFlags) given() (keys []string) {
	for _, key := range []string{"max-archive-depth", "max-archive-size", "max-archive-ratio", "max-archive-members"} {
		if f.changed(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// configured takes the limits from a configuration; where a flag was given it has none.
func (f *archiveFlags) configured(run *config.Run) {
	a := run.Archives
	if a.Depth.IsSet() {
		f.depth = a.Depth.Value
	}
	if a.Ratio.IsSet() {
		f.ratio = a.Ratio.Value
	}
	if a.Members.IsSet() {
		f.members = a.Members.Value
	}
	if a.Size.IsSet() {
		f.size = strconv.FormatInt(a.Size.Value, 10)
	}
}

// expander makes what looks into archives; nil if none are to be.
func (f *archiveFlags) expander(maxFileSize int64) (sources.Expander, error) {
	for _, n := range []struct {
		flag  string
		value int
	}{{"depth", f.depth}, {"ratio", f.ratio}, {"members", f.members}} {
		if n.value < 1 {
			return nil, fmt.Errorf("--max-archive-%s %d: want 1 or more", n.flag, n.value)
		}
	}
	size, err := config.ParseSize(f.size)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--max-archive-size: %w", err)
	case size == 0:
		return nil, fmt.Errorf("--max-archive-size 0: want at least one byte; --no-archives leaves archives closed")
	case f.none:
		return nil, nil
	}
	e, err := archive.New(archive.Options{
		MaxDepth: f.depth, MaxSize: size, MaxRatio: f.ratio, MaxMembers: f.members, MaxMemberSize: maxFileSize,
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// image is the source of an image in a registry.
func (f *archiveFlags) image(address string, jobs int, e sources.Expander) (sources.Source, error) {
	if e == nil {
		return nil, fmt.Errorf("target %s: an image is made of archives, which --no-archives leaves closed", address)
	}
	return image.New(address, image.Options{
		Expand: e, Platform: f.platform, Jobs: jobs, UserAgent: "stanch/" + buildVersion(),
	})
}
