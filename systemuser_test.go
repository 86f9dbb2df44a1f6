package rekey_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"rekey"
)

func ada() rekey.SystemUser {
	return rekey.SystemUser{
		ID: "ada", Address: " Ada@Example.org ", FirstName: " Ada ", LastName: "Lovelace", Type: rekey.TypeHybrid,
		Role: rekey.RoleOperator, Status: rekey.UserActive, Language: "en-GB", TimeZone: "Europe/London",
		Attributes: map[string]string{"team": "analytical engine", "empty": ""},
		Sources:    []rekey.EventSource{{Source: "/siem", Names: []string{"siem.*"}}},
	}
}

func TestAValidUserIsPutInOrder(t *testing.T) {
	t.Parallel()
	u := ada()
	if err := u.Validate(); err != nil {
		t.Fatal(err)
	}
	if u.Address != "Ada@Example.org" || u.AddressKey != "ada@example.org" || u.FirstName != "Ada" || u.Name() != "Ada Lovelace" {
		t.Errorf("%+v", u)
	}
	for _, name := range []string{"Jürgen", "O’Neill-Smith", "Nguyễn Văn", "نیلوفر می\u200cخواهد", "李", "Mary Ann, Dr.", strings.Repeat("ä", 100)} {
		u := ada()
		u.FirstName, u.LastName, u.Language, u.TimeZone, u.Attributes, u.Sources = name, "", "", "", nil, nil
		if err := u.Validate(); err != nil || u.Name() != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryBadFieldOfAUserIsNamed(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range rekey.MaxAttributes + 1 {
		many[fmt.Sprint("a", i)] = ""
	}
	tests := map[string]struct {
		change func(*rekey.SystemUser)
		fields []string
	}{
		"no address":              {func(u *rekey.SystemUser) { u.Address = "" }, []string{"address"}},
		"a header in the address": {func(u *rekey.SystemUser) { u.Address = "ada@example.org\r\nBcc: eve@example.org" }, []string{"address"}},
		"a name too long":         {func(u *rekey.SystemUser) { u.FirstName = strings.Repeat("ä", 101) }, []string{"first_name"}},
		"a line break in a name":  {func(u *rekey.SystemUser) { u.LastName = "Love\nlace" }, []string{"last_name"}},
		"a link in a name":        {func(u *rekey.SystemUser) { u.FirstName = "Win at HTTPS://evil.example" }, []string{"first_name"}},
		"another link in a name":  {func(u *rekey.SystemUser) { u.LastName = "WWW.evil.example" }, []string{"last_name"}},
		"a name that turns text":  {func(u *rekey.SystemUser) { u.FirstName = "A\u202eda" }, []string{"first_name"}},
		"a name with a mark":      {func(u *rekey.SystemUser) { u.FirstName = "A\u200fda" }, []string{"first_name"}},
		"an invalid name":         {func(u *rekey.SystemUser) { u.FirstName = "A\xffda" }, []string{"first_name"}},
		"an unknown type":         {func(u *rekey.SystemUser) { u.Type = "robot" }, []string{"type"}},
		"an unknown role":         {func(u *rekey.SystemUser) { u.Role = "root" }, []string{"role"}},
		"an unknown status":       {func(u *rekey.SystemUser) { u.Status = "away" }, []string{"status"}},
		"no language":             {func(u *rekey.SystemUser) { u.Language = "not a language" }, []string{"language"}},
		"a language too long":     {func(u *rekey.SystemUser) { u.Language = "en-x-" + strings.Repeat("a-", 15) + "a" }, []string{"language"}},
		"an unknown time zone":    {func(u *rekey.SystemUser) { u.TimeZone = "Europe/Atlantis" }, []string{"time_zone"}},
		"this machine's zone":     {func(u *rekey.SystemUser) { u.TimeZone = "Local" }, []string{"time_zone"}},
		"too many attributes":     {func(u *rekey.SystemUser) { u.Attributes = many }, []string{"attributes"}},
		"an attribute's name":     {func(u *rekey.SystemUser) { u.Attributes = map[string]string{"": "x"} }, []string{"attributes"}},
		"an attribute's long name": {func(u *rekey.SystemUser) {
			u.Attributes = map[string]string{strings.Repeat("k", 65): "x"}
		}, []string{"attributes"}},
		"attributes' values, in order": {func(u *rekey.SystemUser) {
			u.Attributes = map[string]string{"b": "x\ny", "a": strings.Repeat("x", 501), "c": "fine", "d": "\xff"}
		}, []string{"attributes.a", "attributes.b", "attributes.d"}},
		"a source of Rekey's own": {func(u *rekey.SystemUser) {
			u.Sources = append(u.Sources, rekey.EventSource{Source: "rekey"})
		}, []string{"sources[1].source"}},
		"everything": {func(u *rekey.SystemUser) {
			*u = rekey.SystemUser{Language: "?", TimeZone: "?", Sources: []rekey.EventSource{{Names: []string{"a*b"}}}}
		}, []string{"address", "type", "role", "language", "time_zone", "status", "sources[0].source", "sources[0].names"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := ada()
			test.change(&u)
			address := u.Address
			wantFields(t, u.Validate(), test.fields...)
			if test.fields[0] == "address" && u.Address != address {
				t.Errorf("what was entered is lost: %q", u.Address)
			}
		})
	}
}

func TestAnAPIUserIsOneThatCallsByPassword(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	tests := map[string]struct {
		user rekey.SystemUser
		want bool
	}{
		"API, never called":             {rekey.SystemUser{Type: rekey.TypeAPI}, true},
		"Hybrid, never called":          {rekey.SystemUser{Type: rekey.TypeHybrid}, false},
		"Hybrid, called just now":       {rekey.SystemUser{Type: rekey.TypeHybrid, LastPasswordCallAt: noon}, true},
		"Hybrid, called 90 days ago":    {rekey.SystemUser{Type: rekey.TypeHybrid, LastPasswordCallAt: noon.Add(-90 * day)}, true},
		"Hybrid, called before that":    {rekey.SystemUser{Type: rekey.TypeHybrid, LastPasswordCallAt: noon.Add(-90*day - 1)}, false},
		"UI, called when it was an API": {rekey.SystemUser{Type: rekey.TypeUI, LastPasswordCallAt: noon}, false},
	}
	for name, test := range tests {
		if got := test.user.UsesAPI(noon); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPrintableTextHasNothingHidden(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "250 2.0.0 Ok: queued": true, "Zoë 李 👩\u200d🚀": true,
		"a\nb": false, "a\x1b[2J": false, "\x7f": false, "a\u0085": false, "a\u2028b": false, "\u2066x\u2069": false,
		"\ufeffx": false, "\u061cx": false, "\xc3": false, "\ufffd": false, "soft\u00adhyphen": false,
	} {
		if rekey.Printable(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestAUserMayPostOnlyWhatTheirRecordLists(t *testing.T) {
	t.Parallel()
	sources := []rekey.EventSource{
		{Source: "/siem", Names: []string{"siem.*", "leak"}},
		{Source: "/hr", Names: []string{"*"}},
		{Source: "/mute"},
	}
	tests := []struct {
		source, name string
		want         bool
	}{
		{"/siem", "siem.credential_leaked", true}, {"/siem", "siem.", true}, {"/siem", "leak", true},
		{"/siem", "siem", false}, {"/siem", "leaks", false}, {"/siem", "hr.left", false}, {"/siem", "", false},
		{"/hr", "anything", true}, {"/mute", "siem.x", false}, {"/sie", "leak", false}, {"/siem/", "leak", false}, {"", "leak", false},
	}
	for _, test := range tests {
		for kind, want := range map[rekey.UserType]bool{rekey.TypeAPI: test.want, rekey.TypeHybrid: test.want, rekey.TypeUI: false} {
			u := rekey.SystemUser{Type: kind, Sources: sources}
			if got := u.MayPost(test.source, test.name); got != want {
				t.Errorf("%s posts %q from %q: %v", kind, test.name, test.source, got)
			}
		}
	}
}

func TestEventNamesAndSources(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"siem.credential_leaked": true, "a": true, "0-9._": true, strings.Repeat("ä", 255): true,
		"Microsoft.Storage.BlobCreated": true, "urn:example:event:1": true, "com.github.push": true, "https://example.org/types/a?b=c#d": true,
		"a b": true, "a*": true, "{x}": true, "тип": true,
		"": false, " ": false, " a": false, "a ": false, "a\n": false, "a\tb": false, "a\x00": false, "a\x7f": false, "a\u202eb": false,
		"a\u2028b": false, "\xff": false, strings.Repeat("a", 256): false,
	} {
		if rekey.ValidEventName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	tests := map[string]struct {
		source rekey.EventSource
		fields []string
	}{
		"nothing to post yet": {rekey.EventSource{Source: "/siem"}, nil},
		"names":               {rekey.EventSource{Source: "urn:siem:1", Names: []string{"*", "siem.*", "leak"}}, nil},
		"no source":           {rekey.EventSource{Names: []string{"leak"}}, []string{"source"}},
		"too long":            {rekey.EventSource{Source: strings.Repeat("s", 256)}, []string{"source"}},
		"a line break":        {rekey.EventSource{Source: "/siem\n"}, []string{"source"}},
		"Rekey's own":         {rekey.EventSource{Source: rekey.InternalSource}, []string{"source"}},
		"an empty name":       {rekey.EventSource{Source: "/s", Names: []string{""}}, []string{"names"}},
		"a * in the middle":   {rekey.EventSource{Source: "/s", Names: []string{"a*b"}}, []string{"names"}},
		"two *":               {rekey.EventSource{Source: "/s", Names: []string{"**"}}, []string{"names"}},
		"capitals":            {rekey.EventSource{Source: "/s", Names: []string{"SIEM.*", "Microsoft.Storage.BlobCreated"}}, nil},
		"a blank at the end":  {rekey.EventSource{Source: "/s", Names: []string{"siem "}}, []string{"names"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFields(t, test.source.Validate(), test.fields...)
		})
	}
}

func TestAZoneIsTheSameOnEveryMachine(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Argentina/Buenos_Aires"} {
		if z, err := rekey.LoadZone(name); err != nil || z.String() != name {
			t.Errorf("%s: %v, %v", name, z, err)
		}
		if first, second := must(rekey.LoadZone(name)), must(rekey.LoadZone(name)); first != second {
			t.Errorf("%s is read twice", name)
		}
	}
	for _, name := range []string{"", "Local", "localtime", "Europe/Atlantis", "Europe", "../etc/passwd", "/etc/localtime", "Europe/./Berlin", "Europe//Berlin", "Europe/Berlin/"} {
		z, err := rekey.LoadZone(name)
		wantFields(t, err, "time_zone")
		if z != nil {
			t.Errorf("%q is the zone %v", name, z)
		}
	}
}

func must[T any](v T, _ error) T { return v }

func TestATokenExpiresOnTimeAndIsStoredAsAHash(t *testing.T) {
	t.Parallel()
	token := rekey.Token{ExpiresAt: noon}
	if token.Expired(noon.Add(-1)) || !token.Expired(noon) {
		t.Error("it does not expire at its moment")
	}
	one, two := rekey.TokenHash(rekey.NewSecret("rk_one")), rekey.TokenHash(rekey.NewSecret("rk_two"))
	if len(one) != 32 || string(one) == string(two) || strings.Contains(string(one), "one") {
		t.Errorf("%x, %x", one, two)
	}
}

func TestValidateLeavesTheAttributesAlone(t *testing.T) {
	t.Parallel()
	u, before := ada(), ada()
	if err := u.Validate(); err != nil || !maps.Equal(u.Attributes, before.Attributes) {
		t.Errorf("%v, %v", u.Attributes, err)
	}
}
