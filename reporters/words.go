package reporters

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// What several formats say in the same words. The results are [visible].

// status says how a finding counts: "new", "known" to the baseline, or "suppressed".
func status(f *detector.Finding) string {
	switch {
	case f.Suppression != nil:
		return "suppressed"
	case f.Known:
		return "known"
	}
	return "new"
}

// counts reports whether a finding is new.
func counts(f *detector.Finding) bool { return f.Suppression == nil && !f.Known }

// state is what the provider said, "unverified" if it was not asked.
func state(f *detector.Finding) string {
	if f.Verification == nil {
		return "unverified"
	}
	return visible(string(f.Verification.State))
}

// reasonsText is the confidence with its reasons: "high confidence (0.97): the checksum is right".
func reasonsText(f *detector.Finding) string {
	var why []string
	for _, r := range f.Reasons {
		why = append(why, r.Text)
	}
	return visible(fmt.Sprintf("%s confidence (%.2f)%s",
		detector.Level(f.Confidence), f.Confidence, list(": ", "; ", why...)))
}

// verificationText is what the provider said, in words; empty if it was not asked.
func verificationText(f *detector.Finding) string {
	v := f.Verification
	if v == nil {
		return ""
	}
	id := v.Identity
	return visible(string(v.State) + list(": ", "; ", v.Reason,
		prefixed("owner ", id.Owner),
		prefixed("account ", id.Account),
		prefixed("scopes ", strings.Join(id.Scopes, ", ")),
		prefixed("created ", id.Created),
		prefixed("expires ", id.Expires),
		prefixed("last used ", id.LastUsed)))
}

// suppressionText says why a finding is suppressed; empty if it is not.
func suppressionText(s *detector.Suppression) string {
	if s == nil {
		return ""
	}
	return visible("suppressed (" + s.Kind + ")" + list(": ", ", ",
		s.Reason, prefixed("owner ", s.Owner), prefixed("until ", s.Expires)))
}

// partsText lists the other parts of a credential: "key id EXAMPLE, session token …rA".
func partsText(f *detector.Finding, reveal bool) string {
	var parts []string
	for _, p := range f.Parts {
		value, redacted, secret := partValue(p, reveal)
		parts = append(parts, p.Name+" "+cmp.Or(value, secret, redacted))
	}
	return visible(strings.Join(parts, ", "))
}

// originText says how the credential came to a place; empty if there is nothing to say.
func originText(p *detector.Place) string {
	l := p.Location
	commit := ""
	if l.Commit != "" {
		commit = "commit " + shortCommit(l.Commit) + prefixed(" by ", l.Author) + prefixed(" on ", day(l.Date))
	}
	return visible(list("", ", ",
		prefixed("written in ", strings.Join(p.Decoding, ", in it ")),
		commit, prefixed("job ", l.Job), prefixed("step ", l.Step)))
}

// adviceText says how to replace a credential of the finding's rule; empty if the rule does not tell.
func adviceText(f *detector.Finding) string {
	manual := ""
	if f.Rule.Revoke != nil {
		manual = oneLine(f.Rule.Revoke.Manual)
	}
	return visible(list("", " ", manual, prefixed(addressLabel(f.Rule)+" ", replaceAt(f.Rule))))
}

// addressLabel introduces the address of [replaceAt].
func addressLabel(r *rules.Rule) string {
	if r.Rotate != "" {
		return "Replace it at"
	}
	return "See"
}

// firstPlace is where a finding was first seen. One without a place, which is against the
// contract, is still not to be lost.
func firstPlace(f *detector.Finding) *detector.Place {
	if len(f.Places) == 0 {
		return &detector.Place{}
	}
	return &f.Places[0]
}

// placesOf are the places of a finding, at least one.
func placesOf(f *detector.Finding) []detector.Place {
	if len(f.Places) == 0 {
		return []detector.Place{{}}
	}
	return f.Places
}

// excerptText is the line around the credential, redacted and on one line.
func excerptText(p *detector.Place) string {
	return visible(strings.TrimSpace(strings.ReplaceAll(p.Excerpt, "\t", "    ")))
}

// scopeText says how much was scanned: "12 files, 3 kB, 318 rules, 20ms"; empty if that is not
// known.
func scopeText(r Run) string {
	var how []string
	if r.Files > 0 {
		how = append(how, plural(int(r.Files), "file"), humanize.Bytes(uint64(max(0, r.Bytes))))
	}
	if r.Rules > 0 {
		how = append(how, plural(r.Rules, "rule"))
	}
	if took := r.Ended.Sub(r.Started); !r.Started.IsZero() && took > 0 {
		how = append(how, took.Round(roundTo(took)).String())
	}
	return strings.Join(how, ", ")
}
