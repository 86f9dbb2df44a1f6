package story

import (
	"strings"

	"rekey"
	"rekey/internal/console/view"
)

// doors are the pages before somebody is in.
func doors() []Story {
	address := view.Field{Name: "address", Label: "Email address", Kind: "email", Autocomplete: "username"}
	secret := view.Field{Name: "password", Label: "Password", Kind: "password", Autocomplete: "current-password", Hint: "Your own, or one that came by mail."}
	refused := outside("Log in")
	refused.Problem = view.Problem{Message: "That did not work. Check the address and the password."}
	typed := address
	typed.Value = "ada@example.org"

	rules := []view.Rule{{Name: "length", Text: "12 to 128 characters"}, {Name: "common", Text: "Not one of the most common passwords"}, {Name: "personal", Text: "Without your name or address"}}
	words := view.WordsOfChange[0]
	chosen := view.NewPassword{
		Words: words,
		Field: view.Field{Name: "new_password", Label: "New password", Kind: "password", Autocomplete: "new-password", Also: "rules"},
		Check: "/change-password/check", Rules: rules,
		Repeated: view.Field{Name: "repeated_password", Label: "New password again", Kind: "password", Autocomplete: "new-password"},
	}
	change := view.Change{
		Frame: outside("Choose your own password"), Who: view.Person{ID: "1", Name: longName, Address: "ada@example.org"},
		Mailed: true, New: chosen, Set: words.Set,
		Says:    []string{words.Choose, "The password from the mail is valid until 2 December 2026, 09:00 CET."},
		Current: view.Field{Name: "current_password", Label: "Password from the mail", Kind: "password", Hint: "Paste it once more.", Autocomplete: "current-password"},
	}
	wrong := change
	wrong.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "new_password", Message: "Use at least 12 characters."}}}
	wrong.New.Field.Errors = wrong.Problem.Of("new_password")
	own := change
	own.Frame, own.Mailed = inside("Choose your own password", "/account"), false
	own.Says, own.Calls = []string{"For ada@example.org. All your other sessions end with the change."}, words.Calls
	setUp := view.SetUp{
		Frame: outside("Set up the first administrator"), Token: "none", New: chosen,
		Address:   view.Field{Name: "address", Label: "Email address", Kind: "email", Hint: "You log in with it, and new passwords go there."},
		FirstName: view.Field{Name: "first_name", Label: "First name", Optional: true},
		LastName:  view.Field{Name: "last_name", Label: "Last name", Optional: true},
	}
	recovery := setUp
	recovery.Title, recovery.Recovers = "Choose a new password", &view.Person{ID: "1", Name: arabicName, Address: "ada@example.org"}
	gone := inside("There is no such thing", "")
	return append(firstChanges(change), []Story{
		{"login", view.LogIn{Frame: outside("Log in"), Address: address, Password: secret}},
		{"login-refused", view.LogIn{Frame: refused, Address: typed, Password: secret}},
		{"forgot", view.Forgot{Frame: outside("Forgot your password?"), Address: address}},
		{"forgot-sent", view.Forgot{Frame: outside("Look into your mailbox"), Sent: true}},
		{"change-mailed", change},
		{"change-refused", wrong},
		{"change-own", own},
		{"setup", setUp},
		{"setup-recovery", recovery},
		{"error-missing", view.Error{Frame: gone, Message: "There is no such page. The address may be mistyped, or its record was deleted."}},
		{"error-inside", view.Error{Frame: inside("Something went wrong here", ""), Message: "It has been written down and will be looked at.", Request: "0198f1d2-7f3a-7000-8000-000000000001"}},
	}...)
}

// firstChanges are the page for a first password, in each language.
func firstChanges(change view.Change) []Story {
	var stories []Story
	for _, words := range view.WordsOfChange {
		page := change
		page.Frame = outside(words.Welcome)
		page.Lang, page.Skip, page.LeaveText, page.Set, page.New.Words = words.Lang, words.Skip, words.LeaveText, words.Set, words
		page.Says = []string{strings.Replace(words.Ready, "%s", "Rekey", 1), strings.Replace(words.Valid, "%s", now.Format(words.Moment), 1)}
		page.Current.Label, page.Current.Hint = words.Current, words.CurrentHint
		page.New.Field.Label, page.New.Field.Show, page.Current.Show = words.New, words.ShowText, words.ShowText
		page.New.Rules = nil
		for _, name := range []string{"text", "length", "common", "personal", "strength"} {
			page.New.Rules = append(page.New.Rules, view.Rule{Name: name, Text: strings.Replace(words.Rules[name], "%s", "12", 1)})
		}
		stories = append(stories, Story{"change-first-" + words.Lang, page})
	}
	return stories
}
