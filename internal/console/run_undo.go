package console

import (
	"net/http"
	"net/url"

	"rekey"
	"rekey/internal/console/view"
)

func init() {
	notices["run-undone"] = "The run is undone. What it mailed is looked at part by part; load the page again to follow."
}

// askUndoRun says what undoing means, for this run and now.
func (c *Console) askUndoRun(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.Run(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	would, err := c.Admin.PreviewUndo(r.Context(), actor(r), run.ID)
	if err != nil {
		return err
	}
	at := runsPath + "/" + run.ID
	page := view.Ask{Frame: c.frame(r, "Undo run "+shortID(run.ID)+"?", runsPath), Text: undoConsequences(would),
		Post: at + "/undo", Button: "Undo the run of “" + automationName(run.Automation) + "”", Danger: true,
		Back: view.Link{Text: "Do not undo", Href: at}}
	page.Crumbs = []view.Link{{Text: "Runs", Href: runsPath}, {Text: "Run " + shortID(run.ID), Href: at}}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func undoConsequences(p rekey.UndoPreview) []string {
	text := view.Plural(int64(p.Ended), "mailed password ends. Its owner has a password of their own that works, and gets a short mail.",
		"mailed passwords end. Their owners have a password of their own that works, and get a short mail.")
	if p.AtLeast {
		text = "Of the first 10,000 people: " + text
	}
	texts := []string{text}
	for _, k := range p.Kept {
		texts = append(texts, view.Plural(int64(k.People), "person keeps the mailed password", "people keep the mailed password")+": "+k.Text+".")
	}
	if p.Unsent > 0 {
		texts = append(texts, view.Plural(p.Unsent, "mail is not sent yet. It is cancelled", "mails are not sent yet. They are cancelled")+", unless the old password was revoked.")
	}
	return append(texts, "Everybody is looked at again right before. No password that somebody has chosen changes, and whoever can get in now can get in afterwards.",
		"This cannot be taken back. The mails count as sent in all limits. The automation stays as it is: later events start runs as before.")
}

func (c *Console) undoRun(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.UndoRun(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, runsPath+"/"+run.ID+"?notice=run-undone", http.StatusSeeOther)
	return nil
}

// undoTabs are the lists of what an undo did.
var undoTabs = []struct {
	name   string
	undone rekey.Undone
	count  func(rekey.Run) int
	nobody string
}{
	{"undone", rekey.UndoneEnded, func(r rekey.Run) int { return r.UndoneEnded }, "No password has ended"},
	{"kept", rekey.UndoneKept, func(r rekey.Run) int { return r.UndoneKept }, "Nobody kept a mailed password"},
}

// undoTab returns the list that an address names, and whether it names one.
func undoTab(name string, run rekey.Run) (t runTab, undone rekey.Undone, ok bool) {
	for _, u := range undoTabs {
		if u.name == name {
			return runTab{name: name, count: func(tally) int64 { return int64(u.count(run)) }, nobody: u.nobody}, u.undone, true
		}
	}
	return t, "", false
}

// undoneOf says what the undo of a run did.
func (c *Console) undoneOf(r *http.Request, run rekey.Run) (u view.Undone, err error) {
	if !run.Undone() {
		return u, nil
	}
	found, err := c.Admin.FindUsers(r.Context(), actor(r), []string{run.UndoneBy})
	if err != nil {
		return u, err
	}
	u.By = "somebody that you may not view"
	if by, known := found[run.UndoneBy]; known {
		u.By = view.PersonOf(by).Shown()
	}
	u.At, u.Goes = c.moment(r, run.UndoneAt), run.Phase == rekey.PhaseEnd
	show := func(name string) string { return address(runsPath+"/"+run.ID, url.Values{"show": {name}}) }
	u.Ended = view.Link{Text: view.Plural(int64(run.UndoneEnded), "password ended", "passwords ended"), Href: show("undone")}
	u.Kept = view.Link{Text: view.Plural(int64(run.UndoneKept), "person kept theirs: who, and why", "people kept theirs: who, and why"), Href: show("kept")}
	return u, nil
}
