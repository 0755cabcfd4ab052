package registry

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// login is one way in which a service takes credentials.
type login struct {
	how          string // "basic", "user" (the secret is the name, without a password), "bearer", "token" as Gitea has it, or the name of a header
	user, secret string // variables; the user may be a word of its own, in lower case
}

func isVariable(name string) bool { return name != "" && strings.ToUpper(name) == name }

// credentials are what a request bears.
type credentials struct{ header, value string }

func (c credentials) set(r *http.Request) {
	if c.header != "" {
		r.Header.Set(c.header, c.value)
	}
}

// log in finds the credentials: in the URL, else in the first variables of the
// kind's that are set. Everything secret in them is masked.
func (k *Kind) logIn(user *url.Userinfo, getenv func(string) string, mask func(string)) (credentials, error) {
	if user != nil {
		name := user.Username()
		password, both := user.Password()
		if both {
			return login{how: "basic"}.credentials(name, password, mask), nil
		}
		if len(k.logins) == 0 {
			return credentials{}, errors.New("a user without a password: want user:password@")
		}
		l := k.logins[0]
		return l.credentials(l.user, name, mask), nil
	}
	for _, l := range k.logins {
		secret, name := strings.TrimSpace(getenv(l.secret)), l.user
		if isVariable(name) {
			name = strings.TrimSpace(getenv(name))
		}
		if secret != "" && (name != "" || l.user == "") {
			return l.credentials(name, secret, mask), nil
		}
	}
	if k.open {
		return credentials{}, nil
	}
	return credentials{}, fmt.Errorf("no credentials: want %s", k.wanted())
}

// wanted says where credentials may be.
func (k *Kind) wanted() string {
	var ways []string
	for _, l := range k.logins {
		if isVariable(l.user) {
			ways = append(ways, l.user+" and "+l.secret)
		} else {
			ways = append(ways, l.secret)
		}
	}
	return "them in " + strings.Join(ways, ", or in ") + ", or in the URL"
}

func (l login) credentials(name, secret string, mask func(string)) credentials {
	mask(secret)
	switch l.how {
	case "basic":
		both := base64.StdEncoding.EncodeToString([]byte(name + ":" + secret))
		mask(both)
		return credentials{"Authorization", "Basic " + both}
	case "user":
		both := base64.StdEncoding.EncodeToString([]byte(secret + ":"))
		mask(both)
		return credentials{"Authorization", "Basic " + both}
	case "bearer":
		return credentials{"Authorization", "Bearer " + secret}
	case "token":
		return credentials{"Authorization", "token " + secret}
	}
	return credentials{l.how, secret}
}
