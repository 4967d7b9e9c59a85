package reporters_test

import (
	"fmt"
	"os"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/reporters"
	"github.com/stanchsec/stanch/rules"
)

// Findings come from a detector; this one is made by hand.
func Example() {
	rule := &rules.Rule{
		ID: "example-token", Title: "Example token", Severity: rules.High, Rotate: "https://example.com/tokens",
	}
	secret := detector.NewSecret("ext_"+"not-a-real-one", 4)
	report := &reporters.Report{
		Findings: []detector.Finding{{
			Rule:       rule,
			Secret:     secret,
			Confidence: 0.9,
			Reasons:    []detector.Reason{{Name: "prefix", Text: "the prefix tells its kind"}},
			Places: []detector.Place{{
				Location:  detector.Location{Path: "config.ini"},
				Span:      detector.Span{StartLine: 3, StartColumn: 9, EndLine: 3, EndColumn: 27},
				Excerpt:   "token = " + secret.Redacted(),
				MarkStart: 8,
				MarkEnd:   8 + len(secret.Redacted()),
			}},
		}},
	}

	text, err := reporters.New("text", reporters.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := text.Write(os.Stdout, report); err != nil {
		fmt.Println(err)
	}
	// Output:
	// config.ini
	//   3:9     high      Example token  example-token
	//       token = ex…ne
	//               ^^^^^
	//       high confidence (0.90): the prefix tells its kind
	//       fingerprint 00000000000000000000000000000000
	//
	// What to do
	//   Whoever can read these files has the credentials. Replace each at its provider
	//   first, then take it out of the text; taking it out alone does not help,
	//   history keeps it.
	//
	//   Example token  × 1
	//     https://example.com/tokens
	//
	//   Not a secret? Say so in a comment on its line, "stanch:ignore RULE reason", or
	//   enter its fingerprint in .stanch.toml.
	//
	// 1 finding: 1 high.
}
