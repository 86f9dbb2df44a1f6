package console_test

import (
	"net/http"
	"testing"
	"time"

	"rekey"
	"rekey/internal/console"
	"rekey/internal/mail/mailtest"
)

func TestDeferredMailIsNotCountedAsDone(t *testing.T) {
	t.Parallel()
	o := open(t)
	slow := o.person(rekey.RoleMember)
	o.mail.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<" + slow.Address, Reply: "451 4.7.1 later"}}})
	o.automation(o.root, "Leak", true, onExternal)
	run := o.happen(o.root, "leak", o.member.ID, slow.ID)[0]
	o.rests(run.ID, func(rekey.Run) bool {
		list := o.deliveries(run.ID)
		return len(list) == 2 && list[0].State == rekey.DeliverySent && list[1].State == rekey.DeliveryDeferred
	})
	v := o.as(o.root)
	v.get("/runs/"+run.ID).shows(http.StatusOK, `<progress max="2" value="1"`, "1 of 2 · sent 1 · deferred 1<", "1 mail is delayed. Rekey retries automatically", "Next attempt in ")
	v.get("/runs").shows(http.StatusOK, "1 of 2 · sent 1 · deferred 1.")
	o.pass(2 * time.Hour) // the attempt is due, and is made when a worker comes to it
	o.as(o.root).get("/runs/"+run.ID).shows(http.StatusOK, "Rekey retries automatically.").lacks("Next attempt")
}

// Before mail can be sent nothing is revoked, and the page says what the run waits for.
func TestRunThatRevokesSaysWhyItWaits(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.mail.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "MAIL FROM", Reply: "451 4.3.0 no mail today"}}})
	o.automation(o.root, "Leak", true, onExternal, sends(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.RevokeAtOnce}))
	run := o.happen(o.root, "leak", o.member.ID)[0]
	until := func(rekey.Run) bool {
		next, _, err := o.DB.Postponed(t.Context(), run.ID, o.now())
		o.ok(err)
		return !next.IsZero()
	}
	o.rests(run.ID, until)
	v := o.as(o.root)
	v.get("/runs/"+run.ID).shows(http.StatusOK, "0 of 1 · sent 0 · queued 1", "It waits, because the mail server cannot be reached or accepts no mail. Next attempt at ",
		"Old passwords are revoked only when mail can be sent. Until then they still work.")
	v.get("/deliveries/"+o.deliveries(run.ID)[0].ID).shows(http.StatusOK, "There is no new password yet.", "The old password did not change.")
	o.as(o.member) // with the old password
}

// What a page says of the old password is true in each state of a delivery.
func TestOldPasswordIsDescribedAsItIs(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	issued := rekey.Delivery{IssuedAt: now, ValidUntil: now.Add(time.Hour)}
	chosen := rekey.SystemUser{ID: "1", PasswordChangedAt: now.Add(-time.Hour)}
	const (
		untouched = "The old password did not change."
		waits     = "The old password works until the mail server has accepted the new one."
		rests     = "The old password does not work now. It works again if the new one goes unused."
		again     = "The old password works again."
		works     = "The old password still works."
		ended     = "Both the old password and the mailed one have ended."
		unsent    = "The old password was revoked. They cannot log in until this mail is sent."
		lost      = "The old password was revoked. They cannot log in until a new one is sent."
		revoked   = "The old password was revoked and does not return."
		keeps     = "The old password works until they choose a new one."
	)
	for name, c := range map[string]struct {
		state  rekey.DeliveryState
		reason rekey.Reason
		old    rekey.OldPassword
		change func(*rekey.Delivery)
		user   rekey.SystemUser
		want   string
	}{
		"planned":                          {rekey.DeliveryQueued, "", rekey.ReplaceWhenSent, notIssued, chosen, untouched},
		"planned, to revoke":               {rekey.DeliveryQueued, "", rekey.RevokeAtOnce, notIssued, chosen, untouched},
		"held, to revoke":                  {rekey.DeliveryHeld, "", rekey.RevokeAtOnce, notIssued, chosen, untouched},
		"skipped, to revoke":               {rekey.DeliverySkipped, rekey.ReasonAPIUser, rekey.RevokeAtOnce, notIssued, chosen, untouched},
		"second mail after a pause":        {rekey.DeliveryQueued, rekey.ReasonPaused, rekey.RevokeAtOnce, notIssued, chosen, unsent},
		"second mail that replaces":        {rekey.DeliveryQueued, rekey.ReasonPaused, rekey.ReplaceWhenSent, notIssued, chosen, untouched},
		"deferred":                         {rekey.DeliveryDeferred, rekey.ReasonDeferred, rekey.ReplaceWhenSent, nil, chosen, waits},
		"deferred, keeps":                  {rekey.DeliveryDeferred, rekey.ReasonDeferred, rekey.KeepUntilChanged, nil, chosen, works},
		"deferred, revoked":                {rekey.DeliveryDeferred, rekey.ReasonDeferred, rekey.RevokeAtOnce, nil, chosen, unsent},
		"sending, revoked":                 {rekey.DeliveryIssued, "", rekey.RevokeAtOnce, nil, chosen, unsent},
		"sent":                             {rekey.DeliverySent, "", rekey.ReplaceWhenSent, accepted, chosen, rests},
		"sent, keeps":                      {rekey.DeliverySent, "", rekey.KeepUntilChanged, accepted, chosen, keeps},
		"sent, revoked":                    {rekey.DeliverySent, "", rekey.RevokeAtOnce, accepted, chosen, revoked},
		"expired":                          {rekey.DeliveryExpired, "", rekey.ReplaceWhenSent, accepted, chosen, again},
		"expired, revoked":                 {rekey.DeliveryExpired, "", rekey.RevokeAtOnce, accepted, chosen, lost},
		"failed":                           {rekey.DeliveryFailed, rekey.ReasonRefused, rekey.ReplaceWhenSent, nil, chosen, works},
		"failed, revoked":                  {rekey.DeliveryFailed, rekey.ReasonGaveUp, rekey.RevokeAtOnce, nil, chosen, lost},
		"failed before it had a password":  {rekey.DeliveryFailed, rekey.ReasonNoPassword, rekey.RevokeAtOnce, notIssued, chosen, untouched},
		"failed, of a newcomer":            {rekey.DeliveryFailed, rekey.ReasonRefused, rekey.ReplaceWhenSent, nil, rekey.SystemUser{ID: "2"}, "They have never chosen a password."},
		"failed, of somebody deleted":      {rekey.DeliveryFailed, rekey.ReasonRefused, rekey.ReplaceWhenSent, nil, rekey.SystemUser{}, works},
		"cancelled before it had one":      {rekey.DeliveryCancelled, rekey.ReasonCancelledByHand, rekey.RevokeAtOnce, notIssued, chosen, untouched},
		"done":                             {rekey.DeliveryDone, "", rekey.ReplaceWhenSent, accepted, chosen, ended},
		"cancelled, as they chose another": {rekey.DeliveryCancelled, rekey.ReasonChosenMeanwhile, rekey.ReplaceWhenSent, nil, chosen, ended},
		"superseded before it was sent":    {rekey.DeliverySuperseded, rekey.ReasonReplacedUnsent, rekey.ReplaceWhenSent, notIssued, chosen, untouched},
	} {
		d := issued
		d.State, d.Reason, d.OldPassword = c.state, c.reason, c.old
		if c.change != nil {
			c.change(&d)
		}
		if got := console.OldPasswordText(d, c.user, now.Add(time.Minute)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func notIssued(d *rekey.Delivery) { d.IssuedAt, d.ValidUntil = time.Time{}, time.Time{} }

func accepted(d *rekey.Delivery) { d.AcceptedAt = d.IssuedAt }
