package directorytest

import (
	"cmp"
	"maps"
	"strings"

	"rekey"
)

// complete returns p with the names that are missing.
func (p Person) complete() Person {
	p.FirstName = cmp.Or(p.FirstName, strings.ToUpper(p.Login[:1])+p.Login[1:])
	p.LastName = cmp.Or(p.LastName, "Example")
	return p
}

// attributes adds those of p that are the same in all directories.
func (p Person) attributes(to map[string][]string) map[string][]string {
	if p.Address != "" {
		to["mail"] = []string{p.Address}
	}
	maps.Copy(to, p.Attributes)
	return to
}

func secret(text string) rekey.Secret { return rekey.NewSecret(text) }
