package console

import (
	"net/http"
	"slices"

	"rekey/internal/console/view"
)

func (c *Console) showHelp(w http.ResponseWriter, r *http.Request) error {
	page := view.Help{Frame: c.frame(r, c.language(r).Say("Help"), "")}
	page.Keys = keysFor(page.Frame)
	page.Words = memberVocabulary
	if page.Me.Defines {
		page.Words = slices.Concat(memberVocabulary, vocabulary)
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// keysFor lists the keys of keys.js on the pages that a reader may open.
func keysFor(f view.Frame) []view.KeyHelp {
	var list []view.KeyHelp
	defines := f.Me != nil && f.Me.Defines
	if defines {
		list = append(list, view.KeyHelp{Keys: []string{"/"}, Does: "Go to the search field"})
		for _, group := range f.Nav() {
			for _, entry := range group.Entries {
				if entry.Keys != "" {
					list = append(list, view.KeyHelp{Keys: []string{"g", entry.Keys}, Does: "Go to " + entry.Text})
				}
			}
		}
		list = append(list,
			view.KeyHelp{Keys: []string{"n"}, Does: "Create what this page lists, such as an automation"},
			view.KeyHelp{Keys: []string{"e"}, Does: "Edit what this page shows"},
			view.KeyHelp{Keys: []string{"j"}, Does: "Go to the next row of a list"},
			view.KeyHelp{Keys: []string{"k"}, Does: "Go to the previous row"},
			view.KeyHelp{Keys: []string{"Enter"}, Does: "Open the row"},
		)
	}
	return append(list,
		view.KeyHelp{Keys: []string{"?"}, Does: "Open this page"},
		view.KeyHelp{Keys: []string{"Esc"}, Does: "Close a menu or a list of suggestions", Always: true},
	)
}

// memberVocabulary are the words on the pages that Members see.
var memberVocabulary = []view.Word{
	{Term: "System user", Means: "A person or a program with an account here. Type UI logs in here, type API calls the API, type Hybrid does both. The email address is the user name."},
	{Term: "Chosen password", Means: "A password that the user has set."},
	{Term: "Mailed password", Means: "A password that came by mail. It opens only the page where you choose your own, and it expires."},
	{Term: "Token", Means: "A key for a program. With it, the program calls the API without a password."},
}

// vocabulary are the further words of the pages, the mails and the API.
var vocabulary = []view.Word{
	{Term: "Role and rank", Means: "The role says what a system user may do. A higher rank allows more: Administrator 3, Manager 2, Operator 1, Member 0."},
	{Term: "Event", Means: "Something that happened at a certain time, such as a system user being locked out. It names the system users involved."},
	{Term: "Automation", Means: "A rule: when an event happens, do a job. It also has a selection, a delay and a time frame."},
	{Term: "Selection", Means: "A named condition over system users. It is calculated when the job is executed, not when the event takes place."},
	{Term: "Delay", Means: "How long the job waits after the event took place."},
	{Term: "Time frame", Means: "When an automation is active: its start, its end, and the execution days."},
	{Term: "Run", Means: "One execution of an automation for one event."},
	{Term: "Delivery", Means: "One system user in one run: the new password on its way to them."},
	{Term: "Held", Means: "A run that would reach more people than its ceiling allows. It sends nothing until somebody approves it."},
	{Term: "Accepted", Means: "The mail server has accepted the message. Rekey cannot see whether the mail arrives or is read."},
}

// showPasswordHelp is for everybody: mails and forms link to it.
func (c *Console) showPasswordHelp(w http.ResponseWriter, r *http.Request) error {
	l := c.language(r)
	page := view.PasswordHelp{Frame: c.frame(r, l.Say("How to choose a secure password"), "")}
	switch e := entry(r); {
	case !page.In:
		page.Back = view.Link{Text: l.Say("To the log-in"), Href: logInPath}
	case e.MustChange():
		page.Back = view.Link{Text: l.Say("Choose your own password"), Href: changePath}
	default:
		page.Back = view.Link{Text: l.Say("Change your password"), Href: changePath}
	}
	for _, rule := range c.Access.Rules(actor(r)) {
		page.Rules = append(page.Rules, rule.Text)
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}
