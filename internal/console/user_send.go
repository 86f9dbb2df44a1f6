package console

import (
	"net/http"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
	"rekey/internal/engine"
)

func (c *Console) askSendPassword(w http.ResponseWriter, r *http.Request) error {
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	would, err := c.Admin.PreviewSend(r.Context(), actor(r), u.ID)
	page := view.SendPassword{
		Frame: c.frame(r, "Send "+view.PersonOf(u).Shown()+" a new password?", usersPath),
		Who:   view.PersonOf(u), Post: r.URL.Path,
	}
	page.Crumbs = userCrumbs(u)
	automation := view.Link{Text: "Open '" + would.Automation.Name + "'", Href: "/automations/" + would.Automation.ID}
	if page.Refused, err = refusal(err); err != nil {
		return err
	}
	switch {
	case page.Refused != "" && u.Status == rekey.UserActive:
		page.Instead = automation
	case page.Refused != "":
	case would.Reason == rekey.ReasonAlreadyBeing:
		page.Refused, page.Instead = would.Refusal(), view.Link{Text: "See that delivery", Href: userPath(u.ID) + "#deliveries"}
	case would.Reason != "":
		page.Refused, page.Instead = would.Refusal(), automation
	default:
		if err := c.describeSend(r, u, would, &page); err != nil {
			return err
		}
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// oldPasswordTexts say what happens to the old password.
var oldPasswordTexts = map[rekey.OldPassword]string{
	rekey.ReplaceWhenSent:  "Their old password stops working once the mail is sent. It returns if the new one goes unused.",
	rekey.KeepUntilChanged: "Their old password works until they choose a new one.",
	rekey.RevokeAtOnce:     "Their old password, all sessions and all tokens end at once and permanently.",
}

// oldPasswordEffect says what happens to the old password of a user.
func oldPasswordEffect(u rekey.SystemUser, setting rekey.OldPassword) string {
	there := u.Directory.Directory
	switch {
	case there != "" && u.Chosen() == rekey.ChosenRevoked:
		return "Their old password in " + there + " was revoked. They cannot log in there until they choose a new one."
	case there != "" && setting == rekey.RevokeAtOnce:
		return "Before the mail is sent, Rekey sets a random password in " + there + " that nobody knows. Until they choose a new one, they cannot log in there. Open sessions there go on until they end."
	case there != "":
		return "Their old password works in " + there + " until they choose a new one."
	case setting == rekey.RevokeAtOnce:
		return oldPasswordTexts[setting]
	case u.Chosen() == rekey.ChosenNever:
		return "They never chose a password, so nothing else changes for them. The mail welcomes them."
	case u.Chosen() == rekey.ChosenRevoked:
		return "Their old password was revoked and does not return."
	default:
		return oldPasswordTexts[setting]
	}
}

func (c *Console) describeSend(r *http.Request, u rekey.SystemUser, would admin.SendPreview, page *view.SendPassword) error {
	now := c.Clock()
	if page.Warning = would.Warning; page.Warning == "" && u.UsesAPI(now) {
		page.Warning = "Programs log in with this password. After this they fail with wrong credentials until somebody changes their configuration."
	}
	if page.Warning != "" {
		if !u.LastPasswordCallAt.IsZero() {
			page.Warning += " The last call was " + c.moment(r, u.LastPasswordCallAt).Relative() + "."
		}
	}
	page.Effects = []string{
		"The new password is valid for " + view.Plural(int(engine.Lifetime.Hours()), "hour", "hours") + " and opens only the page where they choose their own.",
		oldPasswordEffect(u, would.Params.OldPassword),
	}
	if would.DueAt.Sub(now) > time.Second {
		page.Effects = append(page.Effects, "It is sent at "+c.moment(r, would.DueAt).Text()+", because the automation '"+would.Automation.Name+"' waits.")
	}
	var err error
	page.Subject, page.Mail, _, err = c.Mail.Preview(engine.Occasion{
		Automation: would.Automation.Name, EventType: would.Automation.EventType,
		Involved: true, OldPassword: would.Params.OldPassword, Note: would.Params.Note,
	}.For(u, now), engine.SampleLetter(u, would.DueAt))
	return err
}

func (c *Console) sendPassword(w http.ResponseWriter, r *http.Request) error {
	sent, err := c.Admin.SendPassword(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	if len(sent.Runs) == 0 {
		return rekey.NewError(rekey.CodeConflict, "No automation sends new passwords on request, so nothing is sent.")
	}
	http.Redirect(w, r, "/runs/"+sent.Runs[0].ID, http.StatusSeeOther)
	return nil
}
