package console

import (
	"fmt"
	"net/http"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// personOf is the recipient of a delivery, who may be deleted.
func personOf(d rekey.Delivery, known map[string]rekey.SystemUser) view.Person {
	if u, ok := known[d.UserID]; ok {
		return view.PersonOf(u)
	}
	p := view.Person{Address: d.Address, Gone: true}
	if p.Address == "" {
		p.Address = d.Subject
	}
	return p
}

// deliveredTo are the recipients of deliveries, by id.
func (c *Console) deliveredTo(r *http.Request, deliveries []rekey.Delivery) (map[string]rekey.SystemUser, error) {
	ids := make([]string, 0, len(deliveries))
	for _, d := range deliveries {
		if d.UserID != "" {
			ids = append(ids, d.UserID)
		}
	}
	return c.Admin.FindUsers(r.Context(), actor(r), ids)
}

// automationsOf are the names of the automations of deliveries, by their runs.
func (c *Console) automationsOf(r *http.Request, deliveries []rekey.Delivery) (map[string]string, error) {
	runs := make([]string, len(deliveries))
	for i, d := range deliveries {
		runs[i] = d.RunID
	}
	return c.Admin.RunAutomations(r.Context(), actor(r), runs)
}

func (c *Console) deliveryRows(r *http.Request, run admin.RunView, deliveries []rekey.Delivery) ([]view.DeliveryRow, error) {
	people, err := c.deliveredTo(r, deliveries)
	if err != nil {
		return nil, err
	}
	manages := c.Admin.MayManageRun(r.Context(), actor(r), run.ID) == nil
	rows := make([]view.DeliveryRow, len(deliveries))
	for i, d := range deliveries {
		row := view.DeliveryRow{
			ID: d.ID, Person: personOf(d, people), State: deliveryStates[d.State],
			Reason: c.outcomeText(r, d, people[d.UserID]), Newer: newerRun(d), Reply: replyText(d.ReplyCode, d.ReplyText), At: c.moment(r, changedAt(d)),
		}
		if row.Person.ID != "" {
			row.Menu = append(row.Menu, view.Action{Text: "Open the system user", Icon: "user", Href: "/users/" + row.Person.ID})
		}
		if manages && whyNoRetry(run, d) == "" {
			row.Menu = append(row.Menu, retryAction(d, row.Person))
		}
		rows[i] = row
	}
	return rows, nil
}

// newerRun links to the run that replaced a delivery.
func newerRun(d rekey.Delivery) view.Link {
	if d.ReplacedBy == "" {
		return view.Link{}
	}
	return view.Link{Text: "Run " + shortID(d.ReplacedBy), Href: runsPath + "/" + d.ReplacedBy}
}

// retryAction is the retry of a delivery, with its effect and recipient.
func retryAction(d rekey.Delivery, p view.Person) view.Action {
	what := "another"
	switch {
	case d.Message():
		what = "the message"
	case d.IssuedAt.IsZero():
		what = "a new password"
	}
	return view.Action{Text: "Retry: send " + what + " to " + p.Address, Icon: "refresh", Post: "/deliveries/" + d.ID + "/retry"}
}

// whyNoRetry says why a delivery cannot be retried; "" if it can.
func whyNoRetry(run admin.RunView, d rekey.Delivery) string {
	switch {
	case d.State.Unfinished():
		return "It is still on its way. It can be retried once it has ended."
	case d.State == rekey.DeliverySent && d.Message():
		return "It was sent."
	case d.State == rekey.DeliverySuperseded && d.Reason == rekey.ReasonInDigest:
		return "It was told in another message to the same address."
	case d.State == rekey.DeliverySent:
		return "It was sent. If it does not arrive, send a new password from the page of the system user."
	case d.State == rekey.DeliveryDone:
		return "No retry is needed: they have chosen their own password with it."
	case d.State == rekey.DeliverySuperseded && d.Reason != rekey.ReasonUndone:
		return "A later password took its place."
	case run.Undone():
		return "The run was undone, so nothing more is sent in it. Send a new password from the page of the system user."
	case run.Trial:
		return "The run is a trial, so nothing more is sent in it."
	case run.State == rekey.RunCancelled:
		return "The run was cancelled, so its deliveries cannot be retried."
	case run.Automation == "":
		return "The automation was deleted, so its deliveries cannot be retried."
	}
	return ""
}

// changedAt is when a delivery came to its state.
func changedAt(d rekey.Delivery) time.Time {
	switch {
	case d.State == rekey.DeliveryDone && !d.ChangedAt.IsZero():
		return d.ChangedAt
	case d.State == rekey.DeliverySent:
		return d.AcceptedAt
	case d.State == rekey.DeliveryExpired:
		return d.ValidUntil
	}
	return d.UpdatedAt
}

// replyText is the answer of the mail server; "" if there was none.
func replyText(code int, text string) string {
	if code == 0 {
		return text
	}
	return fmt.Sprintf("%d %s", code, text)
}

// outcomeText is the outcome of a delivery, for a list.
func (c *Console) outcomeText(r *http.Request, d rekey.Delivery, u rekey.SystemUser) string {
	if d.State != rekey.DeliveryDone && d.Reason != rekey.ReasonChosenMeanwhile && !d.InAt.IsZero() {
		in := c.moment(r, d.InAt)
		return inSentence(rekey.Delivery{State: d.State, Reason: d.Reason}.Why()) + " They have chosen a password since, " + in.Relative() + "."
	}
	if d.Message() && d.State != rekey.DeliveryDeferred {
		return messageOutcome(d)
	}
	switch d.State {
	case rekey.DeliverySent:
		until := c.moment(r, d.ValidUntil)
		if !d.Opens(c.Clock()) {
			return "It expired unused."
		}
		if d.Undone.Kept() {
			return "Kept when the run was undone: " + d.Undone.Text() + ". Expires " + until.Relative() + "."
		}
		return "Not used yet; expires " + until.Relative() + "."
	case rekey.DeliveryDone:
		return "They have chosen their own password."
	case rekey.DeliveryExpired:
		return "It expired unused."
	case rekey.DeliveryDeferred:
		text := inSentence(d.Reason.Text()) + " Rekey retries automatically."
		if next := c.moment(r, d.NextAttempt); d.NextAttempt.After(c.Clock()) {
			text = inSentence(d.Reason.Text()) + " Next attempt " + next.Relative() + "."
		}
		if d.HasRevoked() && d.Reason != rekey.ReasonDirectoryDown {
			text += " The old password was revoked."
		}
		return text
	case rekey.DeliveryFailed:
		return inSentence(d.Reason.Text()) + " " + oldPasswordText(d, u, c.Clock())
	case rekey.DeliveryHeld:
		if d.Behind() {
			return "Waits until another password for them is sent."
		}
		return ""
	case rekey.DeliveryQueued, rekey.DeliveryIssued:
		if d.Reason == rekey.ReasonPaused || d.Reason == rekey.ReasonDirectoryDown {
			return inSentence(d.Reason.Text())
		}
		return ""
	default:
		return inSentence(d.Reason.Text())
	}
}

var oldPasswords = map[rekey.OldPassword]string{
	rekey.ReplaceWhenSent:  "Replaced when the mail is sent",
	rekey.KeepUntilChanged: "Kept until they choose a new one",
	rekey.RevokeAtOnce:     "Revoked at once",
}

// oldPasswordText says what this delivery, without later ones, did to the chosen
// password. u is its user, or the zero value if they were deleted.
func oldPasswordText(d rekey.Delivery, u rekey.SystemUser, now time.Time) string {
	if u.ID != "" && u.PasswordChangedAt.IsZero() && u.Directory.BuiltIn() {
		return "They have never chosen a password."
	}
	revoked := d.OldPassword == rekey.RevokeAtOnce
	switch {
	case d.HasRevoked(): // also before ISSUE, for a second mail after a pause
		return "The old password was revoked. They cannot log in until this mail is sent."
	case d.IssuedAt.IsZero():
		return "The old password did not change."
	case d.State == rekey.DeliveryDone, d.Reason == rekey.ReasonChosenMeanwhile:
		return "Both the old password and the mailed one have ended."
	case revoked && d.State == rekey.DeliverySent:
		return "The old password was revoked and does not return."
	case revoked:
		return "The old password was revoked. They cannot log in until a new one is sent."
	case d.State == rekey.DeliverySent && d.OldPassword == rekey.ReplaceWhenSent && d.Opens(now):
		return "The old password does not work now. It works again if the new one goes unused."
	case d.State.Unfinished() && d.OldPassword == rekey.ReplaceWhenSent:
		return "The old password works until the mail server has accepted the new one."
	case d.OldPassword == rekey.ReplaceWhenSent && (d.State == rekey.DeliveryExpired || d.State == rekey.DeliverySent):
		return "The old password works again."
	case d.State == rekey.DeliverySent:
		return "The old password works until they choose a new one."
	default:
		return "The old password still works."
	}
}

// adviceText says what to do after a delivery failed or expired.
func adviceText(d rekey.Delivery) string {
	switch {
	case d.State == rekey.DeliveryExpired:
		return "Choose Retry to send a new password."
	case d.State != rekey.DeliveryFailed:
		return ""
	case d.Reason == rekey.ReasonRefused:
		return "Correct the address, then choose Retry."
	case d.Reason == rekey.ReasonGaveUp:
		return "Read the reply of the mail server, then choose Retry."
	default:
		return "Correct what the reason says, then choose Retry."
	}
}
