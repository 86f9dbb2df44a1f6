package rekey_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"rekey"
)

// TestWhatNobodyEntersSurvives fails for a new field of SystemUser until it is
// either a row of UserFields or in the list below.
func TestWhatNobodyEntersSurvives(t *testing.T) {
	t.Parallel()
	before := rekey.SystemUser{
		ID: "1", Address: "ada@example.org", AddressKey: "ada@example.org", FirstName: "Ada", LastName: "Byron", Type: rekey.TypeUI, Role: rekey.RoleMember,
		Status: rekey.UserActive, BlockedBy: rekey.BlockedByPerson, Directory: rekey.DirectoryAccount{Directory: "corp", Key: "1"}, Language: "de", TimeZone: "Europe/Berlin", Attributes: map[string]string{"team": "one"}, Sources: []rekey.EventSource{{Source: "/siem"}},
		CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(2, 0), Version: 3, LastLoginAt: time.Unix(4, 0), LastPasswordCallAt: time.Unix(5, 0),
		PasswordChangedAt: time.Unix(6, 0), HasChosen: true, PasswordVersion: 7,
	}
	after := before.With(rekey.SystemUser{})
	var survived []string
	for field, value := range reflect.ValueOf(after).Fields() {
		if reflect.ValueOf(before).FieldByName(field.Name).IsZero() {
			t.Errorf("the test says nothing of %s", field.Name)
		}
		if !value.IsZero() {
			survived = append(survived, field.Name)
		}
	}
	want := []string{
		"ID", "AddressKey", "BlockedBy", "Directory", "CreatedAt", "UpdatedAt", "Version",
		"LastLoginAt", "LastPasswordCallAt", "PasswordChangedAt", "HasChosen", "PasswordVersion",
	}
	if !slices.Equal(survived, want) {
		t.Errorf("survived: %v, want %v", survived, want)
	}
}

func TestEveryFieldHasItsOwnNameAndPlace(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for i, f := range rekey.UserFields() {
		names[f.Name] = true
		var u rekey.SystemUser
		f.Set(&u, " Europe/Berlin ")
		for j, other := range rekey.UserFields() {
			if got := other.Get(&u); (got != "") != (i == j) {
				t.Errorf("%s is %q after %s was set", other.Name, got, f.Name)
			}
		}
		if f.Label == "" || f.File == "" {
			t.Errorf("%s is not explained", f.Name)
		}
	}
	if len(names) != len(rekey.UserFields()) {
		t.Errorf("names: %v", slices.Sorted(maps.Keys(names)))
	}
}
