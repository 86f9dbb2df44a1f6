package rekey_test

import (
	"slices"
	"testing"

	"rekey"
)

func TestChainCarriesEveryoneWithWhoseAuthorityItRan(t *testing.T) {
	t.Parallel()
	test := rekey.Event{Type: rekey.External, Source: rekey.TestSource("poster"), PostedBy: "poster"}
	posted := rekey.Event{Type: rekey.External, Source: "/siem", PostedBy: "program"}
	asked := rekey.Event{Type: rekey.PasswordSendRequested, Source: rekey.InternalSource, PostedBy: "asker"}
	owned := rekey.Automation{ID: "a", OwnerID: "owner"}
	for name, test := range map[string]struct {
		event  rekey.Event
		run    rekey.Run
		a      rekey.Automation
		people []string
		source string
	}{
		"a test event":        {test, rekey.Run{}, owned, []string{"poster", "owner"}, ""},
		"a posted event":      {posted, rekey.Run{}, owned, []string{"owner"}, "/siem"},
		"asked for in person": {asked, rekey.Run{ActsFor: "asker"}, rekey.Automation{ID: "a"}, []string{"asker"}, ""},
		"a built-in one":      {rekey.Event{Type: rekey.PasswordResetRequested}, rekey.Run{}, rekey.Automation{ID: "a"}, nil, ""},
	} {
		first := test.event.After(test.run, test.a)
		second := rekey.Event{Type: rekey.AutomationFinished, Source: rekey.InternalSource, Chain: first}.After(rekey.Run{}, rekey.Automation{ID: "b", OwnerID: "other"})
		if !slices.Equal(first.People, test.people) || first.Source != test.source || !slices.Equal(first.Automations, []string{"a"}) {
			t.Errorf("%s: %+v", name, first)
		}
		if want := append(slices.Clone(test.people), "other"); !slices.Equal(second.People, want) || second.Source != test.source || !slices.Equal(second.Automations, []string{"a", "b"}) {
			t.Errorf("%s, after another: %+v", name, second)
		}
	}
}
