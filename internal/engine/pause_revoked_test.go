package engine_test

import (
	"testing"

	"rekey"
	"rekey/internal/mail/mailtest"
)

// What was revoked before a pause, and surely not mailed, is given another
// password when sending goes on. That mail is the only way in, as before the
// pause: no change of mind keeps it from being sent.
func TestWhatHadRevokedBeforeAPauseIsSentWhateverChanges(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*harness, rekey.Run, rekey.Automation, rekey.SystemUser){
		"the run is cancelled": deeds["cancel"],
		"the owner is blocked": deeds["block the owner"], // and no other Administrator is left
		"the user calls the API now": func(h *harness, _ rekey.Run, _ rekey.Automation, u rekey.SystemUser) {
			h.change(u.ID, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "451 4.3.0 try later"}}})
			a := h.on("leaked", rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
			ada := h.person("ada@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
			run := h.happens("leaked", ada)
			h.work()
			h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
			h.pause()
			if done := h.resume(); done.Requeued != 1 {
				t.Fatalf("resume has done %+v", done)
			}
			h.peer.SetScript(mailtest.Script{})
			change(h, run, a, ada)
			h.work()
			h.want(run, ada, rekey.DeliverySent, "")
			if !h.wayIn(ada) {
				t.Error("she has no way in")
			}
		})
	}
}
