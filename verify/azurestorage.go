package verify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/stanchsec/stanch/detector"
)

// azureBlobHost follows the name of a storage account.
const azureBlobHost = ".blob.core.windows.net"

// azureVersion is the version of the storage API.
const azureVersion = "2021-08-06"

// checkAzureStorage lists at most one container:
// https://learn.microsoft.com/en-us/rest/api/storageservices/list-containers2
func checkAzureStorage(ctx context.Context, c *call) (verdict, error) {
	account := c.values["account_name"]
	host := account + azureBlobHost
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base(host)+"/?comp=list&maxresults=1", nil)
	if err != nil {
		return verdict{}, errHost
	}
	req.Header.Set("X-Ms-Date", time.Now().UTC().Format(http.TimeFormat))
	req.Header.Set("X-Ms-Version", azureVersion)
	if err := signAzure(req, account, c.values["secret"]); err != nil {
		return verdict{}, askError{err}
	}
	a, err := c.send(req)
	if err != nil {
		return verdict{}, err
	}
	code := a.Header.Get("X-Ms-Error-Code")
	switch {
	case a.Status == http.StatusOK && isEnumeration(a.Body):
		return live(host+" accepts it", detector.Identity{Account: account}), nil
	case a.Status == http.StatusForbidden && code == "AuthenticationFailed":
		// The same code refuses a request whose time is more than 15 minutes off.
		if at, err := http.ParseTime(a.Header.Get("Date")); err != nil || time.Since(at).Abs() > 10*time.Minute {
			return unknown(host + " does not agree with this machine about the time"), nil
		}
		return dead(host + " does not accept it"), nil
	case a.Status == http.StatusForbidden && code == "KeyBasedAuthenticationNotPermitted":
		return unknown(host + " does not take keys at the moment; the key works again when they are allowed"), nil
	case a.Status == http.StatusForbidden && code == "AuthorizationFailure":
		return unknown(host + " takes requests from chosen networks only"), nil
	}
	return neither(host, a), nil
}

func isEnumeration(body []byte) bool {
	var list struct {
		XMLName xml.Name `xml:"EnumerationResults"`
		Service string   `xml:"ServiceEndpoint,attr"`
	}
	return xml.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &list) == nil && list.Service != ""
}

// signAzure signs a request without a body with a storage account's key:
// https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-shared-key
func signAzure(req *http.Request, account, key string) error {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return errors.New("the key is no base64")
	}
	var text strings.Builder
	text.WriteString(req.Method + strings.Repeat("\n", 12)) // eleven standard headers, all empty
	var own []string
	for name, values := range req.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-ms-") {
			own = append(own, name+":"+strings.Join(values, ","))
		}
	}
	slices.Sort(own)
	for _, h := range own {
		text.WriteString(h + "\n")
	}
	fmt.Fprintf(&text, "/%s%s", account, req.URL.EscapedPath())
	var query []string
	for name, values := range req.URL.Query() {
		slices.Sort(values)
		query = append(query, strings.ToLower(name)+":"+strings.Join(values, ","))
	}
	slices.Sort(query)
	for _, q := range query {
		text.WriteString("\n" + q)
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(text.String()))
	req.Header.Set("Authorization", "SharedKey "+account+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return nil
}
