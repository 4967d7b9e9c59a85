package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/stanchsec/stanch/rules"
)

// hostForm is what a value may hold that ends up in an address's host: nothing that
// could make it another address.
var hostForm = regexp.MustCompile(`^(?:[0-9A-Za-z](?:[0-9A-Za-z_.-]*[0-9A-Za-z])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$`)

// buildRequest makes the HTTP request that a rule describes.
func (v *Verifier) buildRequest(ctx context.Context, r *rules.Rule, q *rules.Request, values Values) (*http.Request, error) {
	u, err := v.buildURL(r, q, values)
	if err != nil {
		return nil, err
	}
	body, kind, err := buildBody(q, values)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, q.Method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the rule's address cannot be asked") // the error would tell the address
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("User-Agent", v.opts.UserAgent)
	req.Header.Set("Accept", "application/json, */*;q=0.1")
	for _, h := range q.Headers {
		value, err := render(h.Value, values, verbatim)
		if err != nil {
			return nil, err
		}
		if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			return nil, fmt.Errorf("the credential does not fit into the header %s", h.Name)
		}
		req.Header.Set(h.Name, value)
	}
	return req, nil
}

// buildBody makes the body and its content type.
func buildBody(q *rules.Request, values Values) (body []byte, kind string, err error) {
	switch {
	case q.JSON != "":
		body, err = renderJSON(q.JSON, values)
		return body, "application/json", err
	case len(q.Form) > 0:
		form := make(url.Values)
		for _, f := range q.Form {
			value, err := render(f.Value, values, verbatim)
			if err != nil {
				return nil, "", err
			}
			form.Set(f.Name, value)
		}
		return []byte(form.Encode()), "application/x-www-form-urlencoded", nil
	case q.Body != "":
		text, err := render(q.Body, values, verbatim)
		return []byte(text), "", err
	}
	return nil, "", nil
}

// splitURL cuts the template of an address into what stands before "://", the
// authority, and the rest from the path on. An address that is one placeholder, the
// scheme included, has neither scheme nor authority.
func splitURL(template string) (scheme, authority, rest string) {
	scheme, after, ok := strings.Cut(template, "://")
	if !ok || strings.Contains(scheme, "{{") {
		return "", "", template
	}
	if i := strings.IndexAny(after, "/?#"); i >= 0 {
		return scheme, after[:i], after[i:]
	}
	return scheme, after, ""
}

// buildURL makes the address, at the endpoint that was given for the rule if one was.
func (v *Verifier) buildURL(r *rules.Rule, q *rules.Request, values Values) (*url.URL, error) {
	scheme, authority, rest := splitURL(q.URL)
	if authority == "" {
		whole, err := render(rest, values, verbatim)
		if err != nil {
			return nil, err
		}
		if scheme, authority, rest = splitURL(whole); authority == "" {
			return nil, errors.New("the address beside the credential is not a whole one")
		}
		values = nil
	}
	endpoint := v.endpoint(r, authority)
	host, err := render(authority, values, verbatim)
	var missing missingError
	switch {
	case err != nil && (endpoint == nil || !errors.As(err, &missing)):
		if errors.As(err, &missing) {
			return nil, fmt.Errorf("%w; --endpoint %s=URL names where to ask", err, r.Provider)
		}
		return nil, err
	case err == nil && isPlaceholder(authority):
		// A secret that is an address without its scheme.
		if i := strings.IndexAny(host, "/?#"); i >= 0 {
			host, rest = host[:i], escapePath(host[i:])+rest
		}
	}
	path, query, _ := strings.Cut(rest, "?")
	if path, err = render(path, values, escapePath); err != nil {
		return nil, err
	}
	if query, err = buildQuery(query, q, values); err != nil {
		return nil, err
	}
	if endpoint == nil {
		if !hostForm.MatchString(host) {
			return nil, errors.New("what stands beside the credential is no host")
		}
		endpoint = v.endpointOfHost(host)
	}
	base := scheme + "://" + host
	if endpoint != nil {
		base = endpoint.Scheme + "://" + endpoint.Host + strings.TrimSuffix(endpoint.EscapedPath(), "/")
	}
	u, err := url.Parse(base + path)
	if err != nil {
		return nil, errors.New("the credential does not fit into the rule's address")
	}
	if u.Scheme != "https" && endpoint == nil {
		return nil, fmt.Errorf("credentials go over https only, not %s", u.Scheme)
	}
	for _, segment := range strings.Split(u.Path, "/") {
		if segment == "." || segment == ".." {
			return nil, errors.New("the credential would change the rule's address")
		}
	}
	u.RawQuery = query
	return u, nil
}

func isPlaceholder(s string) bool {
	loc := placeholder.FindStringIndex(s)
	return loc != nil && loc[0] == 0 && loc[1] == len(s)
}

// buildQuery joins the query of the address's template and the request's own.
func buildQuery(template string, q *rules.Request, values Values) (string, error) {
	query, err := render(template, values, url.QueryEscape)
	if err != nil {
		return "", err
	}
	for _, p := range q.Query {
		value, err := render(p.Value, values, verbatim)
		if err != nil {
			return "", err
		}
		if query != "" {
			query += "&"
		}
		query += url.QueryEscape(p.Name) + "=" + url.QueryEscape(value)
	}
	return query, nil
}

// escapePath keeps what a path may hold, separators included, and escapes the rest.
func escapePath(s string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("/:@!$&'()*+,;=~-._", c) >= 0 {
			out.WriteByte(c)
			continue
		}
		fmt.Fprintf(&out, "%%%02X", c)
	}
	return out.String()
}
