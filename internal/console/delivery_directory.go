package console

import (
	"net/http"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// thereWrites is what happened to the password of a delivery's user in their directory.
// The zero value belongs to deliveries of built-in users.
type thereWrites struct {
	admin.DirectoryWrites

	directory string
}

// thereWrites returns the writes of a delivery to a user.
func (c *Console) thereWrites(r *http.Request, d rekey.Delivery, u rekey.SystemUser) (w thereWrites, err error) {
	if u.Directory.BuiltIn() {
		return w, nil
	}
	w.directory = u.Directory.Directory
	w.DirectoryWrites, err = c.Admin.DirectoryWrites(r.Context(), actor(r), d.ID)
	return w, err
}

// revokedSteps are the steps of the revocation in the directory, before the mail.
func (c *Console) revokedSteps(r *http.Request, w thereWrites) []view.Step {
	s := w.Scramble
	switch {
	case s.BegunAt.IsZero():
		return nil
	case s.Pending():
		return []view.Step{{Name: "no answer from " + w.directory, At: c.moment(r, s.BegunAt), State: view.StepNow}}
	case s.Outcome == rekey.WriteSet:
		return []view.Step{c.step(r, "revoked in "+w.directory, s.EndedAt, s.BegunAt)}
	case s.Outcome == rekey.WriteDoubtful:
		return []view.Step{{Name: "perhaps revoked in " + w.directory, At: c.moment(r, s.EndedAt), State: view.StepFailed}}
	default:
		return []view.Step{{Name: "not revoked in " + w.directory, At: c.moment(r, s.EndedAt), State: view.StepFailed}}
	}
}

// choiceSteps are the steps between the mail and the chosen password.
func (c *Console) choiceSteps(r *http.Request, w thereWrites) []view.Step {
	choice := w.Choose
	if choice.BegunAt.IsZero() {
		return nil
	}
	steps := []view.Step{c.step(r, "choice begun", choice.BegunAt, choice.BegunAt)}
	steps[0].Took = ""
	switch {
	case choice.Pending():
		return append(steps, view.Step{Name: "no answer from " + w.directory, At: c.moment(r, choice.BegunAt), State: view.StepFailed})
	case choice.Outcome == rekey.WriteSet:
		return steps
	default:
		return append(steps, view.Step{Name: "not set in " + w.directory, At: c.moment(r, choice.EndedAt), State: view.StepFailed})
	}
}

// changedSteps says that somebody else changed the password in the directory.
func (c *Console) changedSteps(r *http.Request, w thereWrites) []view.Step {
	if w.ChangedAt.IsZero() {
		return nil
	}
	return []view.Step{c.step(r, "changed in "+w.directory+" by somebody else", w.ChangedAt, time.Time{})}
}

// changedText says what holds after such a change.
func (c *Console) changedText(r *http.Request, d rekey.Delivery, w thereWrites) string {
	return "Somebody else changed the password in " + w.directory + " on " + c.moment(r, w.ChangedAt).Text() +
		", for example on Windows or at the help desk. It works there until they choose another one. The mailed password still opens the page until " + c.moment(r, d.ValidUntil).Text() + "."
}

// chosenStep is the last step of a delivery whose password was used.
func (c *Console) chosenStep(r *http.Request, d rekey.Delivery, w thereWrites) view.Step {
	if w.Choose.Outcome == rekey.WriteSet {
		return c.step(r, "chosen, set in "+w.directory, w.Choose.EndedAt, w.Choose.BegunAt)
	}
	return c.step(r, "password chosen", d.ChangedAt, d.AcceptedAt)
}

// revokedThereText says what became of an old password that was to be revoked in a
// directory.
func revokedThereText(d rekey.Delivery, w thereWrites) string {
	s := w.Scramble
	switch {
	case s.BegunAt.IsZero():
		return "The old password did not change."
	case s.Pending() && d.State.Unfinished():
		return "It is not known yet whether the old password in " + w.directory + " is revoked. The mail waits until it is."
	case s.Pending(), s.Outcome == rekey.WriteDoubtful:
		return "It is not known whether the old password in " + w.directory + " was revoked, so it counts as revoked. They may not be able to log in there until a new one is sent."
	case s.Outcome == rekey.WriteUnreachable && d.State.Unfinished():
		return "The old password in " + w.directory + " is not revoked yet. The mail waits until it is."
	case s.Outcome != rekey.WriteSet:
		return "The old password in " + w.directory + " was not revoked, so no mail was sent."
	case d.State == rekey.DeliveryDone, d.Reason == rekey.ReasonChosenMeanwhile:
		return "Both the old password and the mailed one have ended."
	case d.State == rekey.DeliverySent:
		return "The old password was revoked in " + w.directory + ". They cannot log in there until they choose a new one with the mailed one."
	case d.HasRevoked():
		return "The old password was revoked in " + w.directory + ". They cannot log in there until this mail is sent."
	default:
		return "The old password was revoked in " + w.directory + ". They cannot log in there until a new one is sent."
	}
}
