package s3

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/pinpack/pinpack/internal/publish/target"
)

// Variables are those that hold the credentials.
const Variables = "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE"

// Form is that of the URLs.
const Form = "s3://BUCKET/PREFIX?endpoint=URL&region=REGION&path-style=true&public=URL"

// words are those of a URL's query.
var words = []string{"endpoint", "region", "path-style", "public"}

// place is what a URL says.
type place struct {
	bucket, prefix string // the prefix ends with a slash, or is ""
	endpoint       *url.URL
	region         string
	pathStyle      bool
	public         string // of the bucket's prefix, without a slash at the end
	user           *url.Userinfo
}

// parse reads the URL and the variables that AWS's own tools read.
func parse(link string, getenv func(string) string) (place, error) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "s3" || u.Host == "" {
		return place{}, errors.New("want " + Form)
	}
	p := place{bucket: u.Host, user: u.User}
	if prefix := strings.Trim(u.Path, "/"); prefix != "" {
		p.prefix = prefix + "/"
	}
	var errs []error
	if strings.Contains("/"+p.prefix, "//") || strings.Contains("/"+p.prefix, "/../") || strings.Contains("/"+p.prefix, "/./") {
		errs = append(errs, fmt.Errorf("prefix %q: want a path without //, . and ..", p.prefix))
	}
	query, err := url.ParseQuery(u.RawQuery)
	errs = append(errs, err)
	for name := range query {
		if !slices.Contains(words, name) {
			errs = append(errs, fmt.Errorf("unknown word %q in its query: want %s", name, strings.Join(words, ", ")))
		}
	}
	first := func(values ...string) string {
		i := slices.IndexFunc(values, func(v string) bool { return v != "" })
		return append(values, "")[max(i, 0)]
	}
	endpoint := first(query.Get("endpoint"), getenv("AWS_ENDPOINT_URL_S3"), getenv("AWS_ENDPOINT_URL"))
	p.region = first(query.Get("region"), getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"))
	own := endpoint != ""
	switch {
	case own && p.region == "":
		p.region = "us-east-1"
	case !own && p.region == "":
		endpoint = "https://s3.amazonaws.com"
	case !own:
		endpoint = "https://s3." + p.region + ".amazonaws.com"
		if strings.HasPrefix(p.region, "cn-") {
			endpoint += ".cn"
		}
	}
	p.endpoint, err = url.Parse(endpoint)
	if err != nil || p.endpoint.Host == "" || p.endpoint.Scheme != "https" && p.endpoint.Scheme != "http" || strings.Trim(p.endpoint.Path, "/") != "" {
		errs = append(errs, fmt.Errorf("endpoint %q: want https://HOST", endpoint))
		p.endpoint = &url.URL{Scheme: "https", Host: "invalid"}
	}
	// A bucket's name with dots has no certificate as a name of a host.
	p.pathStyle = own || strings.Contains(p.bucket, ".")
	switch v := query.Get("path-style"); v {
	case "":
	case "true", "false":
		p.pathStyle = v == "true"
	default:
		errs = append(errs, fmt.Errorf("path-style=%s in its query: want true or false", v))
	}
	p.public = strings.TrimSuffix(query.Get("public"), "/")
	if public, err := url.Parse(p.public); err != nil || p.public != "" && public.Host == "" {
		errs = append(errs, fmt.Errorf("public=%s in its query: want the URL at which the prefix is served", p.public))
	}
	return p, errors.Join(errs...)
}

// url is where an object can be fetched.
func (p place) url(name string) string {
	path := (&url.URL{Path: name}).EscapedPath()
	switch {
	case p.public != "":
		return p.public + "/" + path
	case p.pathStyle:
		return p.endpoint.Scheme + "://" + p.endpoint.Host + "/" + p.bucket + "/" + (&url.URL{Path: p.prefix + name}).EscapedPath()
	}
	return p.endpoint.Scheme + "://" + p.bucket + "." + p.endpoint.Host + "/" + (&url.URL{Path: p.prefix + name}).EscapedPath()
}

// login finds the credentials: in the URL, in AWS_ACCESS_KEY_ID and its like, or
// in exchange for a token of an identity provider, as in a workflow with OIDC.
func (p place) login(s target.Setup, getenv func(string) string, mask func(string)) (*credentials.Credentials, error) {
	id, secret, session := getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN")
	if p.user != nil {
		id, session = p.user.Username(), ""
		secret, _ = p.user.Password()
	}
	if id != "" && secret != "" {
		mask(secret)
		mask(session)
		return credentials.NewStaticV4(id, secret, session), nil
	}
	role, file := getenv("AWS_ROLE_ARN"), getenv("AWS_WEB_IDENTITY_TOKEN_FILE")
	if role == "" || file == "" {
		return nil, errors.New("no credentials: want them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, or in the URL")
	}
	sts := getenv("AWS_ENDPOINT_URL_STS")
	if sts == "" {
		sts = "https://sts.amazonaws.com"
		if p.region != "" {
			sts = "https://sts." + p.region + ".amazonaws.com"
		}
	}
	return credentials.New(&credentials.STSWebIdentity{
		Client: s.Client, STSEndpoint: sts, RoleARN: role,
		GetWebIDTokenExpiry: func() (*credentials.WebIdentityToken, error) { return readToken(file, mask) },
	}), nil
}

// client makes each request a few times by itself, so that a lost part of a large
// file is not the loss of all of it; for what lasts longer there is retry.
func (p place) client(s target.Setup, login *credentials.Credentials) (*minio.Core, error) {
	o := &minio.Options{Creds: login, Secure: p.endpoint.Scheme == "https", Region: p.region, MaxRetries: 3, BucketLookup: minio.BucketLookupDNS}
	if p.pathStyle {
		o.BucketLookup = minio.BucketLookupPath
	}
	if s.Client != nil && s.Client.Transport != nil {
		o.Transport = s.Client.Transport
	}
	return minio.NewCore(p.endpoint.Host, o)
}
