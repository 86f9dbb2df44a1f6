package story

import (
	"slices"
	"time"

	"rekey"
	"rekey/internal/console/view"
	"rekey/internal/console/words"
)

// accounts are what people see of themselves: a Member in each language.
func accounts() []Story {
	stories := accountsInEnglish()
	for _, l := range words.Languages()[1:] {
		page := memberAccount(l)
		page.Sessions = append(page.Sessions, view.SessionRow{ID: "2", Began: momentIn(l, 9*time.Hour), Seen: momentIn(l, 20*time.Minute), MustChange: true})
		page.Others = 1
		paused := page
		paused.Paused = &view.Paused{Since: momentIn(l, 26*time.Hour), ForMember: true}
		stories = append(stories, Story{"account-" + l.Tag(), page}, Story{"account-paused-" + l.Tag(), paused})
	}
	return stories
}

// momentIn is moment, for a reader of a language.
func momentIn(l words.Language, ago time.Duration) view.Moment {
	at := moment(ago)
	at.In = l
	return at
}

func memberAccount(l words.Language) view.Account {
	chosen := momentIn(l, 30*day)
	member := view.Account{
		Frame: inside(l.Say("Account"), "/account"), Version: 1, Shortcuts: true,
		Facts: []view.Fact{
			{Label: l.Say("Email address"), Text: "ada@example.org"}, {Label: l.Say("Type"), Text: l.Say("UI: logs in here")}, {Label: l.Say("Role"), Text: l.Say("Member")},
			{Label: l.Say("Last log-in"), Text: l.Say("This is your first log-in.")}, {Label: l.Say("Password chosen"), Moment: &chosen},
		},
		Profile: view.Profile{
			{Name: "first_name", Label: l.Say("First name"), Value: "Ada", Optional: true, Autocomplete: "given-name"},
			{Name: "last_name", Label: l.Say("Last name"), Value: "Byron", Optional: true, Autocomplete: "family-name"},
			{Name: "language", Label: l.Say("Language"), Optional: true, Hint: l.Say("Mails are in this language."), Options: languages},
			{Name: "time_zone", Label: l.Say("Time zone"), Optional: true, Hint: l.Say("Pages show times in this zone. With the default, they use the time zone of the browser."), Options: zones},
		},
		Sessions: []view.SessionRow{{ID: "1", Agent: l.Say("%s on %s", "Firefox", "Linux"), Source: "192.0.2.17", Began: momentIn(l, 2*time.Hour), Seen: momentIn(l, 0), Current: true}},
		Themes:   view.Choice{Name: "theme", Label: l.Say("Theme"), Inline: true, Options: []view.Option{{Value: "system", Label: l.Say("Same as your device"), Chosen: true}, {Value: "light", Label: l.Say("Light")}, {Value: "dark", Label: l.Say("Dark")}}},
	}
	member.Language = l
	member.Me = &view.Me{Name: "Ada Byron", Address: "ada@example.org", Role: "Member", Shortcuts: true}
	return member
}

func accountsInEnglish() []Story {
	member := memberAccount(words.English)
	hybrid := member
	hybrid.Frame = inside("Account", "/account")
	hybrid.Shortcuts, hybrid.Others = false, 3
	hybrid.Profile = slices.Clone(member.Profile)
	hybrid.Profile[0].Value, hybrid.Profile[1].Value = longName, arabicName
	hybrid.Sessions = append(hybrid.Sessions[:1:1],
		view.SessionRow{ID: "2", Agent: "Samsung Internet on Android", Source: "2001:db8:1234:5678:9abc:def0:1234:5678", Began: moment(9 * time.Hour), Seen: moment(20 * time.Minute)},
		view.SessionRow{ID: "3", Began: moment(time.Hour), Seen: moment(time.Minute), MustChange: true},
		view.SessionRow{ID: "4", Agent: "Safari on iPhone", Source: "198.51.100.4", Began: moment(11 * time.Hour), Seen: moment(10 * time.Minute)},
	)
	hybrid.Tokens = storyTokens("/account")
	hybrid.Tokens.List = []view.TokenRow{{Name: longWord, Created: moment(20 * day), Expires: moment(-70 * day), Revoke: "/account/tokens/1/revoke"}}
	wrong := member
	wrong.Problem = view.Problem{Status: 422, Fields: []rekey.FieldError{
		{Field: "first_name", Message: "A name must not contain a web address."}, {Field: "time_zone", Message: "Give a time zone such as Europe/Berlin."},
	}}
	wrong.Profile = slices.Clone(member.Profile)
	wrong.Profile[0].Value, wrong.Profile[0].Errors = "www."+longWord, wrong.Problem.Of("first_name")
	wrong.Profile[3].Value, wrong.Profile[3].Errors = "Mars/Olympus", wrong.Problem.Of("time_zone")
	paused := member
	paused.Paused = &view.Paused{Since: moment(26 * time.Hour), ForMember: true}
	return []Story{{"account", member}, {"account-paused", paused}, {"account-hybrid", hybrid}, {"account-refused", wrong}}
}
