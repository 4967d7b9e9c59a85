package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
)

// slowest is how many rules --stats lists.
const slowest = 10

// writeStats writes how much was scanned, how fast, and where the time went.
func writeStats(w io.Writer, s *scanned) {
	wall := s.Ended.Sub(s.Started)
	rate := float64(s.Bytes) / max(wall.Seconds(), 1e-9)
	fmt.Fprintf(w, "\nScanned %s files, %s bytes in %s: %s/s, %s files/s\n",
		humanize.Comma(s.Files), humanize.Comma(s.Bytes), round(wall), humanize.Bytes(uint64(rate)),
		humanize.Comma(int64(float64(s.Files)/max(wall.Seconds(), 1e-9))))
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Fprintf(w, "Memory taken from the system: %s\n", humanize.Bytes(memory.Sys))

	total, filter := s.Timing.Total(), s.Timing.Prefilter()
	list := s.Timing.Rules()
	var matching time.Duration
	for _, r := range list {
		matching += r.Time
	}
	fmt.Fprintf(w, "\nTime by stage, added up over all goroutines:\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	stage := func(name string, d time.Duration) {
		fmt.Fprintf(t, "  %s\t%s\t%.0f%%\t\n", name, round(d), 100*d.Seconds()/max(total.Seconds(), 1e-9))
	}
	stage("prefilter", filter)
	stage("match and judge", matching)
	stage("decode, find words, assemble", total-filter-matching)
	stage("whole scan", total)
	t.Flush()

	if len(list) == 0 {
		return
	}
	fmt.Fprintf(w, "\nRules that took longest:\n")
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  RULE\tTIME\tWOKEN\tMATCHED\n")
	for _, r := range list[:min(len(list), slowest)] {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", r.ID, round(r.Time), humanize.Comma(r.Tries), humanize.Comma(r.Matches))
	}
	t.Flush()
}

// round leaves three or four digits.
func round(d time.Duration) time.Duration {
	switch {
	case d > 10*time.Second:
		return d.Round(100 * time.Millisecond)
	case d > 10*time.Millisecond:
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Microsecond)
}
