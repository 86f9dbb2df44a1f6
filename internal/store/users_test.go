package store

import (
	"strings"
	"testing"
	"time"

	"rekey"
)

var userTests = map[string]func(*testing.T, *fixture){
	"ATextThatCannotBeStoredIsNoErrorOfTheServer": func(t *testing.T, f *fixture) {
		for _, text := range []string{"\x00", "a\x00b", "\xff"} {
			_, byID := f.User(f.ctx, text)
			_, bySubject := f.FindUsers(f.ctx, []string{text})
			_, found := f.Users(f.ctx, rekey.UserQuery{Search: text, MaxRank: rekey.RankAdministrator, Limit: 1})
			for what, err := range map[string]error{"id": byID, "subject": bySubject, "search": found} {
				if err != nil && rekey.CodeOf(err) != rekey.CodeInvalid && rekey.CodeOf(err) != rekey.CodeNotFound {
					t.Errorf("%s %q: %v", what, text, err)
				}
			}
		}
	},
	"AUserIsStoredAsMeant": func(t *testing.T, f *fixture) {
		u := f.user(func(u *rekey.SystemUser) {
			u.Address, u.Type, u.Role, u.Language, u.TimeZone = "Ada@Bücher.example", rekey.TypeHybrid, rekey.RoleManager, "de-CH", "Europe/Zurich"
			u.Attributes = map[string]string{"a": "1", "ü": "'; DROP TABLE system_users; --"}
			u.Sources = []rekey.EventSource{{Source: "/a", Names: []string{"x", "y.*"}}, {Source: "/b", Names: []string{}}}
		})
		same(t, f.stored(u), u)
		byKey, err := f.UserByKey(f.ctx, "ada@xn--bcher-kva.example")
		same(t, got(t, byKey, err), u)
	},
	"SomebodyUnknownIsNotFound": func(t *testing.T, f *fixture) {
		_, err := f.User(f.ctx, "nobody")
		wantCode(t, err, rekey.CodeNotFound)
		_, err = f.UserByKey(f.ctx, rekey.AddressKey("not an address"))
		wantCode(t, err, rekey.CodeNotFound)
		_, err = f.Credential(f.ctx, "nobody")
		wantCode(t, err, rekey.CodeNotFound)
	},
	"AnAddressIsOneUsers": func(t *testing.T, f *fixture) {
		ada, bob := f.user(), f.user()
		eve := rekey.SystemUser{ID: f.id(), Address: strings.ToUpper(ada.Address), Type: rekey.TypeUI, Role: rekey.RoleMember, Status: rekey.UserActive}
		f.ok(eve.Validate())
		wantField(t, f.Update(f.ctx, func(tx *Tx) error { return tx.InsertUser(f.ctx, eve) }), "address")
		bob.AddressKey = ada.AddressKey
		wantField(t, f.Update(f.ctx, func(tx *Tx) error { return tx.UpdateUser(f.ctx, bob, 1, "") }), "address")
	},
	"ASourceIsOneUsers": func(t *testing.T, f *fixture) {
		siem := func(u *rekey.SystemUser) {
			u.Type, u.Sources = rekey.TypeAPI, []rekey.EventSource{{Source: "/siem", Names: []string{"*"}}}
		}
		ada, bob := f.user(siem), f.user(func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
		siem(&bob)
		wantField(t, f.Update(f.ctx, func(tx *Tx) error { return tx.UpdateUser(f.ctx, bob, 1, "") }), "sources")
		if f.stored(bob).Version != 1 {
			t.Error("half of a refused change was stored")
		}
		owner, err := f.SourceOwner(f.ctx, "/siem")
		same(t, got(t, owner, err), ada.ID)
		ada.Sources = nil
		f.write(func(tx *Tx) error { return tx.UpdateUser(f.ctx, ada, 1, "") })
		f.write(func(tx *Tx) error { return tx.UpdateUser(f.ctx, bob, 1, "") })
		owner, err = f.SourceOwner(f.ctx, "/siem")
		same(t, got(t, owner, err), bob.ID)
		owner, err = f.SourceOwner(f.ctx, "/nobodys")
		same(t, got(t, owner, err), "")
	},
	"ALostRaceIsStale": func(t *testing.T, f *fixture) {
		u := f.user()
		u.FirstName, u.UpdatedAt = "Augusta", at(time.Hour)
		f.write(func(tx *Tx) error { return tx.UpdateUser(f.ctx, u, 1, "") })
		u.Version = 2
		same(t, f.stored(u), u)
		late := u
		late.FirstName = "Late"
		wantCode(t, f.Update(f.ctx, func(tx *Tx) error { return tx.UpdateUser(f.ctx, late, 1, "") }), rekey.CodeStale)
		same(t, f.stored(u), u)
	},
	"UsersAreFoundByIDAndAddress": func(t *testing.T, f *fixture) {
		ada, bob := f.user(), f.user()
		asked := []string{ada.ID, strings.ToUpper(bob.Address), " " + ada.Address + " ", "nobody", "nobody@example.org", "a@b@c", ""}
		found, err := f.FindUsers(f.ctx, asked)
		same(t, got(t, found, err), map[string]rekey.SystemUser{asked[0]: ada, asked[1]: bob, asked[2]: ada})
		found, err = f.FindUsers(f.ctx, nil)
		same(t, got(t, found, err), map[string]rekey.SystemUser{})
	},
	"UsersAreSearchedAndPaged": func(t *testing.T, f *fixture) {
		ada := f.user(func(u *rekey.SystemUser) { u.FirstName = "Ädä" })
		bob := f.user(func(u *rekey.SystemUser) { u.FirstName, u.Role, u.Type = "Bob", rekey.RoleManager, rekey.TypeAPI })
		eve := f.user(func(u *rekey.SystemUser) { u.FirstName, u.Status = `100%_\`, rekey.UserBlocked })
		all := rekey.UserQuery{MaxRank: rekey.RankAdministrator, Limit: 10}
		for name, test := range map[string]struct {
			change func(*rekey.UserQuery)
			want   []string
		}{
			"all":              {func(*rekey.UserQuery) {}, []string{ada.ID, bob.ID, eve.ID}},
			"folded":           {func(q *rekey.UserQuery) { q.Search = " ÄDÄ LOVE " }, []string{ada.ID}},
			"decomposed":       {func(q *rekey.UserQuery) { q.Search = "A\u0308da\u0308" }, []string{ada.ID}},
			"invisible":        {func(q *rekey.UserQuery) { q.Search = "Ä\u00add\u200bä\u00a0love\ufeff" }, []string{ada.ID}},
			"as a link":        {func(q *rekey.UserQuery) { q.Search = "mailto:" + strings.ToUpper(bob.Address) }, []string{bob.ID}},
			"by address":       {func(q *rekey.UserQuery) { q.Search = bob.Address }, []string{bob.ID}},
			"a percent sign":   {func(q *rekey.UserQuery) { q.Search = "0%" }, []string{eve.ID}},
			"an underscore":    {func(q *rekey.UserQuery) { q.Search = "%_" }, []string{eve.ID}},
			"a backslash":      {func(q *rekey.UserQuery) { q.Search = `\` }, []string{eve.ID}},
			"a wildcard":       {func(q *rekey.UserQuery) { q.Search = "b%b" }, nil},
			"by type":          {func(q *rekey.UserQuery) { q.Type = rekey.TypeAPI }, []string{bob.ID}},
			"by role":          {func(q *rekey.UserQuery) { q.Role = rekey.RoleMember }, []string{ada.ID, eve.ID}},
			"by status":        {func(q *rekey.UserQuery) { q.Status = rekey.UserBlocked }, []string{eve.ID}},
			"up to a rank":     {func(q *rekey.UserQuery) { q.MaxRank = rekey.RankOperator }, []string{ada.ID, eve.ID}},
			"one page":         {func(q *rekey.UserQuery) { q.Limit = 2 }, []string{ada.ID, bob.ID}},
			"the page after":   {func(q *rekey.UserQuery) { q.After = bob.ID }, []string{eve.ID}},
			"nobody":           {func(q *rekey.UserQuery) { q.Search = "zoë" }, nil},
			"a blocked nobody": {func(q *rekey.UserQuery) { q.MaxRank = -1 }, nil},
		} {
			q := all
			test.change(&q)
			list, err := f.Users(f.ctx, q)
			if found := ids(got(t, list, err), func(u rekey.SystemUser) string { return u.ID }); strings.Join(found, " ") != strings.Join(test.want, " ") {
				t.Errorf("%s: %q, want %q", name, found, test.want)
			}
		}
	},
	"AdministratorsAreCountedButForOne": func(t *testing.T, f *fixture) {
		admin := func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator }
		ada, bob := f.user(admin), f.user(admin, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		f.user()
		for butFor, want := range map[string]int{"": 1, ada.ID: 0, bob.ID: 1} {
			n, err := f.CountAdministrators(f.ctx, butFor)
			same(t, got(t, n, err), want)
		}
	},
	"ThoseAboveARankAreKnownByIDAndAddress": func(t *testing.T, f *fixture) {
		ada := f.user(func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
		bob := f.user(func(u *rekey.SystemUser) { u.Role = rekey.RoleOperator })
		f.user()
		for rank, want := range map[int]map[string]bool{
			0: {ada.ID: true, ada.AddressKey: true, bob.ID: true, bob.AddressKey: true}, 1: {ada.ID: true, ada.AddressKey: true}, 3: {},
		} {
			above, err := f.RankedAbove(f.ctx, rank)
			same(t, got(t, above, err), want)
		}
	},
	"ADeletedUserLeavesOnlyTheRecord": func(t *testing.T, f *fixture) {
		u := f.user(func(u *rekey.SystemUser) {
			u.Type, u.Sources = rekey.TypeHybrid, []rekey.EventSource{{Source: "/siem", Names: []string{}}}
		})
		f.chooses(u, "", "chosen", noon)
		sent := f.sent(f.stored(u), noon)
		f.write(func(tx *Tx) error {
			if err := tx.PutSetupLink(f.ctx, []byte("link"), u.ID, at(time.Hour)); err != nil {
				return err
			}
			return tx.InsertToken(f.ctx, rekey.Token{ID: f.id(), UserID: u.ID, Name: "t", CreatedAt: noon, ExpiresAt: at(time.Hour)}, []byte("hash"))
		})
		f.write(func(tx *Tx) error { return tx.DeleteUser(f.ctx, u.ID, "", at(time.Minute)) })
		_, err := f.User(f.ctx, u.ID)
		wantCode(t, err, rekey.CodeNotFound)
		for _, table := range []string{"event_sources", "tokens", "password_history", "setup_links"} {
			same(t, f.count(`SELECT COUNT(*) FROM `+table+` WHERE user_id = $1`, u.ID), 0)
		}
		d := f.delivery(sent.ID)
		if d.State != rekey.DeliverySuperseded || d.Reason != rekey.ReasonUserDeleted || d.Verifier != "" || d.Live(at(time.Minute)) {
			t.Errorf("the delivery of somebody deleted: %+v", d)
		}
	},
}

// wantField wants a conflict that names a field.
func wantField(t *testing.T, err error, field string) {
	t.Helper()
	wantCode(t, err, rekey.CodeConflict)
	if e, ok := err.(*rekey.Error); !ok || len(e.Fields) != 1 || e.Fields[0].Field != field { //nolint:errorlint // translate returns it as it is
		t.Errorf("got %v, want the field %q named", err, field)
	}
}
