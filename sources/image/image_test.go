package image_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/archive"
	"github.com/stanchsec/stanch/sources/image"
)

// recorder keeps what a source yields.
type recorder struct {
	mu       sync.Mutex
	texts    map[string]string
	skips    []sources.Skip
	progress sources.Progress
	document func() error
}

func (r *recorder) Document(_ context.Context, doc detector.Document) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.texts[doc.Location.Name()] != "" && !doc.Partial && string(doc.Data) == r.texts[doc.Location.Name()] {
		return errors.New("the same document twice: " + doc.Location.Name())
	}
	r.texts[doc.Location.Name()] += string(doc.Data)
	if r.document != nil {
		return r.document()
	}
	return nil
}

func (r *recorder) Skip(s sources.Skip) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skips = append(r.skips, s)
}

func (r *recorder) Progress(p sources.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.FilesFound += p.FilesFound
	r.progress.FilesDone += p.FilesDone
}

// serve begins an empty registry and returns its host. before, if set, may answer a request.
func serve(t *testing.T, before func(w http.ResponseWriter, r *http.Request) bool) string {
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before == nil || !before(w, r) {
			handler.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// layer makes a layer with one file.
func layer(t testing.TB, name, text string) v1.Layer {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	check(t, w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}))
	_, err := io.WriteString(w, text)
	check(t, err)
	check(t, w.Close())
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	check(t, err)
	return l
}

func digest(t testing.TB, l v1.Layer) string {
	h, err := l.Digest()
	check(t, err)
	return h.String()
}

// build makes an image of layers with an environment and a history.
func build(t testing.TB, env string, layers ...v1.Layer) v1.Image {
	img := empty.Image
	for _, l := range layers {
		var err error
		img, err = mutate.Append(img, mutate.Addendum{Layer: l, History: v1.History{CreatedBy: "RUN |1 ARG=" + env}})
		check(t, err)
	}
	config, err := img.ConfigFile()
	check(t, err)
	config = config.DeepCopy()
	config.Config.Env = []string{"PATH=/bin", "TOKEN=" + env}
	img, err = mutate.ConfigFile(img, config)
	check(t, err)
	return img
}

func push(t testing.TB, address string, thing any) {
	ref, err := name.ParseReference(address)
	check(t, err)
	if x, ok := thing.(v1.ImageIndex); ok {
		check(t, remote.WriteIndex(ref, x))
		return
	}
	check(t, remote.Write(ref, thing.(v1.Image)))
}

// read walks the image at an address.
func read(t testing.TB, address string, o image.Options) (*recorder, error) {
	e, err := archive.New(archive.Options{})
	check(t, err)
	o.Expand = e
	s, err := image.New(address, o)
	check(t, err)
	r := &recorder{texts: map[string]string{}}
	return r, s.Walk(t.Context(), r)
}

func TestImage(t *testing.T) {
	host := serve(t, nil)
	first, second := layer(t, "app/.env", "deleted later"), layer(t, "app/.wh..env", "x")
	img := build(t, "in the configuration", first, second)
	push(t, host+"/org/app:1", img)
	address := "docker://" + host + "/org/app:1"
	r, err := read(t, address, image.Options{})
	check(t, err)
	config, err := img.ConfigName()
	check(t, err)
	for name, want := range map[string]string{
		address + "!" + digest(t, first) + "!app/.env":      "deleted later",
		address + "!" + digest(t, second) + "!app/.wh..env": "x",
		address + "!" + config.String() + "!environment":    "PATH=/bin\nTOKEN=in the configuration",
		address + "!" + config.String() + "!history":        "RUN |1 ARG=in the configuration\nRUN |1 ARG=in the configuration",
	} {
		if r.texts[name] != want {
			t.Errorf("%s: %q, want %q", name, r.texts[name], want)
		}
	}
	if len(r.skips) > 0 || r.progress != (sources.Progress{FilesFound: 3, FilesDone: 3}) {
		t.Errorf("skipped %v, progress %+v", r.skips, r.progress)
	}
}

// index makes an image for two platforms that share a layer.
func index(t testing.TB) (shared, amd, arm v1.Layer, x v1.ImageIndex) {
	shared, amd, arm = layer(t, "shared", "s"), layer(t, "amd", "a"), layer(t, "arm", "b")
	x = mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: build(t, "1", shared, amd), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
		mutate.IndexAddendum{Add: build(t, "2", shared, arm), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}},
	)
	return shared, amd, arm, x
}

func TestPlatforms(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	host := serve(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			mu.Lock()
			asked[r.URL.Path]++
			mu.Unlock()
		}
		return false
	})
	shared, amd, arm, x := index(t)
	push(t, host+"/app", x)
	clear(asked)
	address := "docker://" + host + "/app"
	r, err := read(t, address, image.Options{Jobs: 4})
	check(t, err)
	for layer, name := range map[v1.Layer]string{shared: "shared", amd: "amd", arm: "arm"} {
		if r.texts[address+"!"+digest(t, layer)+"!"+name] == "" {
			t.Errorf("the layer %s was not read", name)
		}
	}
	if n := asked["/v2/app/blobs/"+digest(t, shared)]; n != 1 {
		t.Errorf("the shared layer was fetched %d times", n)
	}

	r, err = read(t, address, image.Options{Platform: "linux/arm64"})
	check(t, err)
	if r.texts[address+"!"+digest(t, arm)+"!arm"] == "" || r.texts[address+"!"+digest(t, amd)+"!amd"] != "" {
		t.Errorf("for one platform: %q", r.texts)
	}
	if _, err = read(t, address, image.Options{Platform: "windows/amd64"}); err == nil || !strings.Contains(err.Error(), "not for platform windows/amd64") {
		t.Errorf("for a platform that there is not: %v", err)
	}
}

func TestImageThatIsNotThere(t *testing.T) {
	host := serve(t, nil)
	_, err := read(t, "docker://"+host+"/none:1", image.Options{})
	if err == nil || !strings.Contains(err.Error(), "image docker://"+host+"/none:1: ") {
		t.Errorf("%v", err)
	}
}

// TestLayerThatCannotBeRead has one layer missing and one that is not what its digest says: the others are read.
func TestLayerThatCannotBeRead(t *testing.T) {
	gone, other, sound := layer(t, "gone", "g"), layer(t, "other", "o"), layer(t, "sound", "text")
	var broken bool
	host := serve(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !broken || r.Method != http.MethodGet {
			return false
		}
		switch {
		case strings.HasSuffix(r.URL.Path, digest(t, gone)):
			http.Error(w, "gone", http.StatusNotFound)
			return true
		case strings.HasSuffix(r.URL.Path, digest(t, other)):
			io.WriteString(w, "something else")
			return true
		}
		return false
	})
	push(t, host+"/app", build(t, "1", gone, other, sound))
	broken = true
	address := "docker://" + host + "/app"
	r, err := read(t, address, image.Options{})
	check(t, err)
	if r.texts[address+"!"+digest(t, sound)+"!sound"] != "text" {
		t.Error("the sound layer was not read")
	}
	var names []string
	for _, s := range r.skips {
		names = append(names, s.Location.Name())
		if !s.Incomplete {
			t.Errorf("%v is no loss", s)
		}
	}
	for _, l := range []v1.Layer{gone, other} {
		if !slices.Contains(names, address+"!"+digest(t, l)) {
			t.Errorf("skipped %v, want %s among them", r.skips, digest(t, l))
		}
	}
}

func TestErrorOfTheSink(t *testing.T) {
	host := serve(t, nil)
	push(t, host+"/app", build(t, "1", layer(t, "a", "a"), layer(t, "b", "b")))
	e, err := archive.New(archive.Options{})
	check(t, err)
	s, err := image.New("docker://"+host+"/app", image.Options{Expand: e})
	check(t, err)
	enough := errors.New("enough")
	r := &recorder{texts: map[string]string{}, document: func() error { return enough }}
	if err := s.Walk(t.Context(), r); err != enough {
		t.Errorf("%v, want %v", err, enough)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.document = func() error { cancel(); return nil }
	r.texts = map[string]string{}
	if err := s.Walk(ctx, r); err != context.Canceled {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

func TestNew(t *testing.T) {
	for _, c := range []struct {
		address string
		o       image.Options
		want    string
	}{
		{"app:1", image.Options{}, "want docker://HOST/NAME:TAG"},
		{"docker://", image.Options{}, "image docker://: "},
		{"docker://UPPER CASE", image.Options{}, "image docker://UPPER CASE: "},
		{"docker://app", image.Options{Platform: "linux"}, `platform "linux"`},
		{"docker://app", image.Options{Jobs: -1}, "jobs -1"},
	} {
		if _, err := image.New(c.address, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.address, err, c.want)
		}
	}
}
