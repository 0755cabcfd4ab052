package lock

import (
	"encoding/json"
	"net/url"
)

// MarshalJSON writes an option without the credentials that an index's address may
// hold.
func (o Option) MarshalJSON() ([]byte, error) {
	type plain Option
	o.Value = withoutCredentials(o.Value)
	return json.Marshal(plain(o))
}

// MarshalJSON writes a requirement without the credentials that a direct reference
// may hold.
func (r Requirement) MarshalJSON() ([]byte, error) {
	type plain Requirement
	r.URL = withoutCredentials(r.URL)
	return json.Marshal(plain(r))
}

func withoutCredentials(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}
