package config

import (
	"bytes"
	"fmt"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/readfile"
	"github.com/stanchsec/stanch/rules"
)

// KeySource says where the key of fingerprints comes from. The key itself never stands
// in a configuration.
type KeySource struct {
	// Env is the name of an environment variable, File the path of a file. One of them
	// is set; the zero KeySource stands for the public [detector.DefaultKey].
	Env, File string
	// Position is where it is configured, for messages.
	Position rules.Position
}

const (
	// minKey is the least length of a key in bytes. Less could be guessed, and with it
	// what the fingerprints stand for.
	minKey = 16
	// maxKey is the greatest.
	maxKey = 64 << 10
)

// Load gets the key; lookup is [os.LookupEnv]. White space around the key is no part of
// it. The zero KeySource gives nil, which stands for the default.
func (k KeySource) Load(lookup func(string) (string, bool)) (detector.Key, error) {
	var key []byte
	var from string
	switch {
	case k.Env != "":
		from = "the environment variable " + k.Env
		value, ok := lookup(k.Env)
		if !ok || value == "" {
			return nil, fmt.Errorf("%s: the fingerprint key should be in %s, which is not set: set it, or fingerprints "+
				"will not match those of the baseline", k.Position, from)
		}
		key = []byte(value)
	case k.File != "":
		from = "the file " + k.File
		data, err := readfile.Regular(k.File, maxKey)
		if err != nil {
			return nil, fmt.Errorf("%s: the fingerprint key cannot be read: %w", k.Position, err)
		}
		key = data
	default:
		return nil, nil
	}
	if key = bytes.TrimSpace(key); len(key) < minKey {
		return nil, fmt.Errorf("%s: the fingerprint key in %s has %d bytes, want %d or more, as "+
			"\"openssl rand -hex 32\" makes", k.Position, from, len(key), minKey)
	}
	return key, nil
}
