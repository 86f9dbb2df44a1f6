package story

import (
	"slices"

	"rekey"
	"rekey/internal/console/view"
	"rekey/internal/console/words"
)

// longest are the doors with most text, which are shown in all languages.
var longest = []string{"login-refused", "forgot-sent", "help-passwords", "error-outside", "change-first", "change-refused"}

// doors are the pages before somebody is in.
func doors() []Story {
	stories := slices.Concat(logIns(words.English), changes(words.English))
	for _, l := range words.Languages()[1:] {
		for _, s := range slices.Concat(logIns(l), changes(l)) {
			if slices.Contains(longest, s.Name) {
				stories = append(stories, Story{s.Name + "-" + l.Tag(), s.Page})
			}
		}
	}
	return append(stories, setUps()...)
}

// outsideIn is the frame of a page for a visitor, in a language.
func outsideIn(l words.Language, title string) view.Frame {
	frame := outside(l.Say(title))
	frame.Language = l
	return frame
}

func logIns(l words.Language) []Story {
	address := view.Field{Name: "address", Label: l.Say("Email address"), Kind: "email", Autocomplete: "username"}
	secret := view.Field{Name: "password", Label: l.Say("Password"), Kind: "password", Autocomplete: "current-password", Hint: l.Say("Your own password, or the one from a mail.")}
	refused := outsideIn(l, "Log in")
	refused.Problem = view.Problem{Message: "The log-in failed. Check the email address and the password. After several failed attempts, you cannot log in for a while, except with a password from a mail."}
	typed := address
	typed.Value = "ada@example.org"
	ended := outsideIn(l, "Log in")
	ended.Warned = true
	ended.Notice = l.Say("Your session has ended. Please log in again.") + " " + l.Say("What you typed is kept for an hour. After you log in, you see it again and can send it.")
	passwords := view.PasswordHelp{
		Frame: outsideIn(l, "How to choose a secure password"), Back: view.Link{Text: l.Say("To the log-in"), Href: "/login"},
		Rules: []string{"12 to 128 characters", "Not a common password", "Hard to guess"},
	}
	return []Story{
		{"login", view.LogIn{Frame: outsideIn(l, "Log in"), Address: address, Password: secret}},
		{"login-refused", view.LogIn{Frame: refused, Address: typed, Password: secret}},
		{"login-ended", view.LogIn{Frame: ended, Address: address, Password: secret}},
		{"forgot", view.Forgot{Frame: outsideIn(l, "Forgot your password?"), Address: address}},
		{"forgot-sent", view.Forgot{Frame: outsideIn(l, "Check your mailbox"), Sent: true}},
		{"help-passwords", passwords},
		{"error-outside", view.Error{Frame: outsideIn(l, "Page not found"), Message: "This page does not exist. Check the address. What the page showed may also have been deleted."}},
		{"error-limited", view.Error{Frame: outsideIn(l, "Too many requests"), Message: "Too many attempts from your network address. Please wait a moment and try again."}},
	}
}

// newPassword is the part of a form for a new password.
func newPassword(l words.Language) view.NewPassword {
	n := view.NewPassword{
		Field:    view.Field{Name: "new_password", Label: l.Say("New password"), Kind: "password", Autocomplete: "new-password", Also: "rules"},
		Check:    "/change-password/check",
		Repeated: view.Field{Name: "repeated_password", Label: l.Say("New password again"), Kind: "password", Autocomplete: "new-password"},
	}
	for _, rule := range [][2]string{
		{"text", "No line breaks or other control characters"}, {"length", "12 to 128 characters"}, {"common", "Not a common password"},
		{"personal", "Must not contain your name, address or “Acme Back Office”"}, {"strength", "Hard to guess"},
	} {
		n.Rules = append(n.Rules, view.Rule{Name: rule[0], Text: rule[1]})
	}
	return n
}

// changes are the pages where people choose their own password.
func changes(l words.Language) []Story {
	until := l.Say("Account: %s", "ada@example.org") + ". " + l.Say("The password from the mail is valid until %s.", l.Moment(now.In(berlin)))
	mailed := view.Change{
		Frame: outsideIn(l, "Choose your own password"), Who: view.Person{ID: "1", Name: longName, Address: "ada@example.org"},
		Mailed: true, New: newPassword(l),
		Says: []string{l.Say("The password from the mail opens only this page. Choose your own password to continue."), until},
	}
	first := mailed
	first.Frame = outsideIn(l, "Welcome! Choose your own password")
	first.Says = []string{l.Say("Welcome to %s. Your account is ready. The password from the mail opens only this page. Choose your own password, and log in with it from now on.", "Acme Back Office"), until}
	late := mailed
	late.Current = &view.Field{Name: "current_password", Label: l.Say("Password from the mail"), Kind: "password", Hint: l.Say("Paste it again."), Autocomplete: "current-password"}
	refused := mailed
	refused.Problem = view.Problem{Fields: []rekey.FieldError{
		{Field: "new_password", Message: "Use 12 to 128 characters; this has 7."},
		{Field: "new_password", Message: "Leave out your name, your address, “Acme Back Office” and “Rekey”."},
	}}
	refused.New = newPassword(l)
	refused.New.Field.Hint = l.Say("Type the new password again, because pages never keep passwords.")
	refused.New.Field.Errors = refused.Problem.Of("new_password")
	for i, satisfied := range []string{"true", "false", "true", "false", "true"} {
		refused.New.Rules[i].Satisfied = satisfied
	}
	own := late
	own.Current = &view.Field{Name: "current_password", Label: l.Say("Current password"), Kind: "password", Autocomplete: "current-password"}
	own.Frame, own.Mailed = inside(l.Say("Choose your own password"), "/account"), false
	own.Language, own.Me = l, &view.Me{Name: "Ada Byron", Address: "ada@example.org", Role: "Member"}
	own.Says = []string{l.Say("Account: %s. The change ends all your other sessions.", "ada@example.org")}
	own.Calls = l.Say("Programs have called the API with your account and password in the last 90 days. After you choose a new password, their calls fail until you change their configuration.")
	return []Story{{"change-first", first}, {"change-mailed", mailed}, {"change-late", late}, {"change-refused", refused}, {"change-own", own}}
}

// setUps are the pages of the first start, and errors inside.
func setUps() []Story {
	setUp := view.SetUp{
		Frame: outside("Set up the first Administrator"), Token: "none", New: newPassword(words.English),
		Address:      view.Field{Name: "address", Label: "Email address", Kind: "email", Hint: "You log in with this address, and new passwords are sent to it."},
		FirstName:    view.Field{Name: "first_name", Label: "First name", Optional: true},
		LastName:     view.Field{Name: "last_name", Label: "Last name", Optional: true},
		MailLanguage: view.Field{Name: "language", Label: "Language of your mails", Optional: true, Options: languages},
		TimeZone:     view.Field{Name: "time_zone", Label: "Time zone", Optional: true, Hint: "Pages show times in this zone.", Options: zones},
	}
	recovery := setUp
	recovery.Title, recovery.Recovers = "Choose a new password", &view.Person{ID: "1", Name: arabicName, Address: "ada@example.org"}
	return []Story{
		{"setup", setUp},
		{"setup-recovery", recovery},
		{"error-missing", view.Error{Frame: inside("Page not found", ""), Message: "This page does not exist. Check the address. What the page showed may also have been deleted."}},
		{"error-inside", view.Error{Frame: inside("Something went wrong here", ""), Message: "It has been written down and will be looked at.", Request: "0198f1d2-7f3a-7000-8000-000000000001"}},
	}
}
