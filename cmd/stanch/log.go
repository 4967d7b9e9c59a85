package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"

	"github.com/stanchsec/stanch/internal/inert"
)

// levelNote is for what everybody should know who does not ask for silence.
const levelNote = slog.LevelWarn - 1

// logHandler writes log records as a person reads them in a terminal: the level in front
// of the message, "key=value" behind it.
type logHandler struct {
	mu     sync.Mutex
	w      io.Writer
	level  slog.Level
	colour bool
	attrs  []slog.Attr
}

// Enabled implements [slog.Handler].
func (h *logHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

// Handle implements [slog.Handler].
func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	word, style := "note", "36"
	switch {
	case r.Level >= slog.LevelError:
		word, style = "error", "31"
	case r.Level >= slog.LevelWarn:
		word, style = "warning", "33"
	case r.Level < slog.LevelInfo:
		word, style = "debug", "2"
	}
	if h.colour {
		word = "\x1b[" + style + "m" + word + "\x1b[0m"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s", word, r.Message)
	put := func(a slog.Attr) bool {
		text := a.Value.Resolve().String()
		if strings.ContainsAny(text, " \"\n\t") || text == "" {
			text = fmt.Sprintf("%q", text)
		}
		fmt.Fprintf(&b, " %s=%s", a.Key, text)
		return true
	}
	for _, a := range h.attrs {
		put(a)
	}
	r.Attrs(put)
	b.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.w, inert.Plain.Text(b.String())) // a message may name a file
	return err
}

// WithAttrs implements [slog.Handler].
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{w: h.w, level: h.level, colour: h.colour, attrs: append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

// WithGroup implements [slog.Handler]. Groups are not told apart.
func (h *logHandler) WithGroup(string) slog.Handler { return h }
