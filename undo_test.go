package rekey_test

import (
	"testing"
	"time"

	"rekey"
)

func TestWhyAMailedPasswordIsKeptIsSaid(t *testing.T) {
	t.Parallel()
	for _, why := range rekey.KeptReasons() {
		if !why.Kept() || why.Text() == "" {
			t.Errorf("%s: %q", why, why.Text())
		}
		d := rekey.Delivery{State: rekey.DeliverySent, Undone: why}
		if want := "kept the mailed password when the run was undone: " + why.Text(); d.Why() != want {
			t.Errorf("%s: the people of the run say %q", why, d.Why())
		}
		if d.State = rekey.DeliveryExpired; d.Why() != "the mailed password expired unused" {
			t.Errorf("%s, then expired: %q", why, d.Why())
		}
	}
	if rekey.UndoneEnded.Kept() || rekey.Undone("").Kept() {
		t.Error("what ended, or was never looked at, counts as kept")
	}
}

// Whatever is not certain keeps the password.
func TestUndoDecidesByWhatIsInForceWithoutTheRun(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	mailed := func(run string, old rekey.OldPassword) rekey.Delivery {
		return rekey.Delivery{RunID: run, State: rekey.DeliverySent, OldPassword: old, Verifier: "v", IssuedAt: now, AcceptedAt: now, ValidUntil: now.Add(time.Hour)}
	}
	member := rekey.SystemUser{ID: "ada", Role: rekey.RoleMember, HasChosen: true}
	there := member
	there.Directory = rekey.DirectoryAccount{Directory: "staff"}
	root := rekey.Authority{UserID: "root", Rank: rekey.RankAdministrator}
	for name, c := range map[string]struct {
		user   rekey.SystemUser
		chosen string
		mailed []rekey.Delivery
		unsure bool
		by     rekey.Authority
		want   rekey.Undone
	}{
		"it rests because of the run":         {member, "c", []rekey.Delivery{mailed("r", rekey.ReplaceWhenSent)}, false, root, rekey.UndoneEnded},
		"two mails of the run, by a retry":    {member, "c", []rekey.Delivery{mailed("r", rekey.KeepUntilChanged), mailed("r", rekey.ReplaceWhenSent)}, false, root, rekey.UndoneEnded},
		"it rests because of another run":     {member, "c", []rekey.Delivery{mailed("other", rekey.ReplaceWhenSent), mailed("r", rekey.KeepUntilChanged)}, false, root, rekey.UndoneResting},
		"there is none":                       {rekey.SystemUser{ID: "new"}, "", []rekey.Delivery{mailed("r", rekey.KeepUntilChanged)}, false, root, rekey.UndoneNoChosen},
		"it was revoked":                      {rekey.SystemUser{ID: "ada", PasswordChangedAt: now}, "", []rekey.Delivery{mailed("r", rekey.RevokeAtOnce)}, false, root, rekey.UndoneRevoked},
		"it is in a directory":                {there, rekey.ChosenInDirectory, []rekey.Delivery{mailed("r", rekey.KeepUntilChanged)}, false, root, rekey.UndoneEnded},
		"a write to the directory is unknown": {there, rekey.ChosenInDirectory, []rekey.Delivery{mailed("r", rekey.KeepUntilChanged)}, true, root, rekey.UndoneDirectory},
		"the owner ranks too high":            {rekey.SystemUser{ID: "boss", Role: rekey.RoleManager, HasChosen: true}, "c", []rekey.Delivery{mailed("r", rekey.KeepUntilChanged)}, false, rekey.Authority{UserID: "op", Rank: rekey.RankOperator}, rekey.UndoneNotTheirs},
		"it is of whoever undoes":             {member, "c", []rekey.Delivery{mailed("r", rekey.KeepUntilChanged)}, false, rekey.Authority{UserID: "ada", Rank: rekey.RankAdministrator}, rekey.UndoneNotTheirs},
	} {
		p := rekey.Undoing{RunID: "r", User: c.user, Credential: rekey.Credential{Chosen: c.chosen, Mailed: c.mailed}, Unsure: c.unsure}
		if got := p.Decide(c.by, now); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
