package reporters

import (
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/stanchsec/stanch/detector"
)

// cut stands where a line was cut.
const cut = "…"

// fit returns the excerpt of a place in three pieces, the second being the marked one, fit
// for a line of width columns: no tabs, no blanks in front, nothing that a terminal would
// act upon, and if it is too wide, cut so that the marked piece stays in view.
func fit(place *detector.Place, width int) (before, marked, after string) {
	const tab = "    "
	clean := func(s string) string { return visible(strings.ReplaceAll(s, "\t", tab)) }
	before = strings.TrimLeft(clean(place.Excerpt[:place.MarkStart]), " ")
	marked = clean(place.Excerpt[place.MarkStart:place.MarkEnd])
	after = strings.TrimRight(clean(place.Excerpt[place.MarkEnd:]), " ")

	width = max(width, 8)
	marked = cutRight(marked, width)
	room := width - displaywidth.String(marked)
	if displaywidth.String(before)+displaywidth.String(after) <= room {
		return before, marked, after
	}
	// What comes before tells more: the name of the thing.
	before = cutLeft(before, max(room*2/3, room-displaywidth.String(after)))
	return before, marked, cutRight(after, room-displaywidth.String(before))
}

// cutRight cuts s at its end so that it takes no more than width columns.
func cutRight(s string, width int) string {
	if displaywidth.String(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	used, end := 0, 0
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		if used+g.Width() > width-1 {
			break
		}
		used += g.Width()
		end += len(g.Value())
	}
	return s[:end] + cut
}

// cutLeft cuts s at its start so that it takes no more than width columns.
func cutLeft(s string, width int) string {
	over := displaywidth.String(s) - width
	if over <= 0 {
		return s
	}
	if width < 1 {
		return ""
	}
	gone, start := 0, 0
	for g := displaywidth.StringGraphemes(s); g.Next() && gone < over+1; {
		gone += g.Width()
		start += len(g.Value())
	}
	return cut + s[start:]
}
