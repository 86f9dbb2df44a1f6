package admin_test

import (
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestSeveralAreSentAPasswordByOneRunAndTheOthersAreRefused(t *testing.T) {
	t.Parallel()
	o := setup(t)
	blocked := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	other := o.person(rekey.RoleMember)
	sent, refused, err := o.SendPasswords(o.ctx, o.operator, []string{
		o.member.ID, strings.ToUpper(o.member.Address), other.Address, blocked.ID, o.operator.ID, o.manager.ID, "nobody@example.org",
	})
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
			_, _, err := o.SendPasswords(o.ctx, c.actor, c.subjects)
			o.refused(err, c.code)
		}
	})
	a, err := o.db.BuiltInAutomation(o.ctx, admin.BuiltInSend)
	o.must(err)
	_, err = o.DeactivateAutomation(o.ctx, o.root, a.ID, 0)
	o.must(err)
	_, _, err = o.SendPasswords(o.ctx, o.root, []string{o.member.ID, o.operator.ID})
	o.refused(err, rekey.CodeConflict)
}
