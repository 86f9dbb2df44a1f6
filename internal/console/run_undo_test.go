package console_test

import (
	"net/http"
	"testing"

	"rekey"
)

// undone reports whether the undo of a run has looked at everybody.
func undone(run rekey.Run) bool { return run.Undone() && run.Phase == "" }

func TestARunIsUndoneOnItsPageWhichListsWhoKeptTheirPassword(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal, sends(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged}))
	ada, bo, newcomer := o.person(rekey.RoleMember), o.person(rekey.RoleMember), o.newcomer(rekey.RoleMember)
	run := o.rests(o.happen(o.root, "siem.leak", ada.ID, bo.ID, newcomer.ID)[0].ID, finished)
	o.as(o.operator).get("/runs/"+run.ID).lacks("Undo the run", "/undo")
	v := o.as(o.root)
	v.get("/runs/"+run.ID).shows(http.StatusOK, "Undo the run", "/runs/"+run.ID+"/undo")
	v.get("/runs/"+run.ID+"/undo").shows(http.StatusOK, "2 mailed passwords end.", "1 person keeps the mailed password: they have never chosen a password.", "No password that somebody has chosen changes")
	for range 2 { // a double click
		v.post("/runs/"+run.ID+"/undo", nil).shows(http.StatusSeeOther)
	}
	o.rests(run.ID, undone)
	v.get("/runs/"+run.ID).shows(http.StatusOK, "Undone by", "2 passwords ended", "1 person kept theirs: who, and why").lacks("Undo the run")
	v.get("/runs/"+run.ID+"?show=kept").shows(http.StatusOK, newcomer.Address, "Kept when the run was undone: they have never chosen a password.").lacks(ada.Address, bo.Address)
	for _, d := range o.deliveries(run.ID) {
		if d.UserID == newcomer.ID {
			v.get("/deliveries/"+d.ID).shows(http.StatusOK, "The run was undone, and they kept this password: they have never chosen a password.")
		}
	}
	v.get("/runs/"+run.ID+"?show=undone").shows(http.StatusOK, ada.Address, bo.Address, "The run was undone.").lacks(newcomer.Address)
	v.get("/runs/"+run.ID+"/undo").shows(http.StatusConflict, "The run was undone already.")
}
