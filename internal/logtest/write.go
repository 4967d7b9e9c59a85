//go:build ignore

// Command write fills a folder with build logs of about so many megabytes for measurements:
//
//	go run ./internal/logtest/write.go FOLDER MEGABYTES
//
// A third each is plain text, traces of GitLab, and archives of GitHub Actions.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"

	"github.com/stanchsec/stanch/internal/logtest"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: write FOLDER MEGABYTES")
	}
	mb, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	dir := os.Args[1]
	if err := os.MkdirAll(dir, 0o777); err != nil {
		log.Fatal(err)
	}
	const size = 16 << 20
	for i := range max(1, mb/48) {
		seed := uint64(i * 100)
		for name, make := range map[string]func() []byte{
			"plain-%03d.log":  func() []byte { return logtest.Text(seed, size) },
			"gitlab-%03d.log": func() []byte { return logtest.GitLab(seed+1, size) },
			"logs-%03d.zip":   func() []byte { return logtest.GitHubZip(seed+2, 8, size/8) },
		} {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf(name, i)), make(), 0o666); err != nil {
				log.Fatal(err)
			}
		}
	}
}
