package story

import (
	"rekey/internal/console/view"
	"rekey/internal/console/words"
)

// help are the pages that explain.
func help() []Story {
	return append(catalogue(), helpPages()...)
}

func catalogue() []Story {
	event := func(name, label string, fits ...view.CatalogueFit) view.CatalogueEvent {
		return view.CatalogueEvent{
			Name: name, Label: label, Designation: "S", Description: "Too many failed log-ins locked a system user for a while.",
			From: "Rekey records this event. It cannot be posted.", Fits: fits, Use: "/automations/new?event=" + name,
			Parameters: []view.Reference{{Name: "System user", Type: "system_user", About: "Only when it happens to this system user. Leave empty for any."}},
		}
	}
	fit := func(color view.Color, word, why string) view.CatalogueFit {
		return view.CatalogueFit{Job: view.Link{Text: "Send New Password to System User (S)", Href: "#send_new_password"}, State: view.State{Color: color, Word: word}, Why: why}
	}
	never := fit(view.Red, "Impossible", "There are no contacts here, only system users.")
	never.Job = view.Link{Text: "Send New Password to Contact (C)", Href: "#send_new_password_to_contact"}
	contact := event("contact."+longWord, "Contact "+longName, fit(view.Red, "Impossible", "A (C) event has nobody for a (S) job."), never)
	contact.Designation, contact.Use, contact.Parameters = "C", "", nil
	either := event("automation.finished", "Automation ends", fit(view.Amber, "Unusual", "A (S/C) event may have nobody for a (S) job. You are warned when you save."), never)
	either.Designation = "S/C"
	page := view.Catalogue{
		Frame: inside("Catalogue", "/catalogue"),
		Jobs: []view.CatalogueJob{
			{Name: "send_new_password", Label: "Send New Password to System User (S)", Description: "Sends an email with a new, randomly generated password.",
				Hints:       []string{"Reaches system users only."},
				Parameters:  []view.Reference{{Name: "Old password", Type: "old_password", About: "What becomes of the old one."}},
				Recommended: []view.Link{{Text: "System user is locked", Href: "#user.locked"}}},
			{Name: "send_new_password_to_contact", Label: "Send New Password to Contact (C)", Description: "Sends a new password to a contact.",
				NotOffered: "There are no contacts here, only system users."},
		},
		Events: []view.CatalogueEvent{
			event("user.locked", "System user is locked", fit(view.Green, "Recommended", "This is a common reason for this job."), never),
			event("user.logged_on", "System user logs on", fit(view.Blue, "Possible", "Both are (S), but this is not a common reason for this job."), never),
			either, contact,
		},
	}
	page.Wide = true
	return []Story{{"catalogue", page}}
}

func helpPages() []Story {
	page := view.Help{
		Frame: inside("Help", ""),
		Keys: []view.KeyHelp{
			{Keys: []string{"/"}, Does: "Go to the search field"},
			{Keys: []string{"g", "a"}, Does: "Go to Automations"}, {Keys: []string{"Enter"}, Does: "Open the row"},
			{Keys: []string{"Esc"}, Does: "Close a menu or a list of suggestions", Always: true},
		},
		Words: []view.Word{
			{Term: "Mailed password", Means: "One that came by mail. It opens only the page where its reader chooses another, and it expires."},
			{Term: "Selection", Means: "A named condition over system users."},
		},
	}
	off := page
	off.Me = &view.Me{Name: hebrewName, Address: "ada@example.org", Role: "Member"}
	inner := view.PasswordHelp{
		Frame: inside("How to choose a secure password", ""), Back: view.Link{Text: "Change your password", Href: "/change-password"},
		Rules: []string{"12 to 128 characters", "Not a common password"},
	}
	stories := []Story{{"help", page}, {"help-keys-off", off}, {"help-passwords-inside", inner}}
	for _, l := range words.Languages()[1:] {
		member := page
		member.Frame, member.Keys = inside(l.Say("Help"), ""), page.Keys[3:]
		member.Language, member.Me = l, &view.Me{Name: "Ada Byron", Address: "ada@example.org", Role: "Member", Shortcuts: true}
		member.Words = []view.Word{{Term: "Mailed password", Means: "A password that came by mail. It opens only the page where you choose your own, and it expires."}}
		stories = append(stories, Story{"help-" + l.Tag(), member})
	}
	return stories
}
