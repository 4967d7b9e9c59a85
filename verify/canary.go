package verify

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/stanchsec/stanch/detector"
)

// canaryAccounts are AWS accounts whose only keys are canary tokens: whoever uses one
// is reported to the person who laid it out. https://trufflesecurity.com/blog/canaries
// lists those of canarytokens.org.
var canaryAccounts = map[string]string{
	"052310077262": thinkst, "171436882533": thinkst, "266735846894": thinkst, "534261010715": thinkst, "595918472158": thinkst,
	"717712589309": thinkst, "730335385048": thinkst, "819147034852": thinkst, "893192397702": thinkst, "992382622183": thinkst,
}

const thinkst = "canarytokens.org"

// canary names who laid out a finding as a trap, as far as its text tells; empty if it
// does not look like one.
func canary(f *detector.Finding) string {
	if f.Rule.Provider != "aws" {
		return ""
	}
	for _, p := range f.Parts {
		if p.Name == "access_key_id" {
			return canaryAccounts[AWSAccount(p.Value.Reveal())]
		}
	}
	return ""
}

// AWSAccount works out the account's number from an access key id, of 20 characters;
// empty if it is none. Behind the prefix of four, which tells the kind, the id is
// base32, and bits 1 to 40 of it are the account:
// https://trufflesecurity.com/blog/research-uncovers-aws-account-numbers-hidden-in-access-keys
func AWSAccount(keyID string) string {
	if len(keyID) != 20 || !strings.HasPrefix(keyID, "A") {
		return ""
	}
	raw, err := base32.StdEncoding.DecodeString(keyID[4:])
	if err != nil {
		return ""
	}
	bits := binary.BigEndian.Uint64(append([]byte{0, 0}, raw[:6]...))
	return fmt.Sprintf("%012d", bits&0x7fffffffff80>>7)
}
