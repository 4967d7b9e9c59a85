package verify

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stanchsec/stanch/detector"
)

// Values are what placeholders stand for: "secret", the parts of the credential by
// name, and what earlier answers told.
type Values map[string]string

// ValuesOf are the values of a finding: its secret and its parts.
func ValuesOf(f *detector.Finding) Values {
	v := Values{"secret": f.Secret.Reveal()}
	for _, p := range f.Parts {
		v[p.Name] = p.Value.Reveal()
	}
	return v
}

// missingError says that a placeholder stands for something that was not found.
type missingError struct{ name string }

func (e missingError) Error() string {
	return fmt.Sprintf("the credential's %s was not found beside it", strings.ReplaceAll(e.name, "_", " "))
}

var placeholder = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// render fills in the placeholders of a text; escape makes a value fit for its place.
func render(text string, values Values, escape func(string) string) (string, error) {
	var failed error
	out := placeholder.ReplaceAllStringFunc(text, func(ph string) string {
		inner := placeholder.FindStringSubmatch(ph)[1]
		value, err := evaluate(inner, values)
		if err != nil {
			if failed == nil {
				failed = err
			}
			return ""
		}
		if strings.HasPrefix(inner, "urlquery ") {
			return value // escaped already
		}
		return escape(value)
	})
	if failed != nil {
		return "", failed
	}
	return out, nil
}

// verbatim escapes nothing.
func verbatim(s string) string { return s }

// names lists the values that a text's placeholders use.
func names(text string) []string {
	var out []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		words := strings.Fields(m[1])
		if len(words) > 1 || len(words) == 1 && functions[words[0]] != nil {
			words = words[1:]
		}
		for _, w := range words {
			if !strings.HasPrefix(w, `"`) {
				out = append(out, w)
			}
		}
	}
	return out
}

// evaluate works out one placeholder: a name, or a function and its arguments, each a
// name or a literal in quotes.
func evaluate(text string, values Values) (string, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return "", fmt.Errorf("the rule has an empty placeholder")
	}
	fn := functions[words[0]]
	if fn == nil {
		if len(words) > 1 {
			return "", fmt.Errorf("the rule uses a function %q that does not exist", words[0])
		}
		return lookUp(words[0], values)
	}
	var args []string
	for _, w := range words[1:] {
		value, err := lookUp(w, values)
		if err != nil {
			return "", err
		}
		args = append(args, value)
	}
	return fn(args)
}

func lookUp(word string, values Values) (string, error) {
	if strings.HasPrefix(word, `"`) {
		text, err := strconv.Unquote(word)
		if err != nil {
			return "", fmt.Errorf("the rule's literal %s is not closed", word)
		}
		return text, nil
	}
	if v, ok := values[word]; ok && v != "" {
		return v, nil
	}
	return "", missingError{word}
}

// functions are those of [rules.RequestFuncs], which bounds the number of arguments.
// Several arguments are joined without anything between, but for basic, whose two are
// user and password.
var functions = map[string]func(args []string) (string, error){
	"base64": func(a []string) (string, error) {
		return base64.StdEncoding.EncodeToString([]byte(strings.Join(a, ""))), nil
	},
	"base64url": func(a []string) (string, error) {
		return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(a, ""))), nil
	},
	"basic": func(a []string) (string, error) {
		user, password := arg(a, 0), arg(a, 1)
		return base64.StdEncoding.EncodeToString([]byte(user + ":" + password)), nil
	},
	"hex":      func(a []string) (string, error) { return hex.EncodeToString([]byte(arg(a, 0))), nil },
	"urlquery": func(a []string) (string, error) { return url.QueryEscape(arg(a, 0)), nil },
	"sha256": func(a []string) (string, error) {
		sum := sha256.Sum256([]byte(arg(a, 0)))
		return hex.EncodeToString(sum[:]), nil
	},
	// SHA-1 and MD5 are what some providers ask for; nothing here rests on them.
	"sha1": func(a []string) (string, error) {
		sum := sha1.Sum([]byte(arg(a, 0)))
		return hex.EncodeToString(sum[:]), nil
	},
	"md5": func(a []string) (string, error) {
		sum := md5.Sum([]byte(arg(a, 0)))
		return hex.EncodeToString(sum[:]), nil
	},
	"hmac":        func(a []string) (string, error) { return hex.EncodeToString(mac(a)), nil },
	"hmac-base64": func(a []string) (string, error) { return base64.StdEncoding.EncodeToString(mac(a)), nil },
	"now":         now,
}

func arg(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

// mac is the HMAC-SHA256 under the first argument of the rest.
func mac(args []string) []byte {
	h := hmac.New(sha256.New, []byte(arg(args, 0)))
	for _, a := range args[min(1, len(args)):] {
		h.Write([]byte(a))
	}
	return h.Sum(nil)
}

// now is the time: in seconds since 1970, or as the argument says.
func now(args []string) (string, error) {
	t := time.Now().UTC()
	switch form := arg(args, 0); form {
	case "":
		return strconv.FormatInt(t.Unix(), 10), nil
	case "ms":
		return strconv.FormatInt(t.UnixMilli(), 10), nil
	case "rfc3339":
		return t.Format(time.RFC3339), nil
	case "http":
		return t.Format(http.TimeFormat), nil
	default:
		return "", fmt.Errorf("the rule asks for the time as %q: known are ms, rfc3339, http", form)
	}
}

// renderJSON fills in the placeholders of all strings of a JSON text, keys left alone.
func renderJSON(text string, values Values) ([]byte, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("the rule's JSON: %w", err)
	}
	tree, err := renderTree(tree, values)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		return nil, fmt.Errorf("the rule's JSON: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func renderTree(node any, values Values) (_ any, err error) {
	switch node := node.(type) {
	case string:
		return render(node, values, verbatim)
	case []any:
		for i := range node {
			if node[i], err = renderTree(node[i], values); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range node {
			if node[k], err = renderTree(node[k], values); err != nil {
				return nil, err
			}
		}
	}
	return node, nil
}
