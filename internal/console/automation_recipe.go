package console

import (
	"rekey"
	"rekey/internal/console/view"
)

// recipe is a template for a new automation.
type recipe struct {
	name, icon, text string
	begin            func(*rekey.Automation, *rekey.SendParams)
}

// recipes are offered until somebody has made an automation, by the word in the
// address.
var recipes = []struct {
	word string
	recipe
}{
	{"new-colleague", recipe{"New colleague", "user-plus", "A new system user gets a first password at once.",
		func(a *rekey.Automation, p *rekey.SendParams) {
			a.EventType, p.OldPassword = rekey.UserCreated, rekey.ReplaceWhenSent
		}}},
	{"locked-out", recipe{"Locked out", "lock", "After too many wrong passwords, a system user gets a new one. The old one still works.",
		func(a *rekey.Automation, p *rekey.SendParams) {
			a.EventType, p.OldPassword = rekey.UserLocked, rekey.KeepUntilChanged
		}}},
	{"leaked-credential", recipe{"Leaked credential", "shield", "A security system reports a leaked password. The password, sessions and tokens end at once, and the user gets a new password.",
		func(a *rekey.Automation, p *rekey.SendParams) {
			a.EventType, p.OldPassword = rekey.External, rekey.RevokeAtOnce
			a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: "siem.credential_leaked"}
		}}},
}

// write fills a new automation with the recipe.
func (r recipe) write(a *rekey.Automation) {
	p := rekey.SendParams{UseEventParameter: true}
	a.Name, a.Description = r.name, r.text
	r.begin(a, &p)
	a.JobParams = p.JSON()
}

func recipeLinks() []view.Recipe {
	links := make([]view.Recipe, len(recipes))
	for i, r := range recipes {
		links[i] = view.Recipe{Icon: r.icon, Title: r.name, Text: r.text, Href: automationsPath + "/new?recipe=" + r.word}
	}
	return links
}
