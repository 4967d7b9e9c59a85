package main

import (
	"archive/tar"
	"bytes"
	"io"
	"log"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/stanchsec/stanch/rules"
)

// TestScanImage scans an image in a registry on this machine.
func TestScanImage(t *testing.T) {
	builtin := rules.Builtin()
	rule := builtin[slices.IndexFunc(builtin, func(r *rules.Rule) bool { return r.ID == "github-pat-classic" })]
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	maker, err := rules.NewMaker(rule)
	check(err)
	secret, err := maker.Secret(rand.New(rand.NewPCG(5, 6)))
	check(err)

	var b bytes.Buffer
	w := tar.NewWriter(&b)
	text := "# settings\ntoken=" + secret + "\n"
	check(w.WriteHeader(&tar.Header{Name: "app/.env", Size: int64(len(text)), Mode: 0o644}))
	_, err = io.WriteString(w, text)
	check(err)
	check(w.Close())
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	check(err)
	img, err := mutate.AppendLayers(empty.Image, layer)
	check(err)
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://") + "/org/app:1"
	ref, err := name.ParseReference(address)
	check(err)
	check(remote.Write(ref, img))
	hash, err := layer.Digest()
	check(err)

	var stdout, stderr strings.Builder
	p := &program{
		stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr,
		lookupEnv: func(string) (string, bool) { return "", false },
	}
	if code := p.run([]string{"scan", "--no-config", "docker://" + address}); code != exitFindings {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	if want := "docker://" + address + "!" + hash.String() + "!app/.env"; !strings.Contains(stdout.String(), want) {
		t.Errorf("no %s in %s", want, stdout.String())
	}
	if strings.Contains(stdout.String()+stderr.String(), secret) {
		t.Error("the credential is shown")
	}

	stderr.Reset()
	if code := p.run([]string{"scan", "--no-config", "docker://" + address + "0"}); code != exitUsage ||
		!strings.Contains(stderr.String(), address+"0") {
		t.Errorf("an image that is not there: exit code %d: %s", code, stderr.String())
	}
}
