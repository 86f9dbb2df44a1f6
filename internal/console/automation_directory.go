package console

import (
	"slices"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
	"rekey/internal/directory"
)

// oldPasswordThere says what the settings of the old password mean for users of the
// directories; nil without a directory.
func oldPasswordThere(directories []admin.DirectoryView) *view.OldPasswordThere {
	if len(directories) == 0 {
		return nil
	}
	name, title := "their directory", "For users of a directory:"
	if len(directories) == 1 {
		name = directories[0].Name
		title = "For users of the directory " + name + ":"
	}
	keep := "The old password works in " + name + " until its owner has chosen a new one on Rekey's page. " +
		"The mailed one opens that page only: it does not log in to " + name + "."
	if slices.ContainsFunc(directories, func(d admin.DirectoryView) bool { return d.Kind == directory.AD }) {
		keep += " It does not log in to Windows. For up to an hour after the change, Active Directory may still take the old one."
	}
	return &view.OldPasswordThere{Title: title, Labels: []view.Fact{
		{Label: oldPasswordLabels[rekey.ReplaceWhenSent], Text: "Not for users of a directory: '" + oldPasswordLabels[rekey.KeepUntilChanged] + "' is used instead."},
		{Label: oldPasswordLabels[rekey.KeepUntilChanged], Text: keep},
		{Label: oldPasswordLabels[rekey.RevokeAtOnce], Text: "Before the mail is sent, Rekey sets a random password in " + name + " that nobody knows. " +
			"Until its owner has used the mail, they cannot log in. Open sessions and tickets go on until they end. " +
			"Whoever cannot be served this way is skipped, with the reason."},
	}}
}

// eventTypes are the event types to choose from: those that can happen here, and the
// chosen one. Without a directory no password expires in one.
func (c *Console) eventTypes(chosen string) []rekey.EventType {
	types := rekey.EventTypes()
	if c.Admin.HasDirectories() || chosen == rekey.PasswordExpiring {
		return types
	}
	return slices.DeleteFunc(types, func(t rekey.EventType) bool { return t.Name == rekey.PasswordExpiring })
}
