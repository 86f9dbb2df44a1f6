package console_test

import (
	"net/http"
	"testing"
	"time"

	"rekey"
	"rekey/internal/store"
)

// delivered puts a delivery to a user into the database, with a run of an automation.
func (o *office) delivered(u rekey.SystemUser, change func(*rekey.Delivery)) rekey.Delivery {
	o.t.Helper()
	run := o.happen(o.root, "leak", o.member.ID)[0]
	d := rekey.Delivery{ID: "d-" + u.ID, RunID: run.ID, UserID: u.ID, Subject: u.ID, Number: 1, Batch: 7, State: rekey.DeliveryQueued, OldPassword: rekey.KeepUntilChanged, UpdatedAt: o.now()}
	change(&d)
	o.ok(o.DB.Update(o.t.Context(), func(tx *store.Tx) error { return tx.Plan(o.t.Context(), []rekey.Delivery{d}) }))
	return d
}

func TestTimelineShowsWhatWasWrittenToTheDirectory(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal)
	v := o.as(o.root)
	began := o.now()
	for name, c := range map[string]struct {
		kind         rekey.DirectoryWriteKind
		outcome      string
		shows, lacks []string
	}{
		"choice without an answer": {rekey.WriteChoose, "", []string{"choice begun", "no answer from staff"}, []string{"set in staff", "revoked in staff"}},
		"choice set":               {rekey.WriteChoose, "set", []string{"choice begun", "chosen, set in staff"}, []string{"no answer", ">password chosen<"}},
		"choice refused":           {rekey.WriteChoose, "refused", []string{"choice begun", "not set in staff"}, []string{"no answer", "chosen, set"}},
		"revoked":                  {rekey.WriteScramble, "set", []string{"revoked in staff", "The old password was revoked in staff."}, []string{"choice begun", "no answer"}},
		"revocation in doubt":      {rekey.WriteScramble, "", []string{"no answer from staff", "It is not known yet whether the old password in staff is revoked."}, []string{"revoked in staff"}},
		"revocation not sent yet":  {rekey.WriteScramble, "unreachable", []string{"not revoked in staff", "is not revoked yet. The mail waits until it is."}, []string{"no answer"}},
		"ended with a doubt":       {rekey.WriteScramble, "doubtful", []string{"perhaps revoked in staff", "so it counts as revoked"}, []string{"The mail waits"}},
		"revocation refused":       {rekey.WriteScramble, "refused", []string{"not revoked in staff", "was not revoked, so no mail was sent."}, []string{"choice begun"}},
	} {
		u := o.imported()
		d := o.delivered(u, func(d *rekey.Delivery) {
			if c.kind == rekey.WriteScramble {
				d.OldPassword = rekey.RevokeAtOnce
			}
		})
		w := rekey.DirectoryWrite{DeliveryID: d.ID, Kind: c.kind, UserID: u.ID, Token: "token", BegunAt: began, Outcome: c.outcome}
		if c.outcome != "" {
			w.EndedAt = began.Add(time.Second)
		}
		o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error { return tx.PutDirectoryWrite(t.Context(), w) }))
		t.Log(name)
		v.get("/deliveries/"+d.ID).shows(http.StatusOK, c.shows...).lacks(c.lacks...)
	}
	u := o.imported()
	v.get("/deliveries/"+o.delivered(u, func(*rekey.Delivery) {}).ID).shows(http.StatusOK, "password chosen").lacks("staff<", "choice begun")
}

func TestRunSaysHowManyWaitForADirectory(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal)
	d := o.delivered(o.imported(), func(d *rekey.Delivery) { d.Reason = rekey.ReasonDirectoryDown })
	_, err := o.DB.SQLite().ExecContext(t.Context(), `UPDATE runs SET state = 'sending' WHERE id = $1`, d.RunID)
	o.ok(err)
	v := o.as(o.root)
	v.get("/runs/"+d.RunID).shows(http.StatusOK, "1 person waits: the directory cannot be reached.").lacks("mail is delayed")
	v.get("/deliveries/"+d.ID).shows(http.StatusOK, "There is no new password yet.", "The directory cannot be reached.")
}

func TestTimelineShowsAChangeByOthersWhileTheMailedPasswordIsOpen(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal)
	v := o.as(o.root)
	for name, c := range map[string]struct {
		old          rekey.OldPassword
		ended        bool
		shows, lacks []string
	}{
		"kept": {rekey.KeepUntilChanged, false, []string{"changed in staff by somebody else", "Somebody else changed the password in staff on ", "The mailed password still opens the page until "},
			[]string{"The old password works until they choose a new one."}},
		"revoked":      {rekey.RevokeAtOnce, false, []string{"changed in staff by somebody else"}, []string{"They cannot log in there"}},
		"it has ended": {rekey.KeepUntilChanged, true, nil, []string{"by somebody else", "Somebody else"}},
	} {
		u := o.imported()
		began := o.now()
		d := o.delivered(u, func(d *rekey.Delivery) { d.OldPassword = c.old })
		o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error {
			d.State, d.Verifier, d.Attempting, d.IssuedAt, d.ValidUntil, d.Address, d.PasswordVersion = rekey.DeliveryIssued, "v", true, began, began.Add(72*time.Hour), u.Address, u.PasswordVersion
			if _, err := tx.Issue(t.Context(), []rekey.Delivery{d}); err != nil {
				return err
			}
			if c.ended {
				if err := tx.EndMailed(t.Context(), u.ID, rekey.ReasonReplaced, began); err != nil {
					return err
				}
			}
			return tx.NotePassword(t.Context(), u.ID, "token of others", began.Add(time.Minute))
		}))
		t.Log(name)
		v.get("/deliveries/"+d.ID).shows(http.StatusOK, c.shows...).lacks(c.lacks...)
		v.get("/users/"+u.ID).shows(http.StatusOK, "Password changed there")
	}
}
