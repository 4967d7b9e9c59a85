package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// awsRegions are the regions that the hosts of the protocol aws-sts sign for, one of
// each partition. An id does not tell its partition, and a key is unknown to the others.
var awsRegions = []string{"us-east-1", "us-gov-west-1", "cn-north-1"}

// checkAWS calls STS GetCallerIdentity, which needs no permission:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func checkAWS(ctx context.Context, c *call) (verdict, error) {
	if strings.HasPrefix(c.values["access_key_id"], "ASIA") && c.values["session_token"] == "" {
		return unknown("a temporary key cannot be asked about without its session token, which was not found beside it"), nil
	}
	var o verdict
	for i, host := range rules.ProtocolByName(rules.VerifyProtocols, "aws-sts").Hosts {
		var err error
		var elsewhere bool
		if o, elsewhere, err = checkAWSAt(ctx, c, host, awsRegions[i]); err != nil {
			return verdict{}, err
		}
		if !elsewhere || c.endpoint != nil || c.v.endpointOfHost(host) != nil {
			break
		}
	}
	return o, nil
}

// checkAWSAt asks one partition. elsewhere says that it does not know the key, which
// may be another partition's.
func checkAWSAt(ctx context.Context, c *call, host, region string) (o verdict, elsewhere bool, err error) {
	const body = "Action=GetCallerIdentity&Version=2011-06-15"
	signed := func(at time.Time) (*Answer, error) {
		req, err := SignedAWS(ctx, c.base(host)+"/", "sts", region, body, c.values, at)
		if err != nil {
			return nil, err
		}
		return c.send(req)
	}
	a, err := signed(time.Now())
	if err != nil {
		return verdict{}, false, err
	}
	if e := awsErrorOf(a); e.clock() {
		// Our clock is wrong: sign for the time that the server has.
		if at, err := http.ParseTime(a.Header.Get("Date")); err == nil {
			if a, err = signed(at); err != nil {
				return verdict{}, false, err
			}
		}
	}
	if a.Status == http.StatusOK {
		var id struct {
			XMLName xml.Name `xml:"GetCallerIdentityResponse"`
			ARN     string   `xml:"GetCallerIdentityResult>Arn"`
			Account string   `xml:"GetCallerIdentityResult>Account"`
		}
		if xml.Unmarshal(a.Body, &id) == nil && strings.HasPrefix(id.ARN, "arn:") && id.Account != "" {
			return live(host+" accepts it", detector.Identity{Owner: tidy(id.ARN), Account: tidy(id.Account)}), false, nil
		}
		return neither(host, a), false, nil
	}
	e := awsErrorOf(a)
	switch {
	case e.clock():
		return unknown(host + " does not agree with this machine about the time"), false, nil
	case a.Status == http.StatusForbidden && e.Code == "InvalidClientTokenId":
		return dead("AWS does not know the key, or it is inactive"), true, nil
	case a.Status == http.StatusForbidden && e.Code == "SignatureDoesNotMatch":
		return dead("AWS knows the id, but the secret does not belong to it"), false, nil
	case a.Status == http.StatusForbidden && e.Code == "ExpiredToken":
		return dead("the session token has expired"), false, nil
	case e.Code == "Throttling" || e.Code == "RequestLimitExceeded":
		return verdict{}, false, statusError{a.Status, true}
	}
	return neither(host, a), false, nil
}

// SignedAWS makes a POST request of an AWS query API, signed with the key that values
// hold: access_key_id, secret, and for a temporary one session_token.
func SignedAWS(ctx context.Context, address, service, region, form string, values Values, at time.Time) (*http.Request, error) {
	if _, err := url.ParseQuery(form); err != nil {
		return nil, askError{err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte(form)))
	if err != nil {
		return nil, askError{err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sum := sha256.Sum256([]byte(form))
	keys := aws.Credentials{
		AccessKeyID: values["access_key_id"], SecretAccessKey: values["secret"], SessionToken: values["session_token"],
	}
	if err := v4.NewSigner().SignHTTP(ctx, keys, req, hex.EncodeToString(sum[:]), service, region, at.UTC()); err != nil {
		return nil, askError{err}
	}
	return req, nil
}

// awsError is the error of a query API.
type awsError struct {
	Code    string `xml:"Error>Code"`
	Message string `xml:"Error>Message"`
}

func awsErrorOf(a *Answer) awsError {
	var e awsError
	if a.Status == http.StatusOK || xml.Unmarshal(a.Body, &e) != nil {
		return awsError{}
	}
	return e
}

// clock reports whether a signature was refused for its time: that has the code of a
// wrong secret, and only the message tells.
func (e awsError) clock() bool {
	return e.Code == "RequestExpired" || e.Code == "SignatureDoesNotMatch" &&
		(strings.Contains(e.Message, "Signature expired") || strings.Contains(e.Message, "Signature not yet current"))
}
