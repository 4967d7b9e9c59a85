package main

import (
	"hash/fnv"
	"strings"

	"github.com/stanchsec/stanch/internal/assign"
	"github.com/stanchsec/stanch/internal/judge"
)

// samplesOf turns cases into samples: those of the repositories that use says, and
// those of code without credentials.
func samplesOf(files []*file, code []labelled, o options, use func(repo string) bool) []sample {
	var out []sample
	for _, f := range files {
		if !use(f.repo) {
			continue
		}
		where := judge.FileOf(f.name)
		for _, c := range f.cases {
			s := sample{v: c.v, weight: 1}
			switch c.truth {
			case 'T':
				s.label = 1
				if h, ok := spoilt(c, where); ok && o.spoilt > 0 && !c.trivial {
					out = append(out, sample{v: h, weight: o.spoilt})
				}
				if h, ok := renamed(c, where); ok && o.renamed > 0 && !c.trivial {
					out = append(out, sample{v: h, weight: o.renamed})
				}
				if h, ok := humanised(c, where); ok && o.human > 0 && !c.trivial {
					out = append(out, sample{v: h, label: 1, weight: o.human})
				}
			case 'N':
				s.weight = o.id
			case '-': // it may be a part of the credential beside it, or none
				continue
			case 0:
				s.weight = o.unlabelled
			}
			if c.trivial {
				s.weight *= o.trivial
			}
			if s.weight > 0 {
				out = append(out, s)
			}
		}
	}
	for _, c := range code {
		if o.code > 0 {
			out = append(out, sample{v: c.v, weight: o.code})
		}
	}
	return out
}

// The archive's passwords were replaced by random letters. Real ones are mostly words
// with digits and signs, which a model trained on the archive alone would never report.
// humanised is a case of such a password with one of the kind that people choose.
func humanised(c labelled, where judge.File) (judge.Vector, bool) {
	v := c.c.Value
	if len(v) < 4 || len(v) > 16 || strings.ContainsAny(v, " ./+=") || !strings.Contains(strings.ToLower(c.c.Name), "pass") &&
		!strings.Contains(strings.ToLower(c.c.Name), "pwd") {
		return judge.Vector{}, false
	}
	h := fnv.New64a()
	h.Write([]byte(v))
	rng := random(h.Sum64())
	pick := func(list []string) string { return list[int(rng.next()*float64(len(list)))] }
	word := pick(humanWords)
	if rng.next() < 0.6 {
		word = strings.ToUpper(word[:1]) + word[1:]
	}
	if rng.next() < 0.35 {
		word = strings.NewReplacer("a", "@", "o", "0", "e", "3", "i", "1", "s", "$").Replace(word)
	}
	if rng.next() < 0.25 {
		word += pick([]string{"_", "-", "."}) + pick(humanWords)
	}
	k := c.c
	k.Value = word + pick([]string{"7", "21", "88", "1987", "2019", "2021", "4711", "815", "42", "69"}) + pick([]string{"", "", "!", "#", "!!", "$", "@", "?"})
	return judge.Measure(&k).In(where), true
}

// spoilt is a case of a token or a key with a sign put into it that none holds, a sample
// that is false. There are few of these in the archive, and all sorts in the world.
func spoilt(c labelled, where judge.File) (judge.Vector, bool) {
	v := c.c.Value
	if len(v) < 12 || judge.UnlikeToken(&c.v) {
		return judge.Vector{}, false
	}
	h := fnv.New64a()
	h.Write([]byte(v))
	rng := random(h.Sum64())
	const signs = "?*^#$%!()&@"
	k := c.c
	for range 1 + int(rng.next()*3) {
		at := 1 + int(rng.next()*float64(len(k.Value)-2))
		sign := int(rng.next() * float64(len(signs)))
		k.Value = k.Value[:at] + signs[sign:sign+1] + k.Value[at+1:]
	}
	s := judge.Measure(&k).In(where)
	return s, judge.UnlikeToken(&s)
}

// renamed is a case of a token or a key under a name that says that it is public, a digest
// or a name for something, a sample that is false: what makes such a value is the same as
// what makes a credential, and the archive has few of them.
func renamed(c labelled, where judge.File) (judge.Vector, bool) {
	v := c.c.Value
	const uuid = 36 // what those are told by is the name's end; see judge.Trivial
	if len(v) < 16 || len(v) == uuid && v[8] == '-' || judge.UnlikeToken(&c.v) || strings.HasPrefix(v, "-----") || c.c.Form == assign.Element {
		return judge.Vector{}, false
	}
	h := fnv.New64a()
	h.Write([]byte(v))
	rng := random(h.Sum64())
	name := publicNames[int(rng.next()*float64(len(publicNames)))]
	switch {
	case strings.ToUpper(c.c.Name) == c.c.Name:
		name = strings.ToUpper(name)
	case strings.ContainsAny(c.c.Name, "_-") && !strings.ContainsAny(c.c.Name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
	default: // likeThis
		parts := strings.Split(name, "_")
		for i, p := range parts {
			if i > 0 || rng.next() < 0.3 {
				parts[i] = strings.ToUpper(p[:1]) + p[1:]
			}
		}
		name = strings.Join(parts, "")
	}
	k := c.c
	k.Name = name
	return judge.Measure(&k).In(where), true
}

// publicNames hold the words that wake the rules, and yet none of them names a credential.
var publicNames = strings.Fields("key_id key_ids keyid keyids signing_key_id key_hash key_fingerprint key_digest token_hash token_digest public_key pubkey " +
	"public_key_token public_token publishable_key site_key foreign_key primary_key sort_key partition_key cache_key hashed_key lookup_key storage_key " +
	"object_key host_key known_host_key verify_key verification_key issuer_key_hash peer_public_key node_key_id kms_key_id gpg_key_id signature_key_id " +
	"key_name secret_name secret_version session_name token_id credential_id credentials_id auth_tag key_signature content_key_md5 key_checksum " +
	"dedup_key idempotency_key row_key map_key websocket_key " +
	"signature signature signature sig sig content_signature request_signature signature_value body_signature key_sig " +
	"next_token next_token next_page_token page_token continuation_token idempotency_token client_request_token change_token sync_token customer_key_md5")

// humanWords are words of the kind that passwords are made of: names, animals, seasons,
// towns, things.
var humanWords = strings.Fields("summer winter spring autumn sommer berlin london madrid tokyo sydney moscow dallas chelsea arsenal barca " +
	"michael jessica daniel thomas andrea sandra nicole martin stefan pedro maria olga ivan sergey rajesh priya " +
	"tiger panda falcon wolf bear eagle shark kitten puppy horse dolphin cobra spider rabbit turtle " +
	"coffee pizza cookie banana cherry orange pepper ginger vanilla chocolate whisky " +
	"thunder lightning rocket galaxy saturn matrix gandalf batman merlin phoenix ninja wizard pirate knight castle forest river ocean mountain " +
	"guitar piano soccer hockey tennis football yamaha ferrari porsche mustang harley diamond silver golden purple")
