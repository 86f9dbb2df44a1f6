package story

import (
	"fmt"
	"time"

	"rekey"
	"rekey/internal/console/view"
	"rekey/internal/engine"
	letter "rekey/internal/mail"
)

// letters are the mails, as their templates make them: the pages that frame
// them, and their HTML by the name of the page.
func letters() ([]Story, map[string]string) {
	mailer, err := letter.New(letter.Config{
		SMTP:   letter.SMTP{Host: "127.0.0.1", TLS: letter.Plain, From: "Rekey <rekey@example.org>"},
		System: "Rekey", BaseURL: "https://rekey.example.org", Contact: "help@example.org", Language: "en", TimeZone: "UTC", Policy: letter.PolicyModern,
	})
	if err != nil {
		return []Story{broken("letter", err)}, nil
	}
	locked := engine.Occasion{Language: "en", Reader: rekey.TypeUI, Automation: "Locked out", EventType: rekey.UserLocked, Involved: true, OldPassword: rekey.KeepUntilChanged}
	replaced, program, revoked := locked, locked, locked
	replaced.OldPassword, replaced.EventType, replaced.Automation = rekey.ReplaceWhenSent, rekey.UserCreated, "New colleague"
	replaced.Chosen, replaced.Note = rekey.ChosenNever, "Welcome!\nYour desk is on the third floor."
	program.Reader, program.OldPassword = rekey.TypeAPI, rekey.ReplaceWhenSent
	revoked.OldPassword, revoked.EventType, revoked.EventName, revoked.Automation = rekey.RevokeAtOnce, rekey.External, "siem.credential_leaked", longWord

	languages := map[string]string{"de": "Deutsch", "en": "English", "es": "Español", "fr": "Français"}
	before := map[rekey.Chosen]string{"": "a password", rekey.ChosenNever: "no password"}
	old := map[rekey.OldPassword]string{rekey.ReplaceWhenSent: "replaced", rekey.KeepUntilChanged: "kept", rekey.RevokeAtOnce: "revoked"}
	var stories []Story
	mails := map[string]string{}
	add := func(name string, o engine.Occasion, reader string) {
		subject, text, html, err := mailer.Preview(o, engine.Letter{
			To: "ada@example.org", Name: reader, TimeZone: "Europe/Berlin", Date: now, ValidUntil: now.Add(72 * time.Hour),
		})
		if err != nil {
			stories = append(stories, broken(name, err))
			return
		}
		page := view.Template{
			Frame: inside("The mail in "+languages[o.Language], "/mail"), Subject: subject, Text: text, HTML: "/" + name + "/html",
			Reader:      view.Choice{Name: "reader", Label: "Reader", Options: []view.Option{{Label: "logs in here"}}},
			Chosen:      view.Choice{Name: "chosen", Label: "Previous password", Options: []view.Option{{Label: before[o.Chosen]}}},
			OldPassword: view.Choice{Name: "old_password", Label: "The old password", Options: []view.Option{{Label: old[o.OldPassword]}}},
		}
		for _, tag := range mailer.Languages() {
			page.Languages = append(page.Languages, view.Tab{Text: languages[tag], Href: "/letter-" + tag, Active: tag == o.Language})
		}
		page.Wide, page.Crumbs = true, []view.Link{{Text: "Mail", Href: "/mail"}}
		stories, mails[name] = append(stories, Story{name, page}), html
	}
	for _, tag := range mailer.Languages() {
		o := locked
		o.Language = tag
		add("letter-"+tag, o, "Ada")
		first := replaced
		first.Language, first.Note = tag, ""
		add("letter-first-"+tag, first, "Ada")
	}
	add("letter-new", replaced, longName)
	add("letter-program", program, "Security Monitor")
	add("letter-revoked", revoked, scriptName)
	add("letter-hebrew", locked, hebrewName)
	return stories, mails
}

// broken is a story that cannot be made, and why.
func broken(name string, err error) Story {
	return Story{name, view.Error{Frame: outside("Not told"), Message: fmt.Sprint(err)}}
}
