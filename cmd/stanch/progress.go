package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/stanchsec/stanch/sources"
)

// showProgress shows how far a scan is until done is called: on a terminal as a line
// that is written anew, else, if it is asked for, as a line now and then.
func (p *program) showProgress(mode string, scan interface{ Progress() sources.Progress }) (done func()) {
	tty := terminal(p.stderr) != nil
	if mode == "never" || mode == "auto" && !tty {
		return func() {}
	}
	every, first := 5*time.Second, 5*time.Second
	if tty {
		every, first = 100*time.Millisecond, 500*time.Millisecond
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		start := time.Now()
		timer := time.NewTimer(first)
		defer timer.Stop()
		for {
			select {
			case <-stop:
				return
			case <-timer.C:
				writeProgress(p.stderr, tty, width(p.stderr), scan.Progress(), time.Since(start))
				timer.Reset(every)
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() {
			close(stop)
			<-stopped
			if tty {
				fmt.Fprint(p.stderr, "\r\x1b[K")
			} else {
				writeProgress(p.stderr, false, 0, scan.Progress(), 0)
			}
		})
	}
}

// countProgress shows how many of how many things are done, in the same way. show may be
// called from several goroutines.
func (p *program) countProgress(mode, what string) (show func(done, total int), done func()) {
	tty := terminal(p.stderr) != nil
	if mode == "never" || mode == "auto" && !tty {
		return nil, func() {}
	}
	var mu sync.Mutex
	last := time.Now()
	show = func(n, total int) {
		mu.Lock()
		defer mu.Unlock()
		if tty && time.Since(last) > 100*time.Millisecond {
			last = time.Now()
			fmt.Fprintf(p.stderr, "\r%s %s of %s\x1b[K", what, humanize.Comma(int64(n)), humanize.Comma(int64(total)))
		} else if !tty && (n == total || time.Since(last) > 5*time.Second) {
			last = time.Now()
			fmt.Fprintf(p.stderr, "%s %s of %s\n", what, humanize.Comma(int64(n)), humanize.Comma(int64(total)))
		}
	}
	return show, func() {
		if tty {
			fmt.Fprint(p.stderr, "\r\x1b[K")
		}
	}
}

// writeProgress writes one state of a scan that has run for so long; without a time it is
// the last one.
func writeProgress(w io.Writer, tty bool, columns int, at sources.Progress, since time.Duration) {
	line := progressLine(at, since)
	if !tty {
		fmt.Fprintln(w, line)
		return
	}
	if columns > 0 && len(line) >= columns {
		line = line[:columns-1]
	}
	fmt.Fprintf(w, "\r%s\x1b[K", line)
}

// progressLine says how far a scan is. It is plain ASCII.
func progressLine(at sources.Progress, since time.Duration) string {
	var b strings.Builder
	if at.FilesFound > at.FilesDone {
		fmt.Fprintf(&b, "scanned %s of %s", humanize.Comma(at.FilesDone), count(int(at.FilesFound), "file"))
	} else {
		fmt.Fprintf(&b, "scanned %s", count(int(at.FilesDone), "file"))
	}
	fmt.Fprintf(&b, ", %s", humanize.Bytes(uint64(at.BytesDone)))
	if since < time.Second/10 {
		return b.String()
	}
	rate := float64(at.BytesDone) / since.Seconds()
	fmt.Fprintf(&b, ", %s/s", humanize.Bytes(uint64(rate)))
	if left := at.BytesFound - at.BytesDone; left > 0 && rate > 0 {
		seconds := float64(left) / rate
		fmt.Fprintf(&b, ", %s left", (time.Duration(seconds) * time.Second).String())
	} else if left := at.FilesFound - at.FilesDone; left > 0 && at.FilesDone > 0 {
		seconds := since.Seconds() / float64(at.FilesDone) * float64(left)
		fmt.Fprintf(&b, ", about %s left", (time.Duration(seconds+0.5) * time.Second).String())
	}
	return b.String()
}
