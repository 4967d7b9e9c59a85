// Package image is the source for container images in a registry.
//
// In goes the name of an image ([New]); out come the documents in its configuration and its layers (see
// [sources.Source] and the package sources/archive). Nothing is kept on disk but what that package unpacks.
//
// Each layer is read as it is, so that files are found which a later one deletes or replaces, and once, however many
// images share it. Of an image for several platforms all are read unless one is named.
//
// Location.Path is the address as the user typed it, the first of Location.Members the digest of the configuration
// or the layer: "docker://ghcr.io/org/app:1.2", "sha256:6d2f…", "app/.env".
package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sourcegraph/conc/pool"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources"
)

// Scheme is what the address of an image begins with, as for skopeo and others:
// https://github.com/containers/image/blob/main/docs/containers-transports.5.md
const Scheme = "docker://"

// Options say how to read an image.
type Options struct {
	// Expand looks into the layers. Never nil.
	Expand sources.Expander
	// Platform is one of those that the image is for, such as "linux/arm64" or "linux/arm/v7"; "" means all.
	Platform string
	// Jobs is how many layers are read at a time; 0 means GOMAXPROCS.
	Jobs int
	// Transport makes the requests; nil means [http.DefaultTransport], which heeds the proxies that the
	// environment names.
	Transport http.RoundTripper
	// UserAgent is sent along; "" means that of the library.
	UserAgent string
}

// Source reads an image. Make one with [New].
type Source struct {
	address  string
	ref      name.Reference
	platform *v1.Platform
	opts     Options
}

var _ sources.Source = (*Source)(nil)

// New makes a source of the image at an address: [Scheme], then the name as "docker pull" takes it, with a tag or
// a digest or without, which means the tag "latest", and without a host, which means Docker Hub. Credentials are
// those of "docker login". New makes no request; its error names what makes no sense.
func New(address string, o Options) (*Source, error) {
	short, ok := strings.CutPrefix(address, Scheme)
	if !ok {
		return nil, fmt.Errorf("image %s: want %sHOST/NAME:TAG", address, Scheme)
	}
	ref, err := name.ParseReference(short)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", address, err)
	}
	s := &Source{address: address, ref: ref, opts: o}
	if o.Platform != "" {
		if s.platform, err = v1.ParsePlatform(o.Platform); err != nil || s.platform.Architecture == "" {
			return nil, fmt.Errorf("platform %q: want OS/ARCHITECTURE, such as linux/arm64", o.Platform)
		}
	}
	if o.Jobs < 0 {
		return nil, fmt.Errorf("jobs %d: must be 1 or more, or 0 for one a processor", o.Jobs)
	}
	if s.opts.Jobs == 0 {
		s.opts.Jobs = runtime.GOMAXPROCS(0)
	}
	return s, nil
}

// Walk implements [sources.Source]. It returns an error if the image cannot be found; layers that cannot be read
// are named as skipped.
func (s *Source) Walk(ctx context.Context, sink sources.Sink) error {
	options := []remote.Option{
		remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithJobs(s.opts.Jobs),
	}
	if s.opts.Transport != nil {
		options = append(options, remote.WithTransport(s.opts.Transport))
	}
	if s.opts.UserAgent != "" {
		options = append(options, remote.WithUserAgent(s.opts.UserAgent))
	}
	d, err := remote.Get(s.ref, options...)
	if err != nil {
		return s.failed(ctx, err)
	}
	l := &list{source: s, sink: sink, known: map[v1.Hash]bool{}}
	if d.MediaType.IsIndex() {
		index, err := d.ImageIndex()
		if err != nil {
			return s.failed(ctx, err)
		}
		if err := l.index(index, 0); err != nil {
			return s.failed(ctx, err)
		}
		if l.images == 0 && s.platform != nil {
			return fmt.Errorf("image %s: is not for platform %s", s.address, s.platform)
		}
	} else {
		img, err := d.Image()
		if err != nil {
			return s.failed(ctx, err)
		}
		if err := l.image(img); err != nil {
			return s.failed(ctx, err)
		}
	}
	return l.read(ctx)
}

// failed says what could not be read as a whole.
func (s *Source) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("image %s: %w", s.address, bare(err))
}

// bare takes away the address of a request, in whose query a registry may have put a permit.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// list is all that there is to read.
type list struct {
	source *Source
	sink   sources.Sink
	known  map[v1.Hash]bool
	blobs  []blob
	images int
}

// blob is a configuration or a layer.
type blob struct {
	hash v1.Hash
	open func() (io.ReadCloser, error)
}

// maxNesting is how deep lists of images may stand in each other.
const maxNesting = 4

// index lists what the images of an index hold.
func (l *list) index(x v1.ImageIndex, depth int) error {
	manifest, err := x.IndexManifest()
	if err != nil {
		return err
	}
	if depth > maxNesting {
		return fmt.Errorf("lists of images more than %d deep in each other", maxNesting)
	}
	for _, m := range manifest.Manifests {
		if p := l.source.platform; p != nil && (m.Platform == nil || !m.Platform.Satisfies(*p)) && !m.MediaType.IsIndex() {
			continue
		}
		switch {
		case l.known[m.Digest]:
		case m.MediaType.IsIndex():
			l.known[m.Digest] = true
			inner, err := x.ImageIndex(m.Digest)
			if err == nil {
				err = l.index(inner, depth+1)
			}
			l.missed(m.Digest, err)
		case m.MediaType.IsImage():
			l.known[m.Digest] = true
			img, err := x.Image(m.Digest)
			if err == nil {
				err = l.image(img)
			}
			l.missed(m.Digest, err)
		default:
			l.missed(m.Digest, fmt.Errorf("of a kind that is not known: %s", m.MediaType))
		}
	}
	return nil
}

// image lists the configuration and the layers of one image.
func (l *list) image(img v1.Image) error {
	l.images++
	manifest, err := img.Manifest()
	if err != nil {
		return err
	}
	l.add(manifest.Config.Digest, func() (io.ReadCloser, error) {
		config, err := img.RawConfigFile()
		return io.NopCloser(strings.NewReader(string(config))), err
	})
	for _, d := range manifest.Layers {
		l.add(d.Digest, func() (io.ReadCloser, error) {
			layer, err := img.LayerByDigest(d.Digest)
			if err != nil {
				return nil, err
			}
			return layer.Compressed()
		})
	}
	return nil
}

// add adds a blob that was not met yet.
func (l *list) add(h v1.Hash, open func() (io.ReadCloser, error)) {
	if l.known[h] {
		return
	}
	l.known[h] = true
	l.blobs = append(l.blobs, blob{h, open})
}

// missed names what could not be read, if err says so.
func (l *list) missed(h v1.Hash, err error) {
	if err != nil {
		l.sink.Skip(sources.Skip{Location: l.at(h), Reason: "not read: " + bare(err).Error(), Incomplete: true})
	}
}

func (l *list) at(h v1.Hash) detector.Location {
	return detector.Location{Path: l.source.address, Members: []string{h.String()}}
}

// read hands all blobs over.
func (l *list) read(ctx context.Context) error {
	l.sink.Progress(sources.Progress{FilesFound: int64(len(l.blobs))})
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError().WithMaxGoroutines(l.source.opts.Jobs)
	for _, b := range l.blobs {
		p.Go(func(ctx context.Context) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			defer l.sink.Progress(sources.Progress{FilesDone: 1})
			r, err := b.open()
			if err != nil {
				l.missed(b.hash, err)
				return ctx.Err()
			}
			defer r.Close()
			return l.source.opts.Expand.Expand(ctx, l.sink, sources.File{Location: l.at(b.hash), Reader: bareReader{r}})
		})
	}
	err := p.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// bareReader reads with bare errors.
type bareReader struct{ r io.Reader }

func (b bareReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		err = bare(err)
	}
	return n, err
}
