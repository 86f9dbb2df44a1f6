package directory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"rekey"
)

func TestSettingsAreRefusedByTheirNames(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	good := Settings{
		Name: "staff", Kind: OpenLDAP, Addresses: []string{"ldaps://ldap.example.org", "ldap://[::1]:1389"}, Base: "ou=people,dc=example,dc=org",
		BindDN: "cn=rekey,dc=example,dc=org", Password: rekey.NewSecret("secret-of-the-test"),
		Attributes: map[string]string{"department": "departmentNumber", "email": "rfc822Mailbox"},
	}
	if _, err := Open(good, time.Now); err != nil {
		t.Fatalf("good settings are refused: %v", err)
	}
	for _, c := range []struct {
		name   string
		field  string
		change func(*Settings)
	}{
		{"no name", "name", func(s *Settings) { s.Name = "" }},
		{"name with a space", "name", func(s *Settings) { s.Name = "the staff" }},
		{"long name", "name", func(s *Settings) { s.Name = strings.Repeat("n", 41) }},
		{"unknown kind", "kind", func(s *Settings) { s.Kind = "novell" }},
		{"no address", "addresses", func(s *Settings) { s.Addresses = nil }},
		{"address without a scheme", "addresses", func(s *Settings) { s.Addresses = []string{"dc1.example.org:636"} }},
		{"address with a path", "addresses", func(s *Settings) { s.Addresses = []string{"ldaps://dc1.example.org/dc=example"} }},
		{"address of another kind", "addresses", func(s *Settings) { s.Addresses = []string{"https://dc1.example.org"} }},
		{"no base", "base", func(s *Settings) { s.Base = "" }},
		{"base that is no DN", "base", func(s *Settings) { s.Base = "people" }},
		{"broken filter", "filter", func(s *Settings) { s.Filter = "(objectClass=person" }},
		{"broken filter of programs", "api_filter", func(s *Settings) { s.APIFilter = "program" }},
		{"attribute without a name", "attributes", func(s *Settings) { s.Attributes = map[string]string{"department": ""} }},
		{"attribute with a filter", "attributes", func(s *Settings) { s.Attributes = map[string]string{"department": "a)(b"} }},
		{"default policy that is no DN", "default_policy", func(s *Settings) { s.DefaultPolicy = "default" }},
		{"no account", "bind_dn", func(s *Settings) { s.BindDN = "" }},
		{"no password", "password_file", func(s *Settings) { s.Password = rekey.Secret{} }},
		{"group of Administrators", "group_roles", func(s *Settings) { s.GroupRoles = map[string]rekey.Role{"admins": rekey.RoleAdministrator} }},
		{"group of Members", "group_roles", func(s *Settings) { s.GroupRoles = map[string]rekey.Role{"staff": rekey.RoleMember} }},
		{"role without a group", "group_roles", func(s *Settings) { s.GroupRoles = map[string]rekey.Role{" ": rekey.RoleManager} }},
		{"missing authorities", "ca_file", func(s *Settings) { s.CAFile = empty + ".not" }},
		{"authorities without a certificate", "ca_file", func(s *Settings) { s.CAFile = empty }},
	} {
		s := good
		c.change(&s)
		_, err := Open(s, time.Now)
		if rekey.CodeOf(err) != rekey.CodeInvalid || !strings.HasPrefix(err.Error(), c.field+": ") {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret-of-the-test") {
			t.Errorf("%s: the error holds the password", c.name)
		}
	}
}

func TestHighestRoleOfTheGroupsCounts(t *testing.T) {
	t.Parallel()
	d := &Directory{settings: Settings{GroupRoles: map[string]rekey.Role{"Help Desk": rekey.RoleOperator, "it": rekey.RoleManager}}}
	for want, groups := range map[rekey.Role][]string{
		rekey.RoleMember: {"staff", "Help"}, rekey.RoleOperator: {"staff", "help desk"}, rekey.RoleManager: {"Help Desk", "it"},
	} {
		if got := d.Role(groups); got != want {
			t.Errorf("members of %q are %q, want %q", groups, got, want)
		}
	}
	if got := (&Directory{}).Role([]string{"it"}); got != "" {
		t.Errorf("without the setting the role is %q", got)
	}
}

func TestGUIDIsWrittenAsWindowsDoes(t *testing.T) {
	t.Parallel()
	key := GUID([]byte{0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff})
	if want := Key("00112233-4455-6677-8899-aabbccddeeff"); key != want {
		t.Errorf("it is %s, want %s", key, want)
	}
	value, err := ad{}.keyValue(key)
	if want := `\33\22\11\00\55\44\77\66\88\99\aa\bb\cc\dd\ee\ff`; err != nil || value != want {
		t.Errorf("in a filter it is %s (%v), want %s", value, err, want)
	}
	for _, wrong := range []Key{"", "x", `)(objectClass=*`, "00112233-4455-6677-8899-aabbccddeeff0", "0011223x-4455-6677-8899-aabbccddeeff"} {
		if value, err := (ad{}).keyValue(wrong); err == nil {
			t.Errorf("%q is taken for a GUID: %s", wrong, value)
		}
	}
}

func TestTimesOfADThatCannotBeWrittenAreNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"": {}, "0": {}, "-1": {}, "9223372036854775807": {}, "9223372036854775806": {}, "x": {},
		"2650467743999999999": time.Date(9999, 12, 31, 23, 59, 59, 999_999_900, time.UTC),
		"2650467744000000000": {},
		"116444736000000000":  time.Unix(0, 0).UTC(),
	} {
		e := ldap.NewEntry("cn=x", map[string][]string{"pwdLastSet": {text}})
		if got := adTime(e, "pwdLastSet"); !got.Equal(want) {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
