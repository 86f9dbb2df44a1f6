package admin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/store"
)

func TestSeveralAreSentAPasswordByOneRunAndTheOthersAreRefused(t *testing.T) {
	t.Parallel()
	o := setup(t)
	blocked := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	other := o.person(rekey.RoleMember)
	sent, refused, err := o.SendPasswords(o.ctx, o.operator, []string{
		o.member.ID, strings.ToUpper(o.member.Address), other.Address, blocked.ID, o.operator.ID, o.manager.ID, "nobody@example.org",
	}, "")
	o.must(err)
	if got := o.events(rekey.PasswordSendRequested); len(got) != 2 || sent.Event.PostedBy != o.operator.ID || len(sent.Runs) != 1 || sent.Runs[0].ActsFor != o.operator.ID {
		t.Errorf("the events name %v, and it started %+v", got, sent.Runs)
	}
	var why []string
	for _, r := range refused {
		why = append(why, r.Subject+": "+r.Why)
	}
	for i, want := range []string{blocked.ID + ": This system user is blocked.", o.operator.ID + ": ", o.manager.ID + ": " + rekey.ErrNoUser.Error(), "nobody@example.org: " + rekey.ErrNoUser.Error()} {
		if i >= len(why) || !strings.HasPrefix(why[i], want) {
			t.Errorf("refused are %q, want %q at %d", why, want, i)
		}
	}
	run := o.runs(sent.Runs[0].AutomationID)[0]
	list, err := o.db.Deliveries(o.ctx, rekey.DeliveryQuery{RunID: run.ID, MaxRank: 3, Limit: 10})
	o.must(err)
	if len(list) != 2 {
		t.Errorf("the run has %d deliveries", len(list))
	}
}

func TestSendingToNobodyIsRefused(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.unchanged(func() {
		for _, c := range []struct {
			actor    rekey.SystemUser
			subjects []string
			code     rekey.Code
		}{
			{o.operator, nil, rekey.CodeInvalid}, {o.operator, make([]string, rekey.MaxEventUsers+1), rekey.CodeTooLarge},
			{o.operator, []string{o.manager.ID, o.operator.ID}, rekey.CodeConflict}, {o.member, []string{o.member.ID}, rekey.CodeForbidden},
		} {
			_, _, err := o.SendPasswords(o.ctx, c.actor, c.subjects, "")
			o.refused(err, c.code)
		}
	})
	a, err := o.db.BuiltInAutomation(o.ctx, admin.BuiltInSend)
	o.must(err)
	_, err = o.DeactivateAutomation(o.ctx, o.root, a.ID, 0)
	o.must(err)
	_, _, err = o.SendPasswords(o.ctx, o.root, []string{o.member.ID, o.operator.ID}, "")
	o.refused(err, rekey.CodeConflict)
}

func TestARequestSentTwiceMakesOneRun(t *testing.T) {
	t.Parallel()
	o := setup(t)
	other, program := o.person(rekey.RoleMember), o.person(rekey.RoleMember, api)
	named := []string{o.member.ID, other.Address, program.Address, "nobody@example.org"}
	first, refused, err := o.SendPasswords(o.ctx, o.operator, named, "form 1")
	o.must(err)
	run := o.runs(first.Runs[0].AutomationID)[0]
	again, refusedAgain, err := o.SendPasswords(o.ctx, o.operator, named, "form 1")
	o.must(err)
	if again.Event.ID != first.Event.ID || len(again.Runs) != 1 || again.Runs[0].ID != run.ID {
		t.Errorf("first %+v, again %+v", first, again)
	}
	why := func(list []admin.Refused) (texts []string) {
		for _, r := range list {
			texts = append(texts, r.Subject+": "+r.Why)
		}
		slices.Sort(texts)
		return texts
	}
	if !slices.Equal(why(refused), why(refusedAgain)) || len(refused) != 2 {
		t.Errorf("refused %q, then %q", why(refused), why(refusedAgain))
	}
	// The id belongs to whoever gave it.
	_, _, err = o.SendPasswords(o.ctx, o.manager, []string{o.person(rekey.RoleMember).ID, o.person(rekey.RoleMember).ID}, "form 1")
	o.must(err)
	if n := len(o.events(rekey.PasswordSendRequested)); n != 4 {
		t.Errorf("the events name %d people", n)
	}
	_, _, err = o.SendPasswords(o.ctx, o.manager, named, strings.Repeat("x", 101))
	o.refused(err, rekey.CodeInvalid, "id")
}

func TestThePreviewOfSeveralRefusesWhatThatOfOneRefuses(t *testing.T) {
	t.Parallel()
	o := setup(t)
	waits := o.person(rekey.RoleMember)
	_, err := o.SendPassword(o.ctx, o.root, waits.ID)
	o.must(err)
	a, err := o.db.BuiltInAutomation(o.ctx, admin.BuiltInSend)
	o.must(err)
	o.runs(a.ID)
	people := []rekey.SystemUser{
		o.person(rekey.RoleMember, api), o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked }),
		o.operator, o.manager, waits, o.member, o.person(rekey.RoleMember),
	}
	var named []string
	for _, u := range people {
		named = append(named, u.ID)
	}
	several, err := o.PreviewSendPasswords(o.ctx, o.operator, named)
	o.must(err)
	for _, u := range people {
		one, err := o.PreviewSend(o.ctx, o.operator, u.ID)
		want := one.Refusal()
		if err != nil {
			want = err.Error()
		}
		got := ""
		for _, r := range several.Refused {
			if r.Subject == u.ID {
				got = r.Why
			}
		}
		if got != want || slices.Contains(several.Users, u.ID) != (want == "") {
			t.Errorf("%s: of several %q, alone %q", u.Address, got, want)
		}
	}
	if len(several.Users) != 2 {
		t.Errorf("it would reach %d", len(several.Users))
	}
}

// accepted is a mail to somebody that an administrator asked for.
func (o *office) accepted(u rekey.SystemUser) {
	o.t.Helper()
	d := o.mailed(u)
	d.State, d.Attempting, d.AcceptedAt, d.UpdatedAt, d.OldPassword = rekey.DeliverySent, false, o.now(), o.now(), rekey.KeepUntilChanged
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error {
		_, err := tx.Settle(o.ctx, []rekey.Delivery{d})
		return err
	}))
}

func TestWhoGotAMailLatelyIsRefusedAmongSeveralBefore(t *testing.T) {
	t.Parallel()
	o := setup(t)
	other := o.person(rekey.RoleMember)
	o.accepted(o.member)
	o.at = o.at.Add(4*time.Hour - time.Minute)
	would, err := o.PreviewSendPasswords(o.ctx, o.operator, []string{o.member.ID, other.ID, o.person(rekey.RoleMember).ID})
	o.must(err)
	if len(would.Users) != 2 || len(would.Refused) != 1 || !strings.Contains(would.Refused[0].Why, rekey.ReasonSentLately.Text()) {
		t.Errorf("to %d, refused %+v", len(would.Users), would.Refused)
	}
	if alone, err := o.PreviewSend(o.ctx, o.operator, o.member.ID); err != nil || alone.Reason != "" {
		t.Errorf("alone: %s, %v", alone.Reason, err)
	}
}
