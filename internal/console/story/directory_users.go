package story

import (
	"time"

	"rekey/internal/console/view"
)

// directoryUsers are pages that show more for a user of a directory.
func directoryUsers() []Story {
	at := func(ago time.Duration) *view.Moment { m := moment(ago); return &m }
	page := userPages()[0].Page.(view.User) //nolint:errcheck,forcetypeassert // the first story is the page of a person
	page.Directory = "staff"
	page.Standing = []view.State{
		{Color: view.Green, Word: "Active"}, {Color: view.Amber, Word: "Locked in staff after failed log-ins"}, {Color: view.Amber, Word: "Mailed password, unused, expires in 41 h"},
		{Color: view.Green, Word: "Password: in staff since 12 November 2026"},
	}
	page.Access = append(page.Access[:5:5], []view.Fact{
		{Label: "Directory", Text: "staff"}, {Label: "Unit", Text: "Sales/Berlin/" + longWord}, {Label: "Groups", Text: "kiosk, sales, " + longName},
		{Label: "Password there expires", Moment: at(-9 * day)},
	}...)
	page.HeldAddress = &view.HeldAddress{Directory: "staff", Since: moment(20 * time.Hour), Until: moment(-52 * time.Hour), Confirm: "/users/1/confirm-address", Version: 3}
	revoked := page
	revoked.Standing = []view.State{{Color: view.Green, Word: "Active"}, {Color: view.Amber, Word: "Password: revoked in staff"}}
	revoked.HeldAddress = &view.HeldAddress{Directory: "staff", Since: moment(20 * time.Hour), Until: moment(-52 * time.Hour), Revoked: true, Confirm: "/users/1/confirm-address", Version: 3}
	blocked := page
	blocked.HeldAddress, blocked.Fixed = nil, "Unblock the account in staff, and Rekey follows."
	blocked.Standing = []view.State{{Color: view.Red, Word: "Blocked in staff"}, {Color: view.Amber, Word: "Password: revoked in staff"}}
	blocked.Actions = []view.Action{page.Actions[0], {Text: "Block here, too", Icon: "ban", Href: "/users/1/block"}}

	list := userLists()[0].Page.(view.Users) //nolint:errcheck,forcetypeassert // the first story is the list
	list.Rows = append([]view.UserRow(nil), list.Rows...)
	for i := range list.Rows {
		if list.Rows[i].Directory = "staff"; i%3 == 2 {
			list.Rows[i].Directory, list.Rows[i].Status = "branch-office_of-Hohenstein-Langenburg", view.State{Color: view.Red, Word: "Blocked in branch-office_of-Hohenstein-Langenburg"}
		}
	}

	edit := userForms()[3].Page.(view.UserForm) //nolint:errcheck,forcetypeassert // the fourth story is a form with fixed fields
	edit.WhyFixed = "The directory staff decides these, and its attributes. Change them there: the next import brings them here."
	edit.Fixed = []view.Fact{{Label: "Email address", Text: longWord + "@example.org"}, {Label: "First name", Text: "Grace"}, {Label: "Last name", Text: longName}, {Label: "Type", Text: "UI: logs in here"}, {Label: "Language", Text: "de-CH"}, {Label: "department", Text: "Navy"}}
	edit.Role, edit.Profile = userForms()[0].Page.(view.UserForm).Role, edit.Profile[3:] //nolint:errcheck,forcetypeassert // the first story is the form for a new one

	job := editors()[3].Page.(view.Editor) //nolint:errcheck,forcetypeassert // the fourth story is the step with the job
	there := *job.Job
	job.Job = &there
	job.Job.OldPasswordThere = &view.OldPasswordThere{Title: "For users of the directory staff:", Labels: []view.Fact{
		{Label: "Replace when sent", Text: "Not for users of a directory: 'Keep until changed' is used instead."},
		{Label: "Keep until changed", Text: "The old password works in staff until its owner has chosen a new one on Rekey's page. The mailed one opens that page only: it does not log in to Windows. For up to an hour after the change, Active Directory may still take the old one."},
		{Label: "Revoke at once", Text: "Before the mail is sent, Rekey sets a random password in staff that nobody knows. Until its owner has used the mail, they cannot log in. Open sessions and tickets go on until they end. Whoever cannot be served this way is skipped, with the reason."},
	}}
	for _, f := range []*view.Frame{&page.Frame, &blocked.Frame, &list.Frame, &edit.Frame, &job.Frame} {
		me := *f.Me
		me.Directories = true
		f.Me = &me
	}
	return []Story{{"user-of-directory", page}, {"user-of-directory-revoked", revoked}, {"user-of-directory-blocked", blocked}, {"users-of-directory", list}, {"user-edit-of-directory", edit}, {"editor-job-directory", job}}
}
