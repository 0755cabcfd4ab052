package index

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/pinpack/pinpack/internal/command"
)

// Access is how indexes are reached: credentials, certificates, proxies.
type Access struct {
	client *http.Client
	logins []login
	pause  time.Duration // before the second attempt
}

// login is a user and password, and where they may go.
type login struct {
	index *url.URL      // nil for one from netrc
	host  string        // of one from netrc; "" for any
	user  *url.Userinfo //
}

// Named is an index that goes by a name, as in [[tool.uv.index]]. Its credentials
// are in UV_INDEX_<NAME>_USERNAME and UV_INDEX_<NAME>_PASSWORD.
type Named struct{ Name, URL string }

// NewAccess reads the environment. Credentials come from these, the first that
// fits counts:
//
//  1. the index's own URL,
//  2. UV_INDEX_<NAME>_USERNAME and _PASSWORD of an index with a name: one of
//     named, or of "name=url" in UV_INDEX and UV_DEFAULT_INDEX,
//  3. another configured URL of the same scheme, host and port,
//  4. the file that NETRC names, else .netrc in HOME.
//
// They are sent to the scheme, host and port that they are for, also after a
// redirect. Certificates are those of [Roots]; proxies are HTTPS_PROXY,
// HTTP_PROXY, ALL_PROXY, NO_PROXY and their lower-case forms.
func NewAccess(env []string, named ...Named) (*Access, error) {
	config, err := Configure(env)
	if err != nil {
		return nil, err
	}
	transport, err := Transport(env)
	if err != nil {
		return nil, err
	}
	a := &Access{pause: firstPause}
	for _, n := range append(named, config.named...) {
		a.add(n.URL, namedUser(env, n.Name))
	}
	for _, link := range append([]string{config.Default}, config.Extra...) {
		if u, err := url.Parse(link); err == nil {
			a.add(link, u.User)
		}
	}
	netrc, err := readNetrc(env)
	if err != nil {
		return nil, err
	}
	a.logins = append(a.logins, netrc...)
	transport.ResponseHeaderTimeout = time.Minute
	a.client = &http.Client{Transport: transport}
	return a, nil
}

// Transport reaches servers through the environment's proxies, trusting the
// authorities of [Roots].
func Transport(env []string) (*http.Transport, error) {
	roots, err := Roots(env)
	if err != nil {
		return nil, err
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = proxies(env)
	if len(roots) > 0 {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(roots)
		t.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	return t, nil
}

func (a *Access) add(link string, user *url.Userinfo) {
	if u, err := url.Parse(link); err == nil && user != nil {
		a.logins = append(a.logins, login{index: u, user: user})
	}
}

// namedUser takes the credentials of an index with a name, as uv spells it there:
// upper case, with an underscore for what is no letter or digit.
func namedUser(env []string, name string) *url.Userinfo {
	name = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
	user, hasUser := command.Lookup(env, "UV_INDEX_"+name+"_USERNAME")
	password, hasPassword := command.Lookup(env, "UV_INDEX_"+name+"_PASSWORD")
	if !hasUser && !hasPassword {
		return nil
	}
	return url.UserPassword(user, password)
}

// login finds the credentials for a URL that is fetched on behalf of an index.
func (a *Access) login(u *url.URL, index string) *url.Userinfo {
	if u.User != nil {
		return u.User
	}
	if i, err := url.Parse(index); err == nil && sameHost(i, u) {
		if i.User != nil {
			return i.User
		}
		for _, l := range a.logins {
			if l.index != nil && sameHost(l.index, u) && Same(l.index.String(), index) {
				return l.user
			}
		}
	}
	for _, l := range a.logins {
		if l.index != nil && sameHost(l.index, u) || l.index == nil && (l.host == "" || strings.EqualFold(l.host, u.Hostname())) {
			return l.user
		}
	}
	return nil
}

func sameHost(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// WithLogin returns the URL of an index with the credentials for it, to be given
// to an installer in its environment.
func (a *Access) WithLogin(index string) string {
	u, err := url.Parse(index)
	if err != nil {
		return index
	}
	u.User = a.login(u, index)
	return u.String()
}

// HasLogin tells whether there are credentials for an index.
func (a *Access) HasLogin(index string) bool {
	u, err := url.Parse(index)
	return err == nil && a.login(u, index) != nil
}

func proxies(env []string) func(*http.Request) (*url.URL, error) {
	first := func(names ...string) string {
		for _, name := range names {
			if v, _ := command.Lookup(env, name); v != "" {
				return v
			}
		}
		return ""
	}
	c := httpproxy.Config{
		HTTPProxy:  first("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"),
		HTTPSProxy: first("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
		NoProxy:    first("NO_PROXY", "no_proxy"),
	}
	choose := c.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) { return choose(r.URL) }
}
