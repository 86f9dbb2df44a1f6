package story

import (
	"fmt"
	"time"

	"rekey"
	"rekey/internal/console/view"
)

func mail() []Story {
	frame := inside("Mail", "/mail")
	frame.Wide = true
	up, down := view.State{Color: view.Green, Word: "Up"}, view.State{Color: view.Red, Word: "Down"}
	since, next := moment(41*time.Minute), moment(-2*time.Minute)
	tabs := []view.Tab{{Text: "All", Href: "/mail", Active: true}, {Text: "Deferred", Href: "/mail?state=deferred"}, {Text: "Failed", Href: "/mail?state=failed"}}
	languages := []view.Link{{Text: "Deutsch", Href: "/mail/templates/de"}, {Text: "English", Href: "/mail/templates/en"}, {Text: "Español", Href: "/mail/templates/es"}, {Text: "Français", Href: "/mail/templates/fr"}}
	test := view.MailTest{
		Address:  view.Field{Name: "address", Label: "To", Kind: "email", Value: "ada@example.org"},
		Language: view.Choice{Name: "language", Label: "Language", Optional: true, Options: []view.Option{{Value: "de", Label: "Deutsch"}, {Value: "en", Label: "English", Chosen: true}}},
	}
	none := view.Empty{Icon: "circle-check", Title: "Nothing to correct", Text: "This list shows deliveries that the mail server refused or delayed."}
	calm := view.Mail{Frame: frame, Tabs: tabs, None: none, Templates: languages, Test: &test,
		Facts: []view.Fact{{Label: "State", State: &up}, {Label: "Since", Moment: &since}, {Label: "Last reply", Code: "250"}, {Label: "Connections", Text: "2 open, 0 at work"}}}

	busy := calm
	busy.Facts = []view.Fact{{Label: "State", State: &down}, {Label: "Since", Moment: &since}, {Label: "Tried again", Moment: &next}, {Label: "Last reply", Code: "421 4.3.2 mail.example.org: service not available, closing the transmission channel"}, {Label: "Connections", Text: "0 open, 0 at work"}}
	for i, name := range []string{"Grace Hopper", longName, hebrewName, arabicName, scriptName, longWord} {
		u := view.Unsent{
			Person: view.Person{ID: fmt.Sprint(i), Name: name, Address: fmt.Sprintf("person.%d@example.org", i)},
			State:  view.State{Color: view.Red, Word: "Failed"}, Reply: "refused by the mail server: 550 5.1.1 mailbox unknown",
			At: moment(time.Duration(i*7) * time.Minute), Href: "/deliveries/1", Run: view.Link{Text: "Run", Href: "/runs/1"},
		}
		if i%2 == 1 {
			u.State, u.Reply, u.Next = view.State{Color: view.Amber, Word: "Deferred"}, "451 4.7.1 try again later", moment(-time.Duration(i)*time.Minute)
		}
		busy.Unsent = append(busy.Unsent, u)
	}
	busy.Pager = view.Pager{Total: "1,240 deliveries", Next: "/mail?after=1"}

	paused := busy
	paused.Paused = &view.Paused{Since: moment(26 * time.Hour), By: longName, Reason: "the wrong file was imported: " + longWord, Waiting: "12 runs and 10,000+ deliveries wait.", MayResume: true}

	tried, refused, wrong := calm, calm, calm
	accepted, not, bad := test, test, test
	accepted.Done, accepted.Accepted, accepted.Reply = true, true, "250 2.0.0 Ok: queued as 4F1A2"
	not.Done, not.Reply = true, "535 5.7.8 authentication failed"
	bad.Address.Value, bad.Address.Errors = "ada", []string{"Give an email address such as ada@example.org."}
	tried.Test, refused.Test, wrong.Test = &accepted, &not, &bad
	wrong.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "address", Message: bad.Address.Errors[0]}}}

	steps := inside("Test the mail", "")
	return []Story{
		{"mail", busy}, {"mail-paused", paused}, {"mail-calm", calm}, {"mail-tested", tried}, {"mail-test-refused", refused}, {"mail-test-wrong", wrong},
		{"setup-mail", view.SetUpMail{Frame: steps, Test: test}}, {"setup-mail-accepted", view.SetUpMail{Frame: steps, Test: accepted}},
		{"setup-mail-refused", view.SetUpMail{Frame: steps, Test: not}},
	}
}
