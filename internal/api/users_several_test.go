package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"rekey"
	"rekey/client"
)

func TestSeveralAreChangedAndTheListOfRefusedHasALimit(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ada, bo := o.person("ada@example.org", ""), o.person("bo@example.org", "")
	c := o.as(o.root)
	named := []string{ada.ID, "BO@example.org"}
	for i := range 520 {
		named = append(named, fmt.Sprintf("nobody%d@example.org", i))
	}
	language := "de"
	changes := client.UserChanges{People: client.People{SystemUsers: named}, Action: "set", Language: &language, DryRun: true}
	would, err := c.ChangeUsers(o.ctx, changes)
	o.must(err)
	if read, err := c.User(o.ctx, ada.ID); err != nil || read.Language != "" {
		t.Errorf("the dry run set %q (%v)", read.Language, err)
	}
	changes.DryRun = false
	done, err := c.ChangeUsers(o.ctx, changes)
	o.must(err)
	for _, got := range []client.UsersChanged{would, done} {
		if got.Changed != 2 || len(got.Refused) != 500 || got.RefusedMore != 20 || got.Refused[0].Why != rekey.ErrNoUser.Error() {
			t.Errorf("%d changed, %d refused and %d more", got.Changed, len(got.Refused), got.RefusedMore)
		}
	}
	if read, err := c.User(o.ctx, bo.ID); err != nil || read.Language != "de" {
		t.Errorf("it set %q (%v)", read.Language, err)
	}
	matching := client.People{Matching: &client.Matching{Search: "bo@", Role: "member"}}
	done, err = c.ChangeUsers(o.ctx, client.UserChanges{People: matching, Action: "block"})
	o.must(err)
	if done.Changed != 1 || len(done.Refused) != 0 {
		t.Errorf("blocked: %+v", done)
	}
	for text, p := range map[string]client.UserChanges{
		"give search":  {People: client.People{Matching: &client.Matching{}}, Action: "block"},
		"not both":     {People: client.People{SystemUsers: named, Matching: &client.Matching{}}, Action: "block"},
		"at least one": {Action: "block"},
		"action":       {People: matching, Action: "set"},
		"language":     {People: matching, Action: "block", Language: &language},
	} {
		if _, err := c.ChangeUsers(o.ctx, p); problemOf(t, err).Status != http.StatusUnprocessableEntity && problemOf(t, err).Status != http.StatusBadRequest {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := c.ChangeUsers(o.ctx, client.UserChanges{People: client.People{Matching: &client.Matching{Search: "zzz"}}, Action: "block"}); problemOf(t, err).Status != http.StatusConflict {
		t.Errorf("nobody matches: %v", err)
	}
}

func TestARequestToSendThatIsSentTwiceStartsOneRun(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.person("ada@example.org", "")
	o.person("bo@example.org", "")
	c := o.as(o.root)
	to := client.Recipients{People: client.People{Matching: &client.Matching{Role: "member"}}, ID: "night 1"}
	first, err := c.SendPasswords(o.ctx, to)
	o.must(err)
	again, err := c.SendPasswords(o.ctx, to)
	o.must(err)
	if first.EventID != again.EventID || len(first.RunIDs) != 1 {
		t.Errorf("first %+v, again %+v", first, again)
	}
	to.ID = strings.Repeat("x", 101)
	if _, err := c.SendPasswords(o.ctx, to); problemOf(t, err).Status/100 != 4 {
		t.Errorf("a long id: %v", err)
	}
}
