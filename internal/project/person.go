package project

import "strings"

// parsePeople reads a list in the form of an e-mail header:
// `Ann Lee <ann@example.org>, "Lee, Bob" <bob@example.org>, Cid`. It takes what
// net/mail would refuse: a name alone, unquoted dots.
func parsePeople(list string) []Person {
	var people []Person
	for _, item := range splitOutsideQuotes(list) {
		if p := parsePerson(item); p != (Person{}) {
			people = append(people, p)
		}
	}
	return people
}

// parsePerson reads "Name <email>", a name, or an e-mail address.
func parsePerson(s string) Person {
	s = strings.TrimSpace(s)
	name, rest, found := strings.Cut(s, "<")
	email, _, _ := strings.Cut(rest, ">")
	if !found && strings.Contains(s, "@") && !strings.ContainsAny(s, " \t") {
		name, email = "", s
	}
	return Person{strings.Trim(strings.TrimSpace(name), `"`), strings.TrimSpace(email)}
}

func splitOutsideQuotes(s string) []string {
	var items []string
	start, quoted := 0, false
	for i, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			items = append(items, s[start:i])
			start = i + 1
		}
	}
	return append(items, s[start:])
}
