package story

import (
	"fmt"
	"time"

	"rekey/internal/console/view"
)

// newOwner is where a new owner is named.
func newOwner(value string, optional bool) *view.Field {
	return &view.Field{Name: "owner", Label: "New owner of what they own", Value: value, Optional: optional, Max: 320, Suggest: "/users/suggest",
		Hint: "The address of an Operator, Manager or Administrator, not of a higher rank than you, such as ada@example.org."}
}

// transferReaches are whom automations would reach with a new owner.
func transferReaches() []view.TransferReach {
	return []view.TransferReach{
		{Automation: view.Link{Text: "Locked out", Href: "/automations/1"}, Summary: "If its event happened now to everybody you may view, 12 people would get a new password. 2 use the API, 1 has a password that the owner may not set.",
			Reached: view.ReachGroup{Title: "Gets a new password", Count: "12", More: "10", People: []view.Person{{ID: "1", Name: "Grace Hopper", Address: "grace@example.org"}, {ID: "2", Name: longName, Address: longWord + "@example.org", Note: "programs call the API with this password"}}}},
		{Automation: view.Link{Text: longWord, Href: "/automations/2"}, Summary: "If its event happened now to everybody you may view, 0 people would get a new password.",
			Warnings: []string{"The automation's owner may not set the password of this system user. Choose another one."}},
	}
}

// transfers are the pages of held runs and of automations that get another owner.
func transfers() []Story {
	ask := view.Ask{Frame: inside("Transfer 'Locked out'?", "/automations"), Post: "/automation-transfer", Button: "Transfer 'Locked out'", Look: "See who it would reach", Back: view.Link{Text: "Back to 'Locked out'", Href: "/automations/1"},
		Text: []string{"It acts with the authority of its owner, now " + longName + ": it reaches only those whose password the owner may set. Nothing else about it changes.",
			"Its owner is blocked, so its runs are held. When it has a new owner, all checks are made and the runs continue."}}
	ask.Crumbs = []view.Link{{Text: "Automations", Href: "/automations"}, {Text: "Locked out", Href: "/automations/1"}}
	ask.Owner = newOwner("bo@example.org", false)
	ask.Owner.Label, ask.Reaches = "New owner", transferReaches()[:1]
	held := view.Held{Frame: inside("Held runs of 'Leaked credential'", "/automations"), All: "/runs?state=held", More: "and 517 more runs",
		Approve: view.Action{Text: "Approve for 534 people", Post: "/automations/1/held/approve", Primary: true},
		Cancel:  view.Action{Text: "Cancel 537 runs", Icon: "ban", Post: "/automations/1/held/cancel", Danger: true},
		Texts: []string{"534 runs wait for approval. In all, 534 people would get a new password. A person on several lists counts once for each list. All checks are made again before anything is sent: people can be left out, but nobody is added.",
			"3 runs were planned before the automation was changed, and can only be cancelled."}}
	held.Wide, held.Crumbs = true, []view.Link{{Text: "Automations", Href: "/automations"}, {Text: "Leaked credential", Href: "/automations/1"}}
	held.None = view.Empty{Icon: "circle-check", Title: "No run of 'Leaked credential' is held", Text: "No run waits for an approval or for a new owner.", Action: view.Link{Text: "Back to 'Leaked credential'", Href: "/automations/1"}}
	for n := range 20 {
		people := []string{"Ada Byron", "Grace Hopper, Bo, " + longName + ", Cleo, Dan, and 14 more", longWord + "@example.org", arabicName}[n%4]
		held.Rows = append(held.Rows, view.HeldRow{ID: fmt.Sprint(n), Short: fmt.Sprintf("7f3a%04d", n), Event: view.Link{Text: "siem.credential_leaked", Href: "/events/1"},
			People: people, Why: "1 person, ceiling 100 an hour: 100 reached already.", When: moment(time.Duration(n) * time.Minute)})
	}
	none := held
	none.Rows, none.Approve, none.Cancel = nil, view.Action{}, view.Action{}
	return []Story{{"automation-transfer", ask}, {"automation-held", held}, {"automation-held-none", none}}
}
