package directory

import (
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"rekey"
)

// TestAccountOf389DSIsRead has no server: Debian's takes too long to set up for each run.
func TestAccountOf389DSIsRead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	d, err := Open(Settings{
		Name: "staff", Kind: DS389, Addresses: []string{"ldaps://ldap.example.org"}, Base: "ou=people,dc=example,dc=org",
		BindDN: "uid=rekey,dc=example,dc=org", Password: rekey.NewSecret("secret"),
	}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	s := &session{Directory: d}
	a, err := s.account(ldap.NewEntry("uid=ada,ou=Berlin,ou=Sales,ou=people,dc=example,dc=org", map[string][]string{
		"nsUniqueId": {"AB12CD34-E5F611EF-90AB-CDEF12345678"}, "mail": {"ada@example.org"}, "nsAccountLock": {"TRUE"},
		"accountUnlockTime": {"20261130130000Z"}, "pwdUpdateTime": {"20261101080000Z"},
		"passwordExpirationTime": {"20270101080000Z"}, "modifyTimestamp": {"20261129000000Z"},
		"createTimestamp": {"20250102030405Z"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := Account{
		Key: "ab12cd34-e5f611ef-90ab-cdef12345678", Address: "ada@example.org", Unit: "Sales/Berlin", Token: "20261101080000Z",
		Blocked: true, Locked: true, PasswordChangedAt: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC),
		PasswordExpiresAt: time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC), CreatedAt: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), Policy: Policy{Unknown: true},
	}
	if a.Key != want.Key || a.Address != want.Address || a.Unit != want.Unit || a.Token != want.Token || a.Blocked != want.Blocked ||
		a.Locked != want.Locked || !a.PasswordChangedAt.Equal(want.PasswordChangedAt) || !a.PasswordExpiresAt.Equal(want.PasswordExpiresAt) ||
		!a.CreatedAt.Equal(want.CreatedAt) || a.Policy != want.Policy {
		t.Errorf("the account is %+v", a)
	}
	if next, filter, _ := d.kind.changes(s, Cookie(s.latest)); next != "20261129000000Z" || filter != "(modifyTimestamp>=20261129000000Z)" {
		t.Errorf("the next pass is %s %s", next, filter)
	}
	if _, outcome := d.Choose(t.Context(), want.Key, want.Token, rekey.NewSecret("chosen")); outcome.Refusal != ImportOnly {
		t.Errorf("choose ends with %s %s", outcome.Result, outcome.Refusal)
	}
	if _, outcome := d.Scramble(t.Context(), want.Key, want.Token); outcome.Refusal != ImportOnly {
		t.Errorf("scramble ends with %s %s", outcome.Result, outcome.Refusal)
	}
}
