package app

import (
	"strings"
	"testing"

	"rekey"
	"rekey/internal/directory"
)

func TestDirectoriesShareNoNameAndNoVariable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		names []string
		want  string
	}{
		"different":     {[]string{"staff", "branch"}, ""},
		"the same name": {[]string{"staff", "staff"}, "directories[1].name: Each directory needs a name of its own."},
		"one variable":  {[]string{"a-b", "a_b"}, "directories[1].name: The directories a-b and a_b would share the variable REKEY_DIRECTORY_A_B_PASSWORD"},
		"upper case":    {[]string{"staff", "Staff"}, "directories[1].name: The directories staff and Staff would share the variable"},
	} {
		var config Config
		for _, n := range c.names {
			config.Directories = append(config.Directories, directory.Settings{
				Name: n, Kind: directory.OpenLDAP, Addresses: []string{"ldaps://ldap.example.org"}, Base: "dc=example,dc=org",
				BindDN: "cn=rekey,dc=example,dc=org", Password: rekey.NewSecret("secret"),
			})
		}
		var p rekey.Problems
		config.validateDirectories(&p)
		err := p.Err()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
