package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/stanchsec/stanch/rules"
)

// ruleSetID names what the outcome of a scan depends on but for the text: the rules, the
// confidence that findings need, and this program.
func ruleSetID(set []*rules.Rule, confidence rules.Confidence) (string, error) {
	h := sha256.New()
	if err := hashProgram(h); err != nil {
		return "", fmt.Errorf("cache: %w", err)
	}
	fmt.Fprintln(h, confidence)
	e := json.NewEncoder(h)
	for _, r := range set {
		bare := *r
		bare.Plan, bare.Verify, bare.Revoke, bare.Position = nil, nil, nil, rules.Position{}
		if err := e.Encode(&bare); err != nil {
			return "", fmt.Errorf("cache: rule %s: %w", r.ID, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hashProgram(w io.Writer) error {
	name, err := os.Executable()
	if err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
