package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rekey"
	"rekey/internal/app"
	"rekey/internal/rig"
)

// source is where all events come from.
const source = "/torture"

// estate holds the people and automations before the storm.
type estate struct {
	admin  string // token of an Administrator
	poster string // token of the API user who posts
	people []*person
	api    []*person // API users, whom events name as well
	aside  []*person // only the last event names them
}

// The people beside those in the storm.
const (
	apiUsers = 20
	asideOf  = 9
)

// chosenAtFirst is everybody's first password.
const chosenAtFirst = "orbit-candle-7-harvest"

// build makes an estate in a fresh database.
func build(ctx context.Context, c app.Config, people int) (e estate, err error) {
	a, err := app.New(ctx, c, app.Options{Argon2: cheap})
	if err != nil {
		return e, err
	}
	err = e.fill(ctx, a, people)
	return e, errors.Join(err, a.Close())
}

func (e *estate) fill(ctx context.Context, a *app.App, people int) error {
	admin := rekey.SystemUser{Address: "katherine@example.org", Type: rekey.TypeHybrid, Role: rekey.RoleAdministrator}
	poster := rekey.SystemUser{Address: "siem@example.org", Type: rekey.TypeAPI, Role: rekey.RoleMember,
		Sources: []rekey.EventSource{{Source: source, Names: []string{"torture.*"}}}}
	users := []*rekey.SystemUser{&admin, &poster}
	person1 := func(n int, kind rekey.UserType, list *[]*person, name string) {
		u := rekey.SystemUser{Address: fmt.Sprintf("%s%04d@example.org", name, n), FirstName: "Ada", LastName: "Lovelace", Type: kind, Role: rekey.RoleMember}
		users = append(users, &u)
		*list = append(*list, &person{address: u.Address, chosen: []string{chosenAtFirst}, revocable: n%4 == 3})
	}
	for n := range people {
		person1(n, rekey.TypeUI, &e.people, "person")
	}
	for n := range asideOf {
		person1(n, rekey.TypeUI, &e.aside, "aside")
	}
	for n := range apiUsers {
		person1(n, rekey.TypeAPI, &e.api, "program")
	}
	now := time.Now().UTC()
	if err := rig.Insert(ctx, a, chosenAtFirst, now.Add(-100*24*time.Hour), users...); err != nil {
		return err
	}
	tokens := map[string]*string{admin.ID: &e.admin, poster.ID: &e.poster}
	for i, u := range users[len(users)-apiUsers:] {
		tokens[u.ID] = &e.api[i].token
	}
	for id, token := range tokens {
		var err error
		if *token, err = rig.Token(ctx, a, id, now); err != nil {
			return err
		}
	}
	for _, automation := range automations() {
		if _, err := a.Admin.CreateAutomation(ctx, admin, automation, true); err != nil {
			return err
		}
	}
	return nil
}

// automations are those that events start. Their note says what they do with
// the old password, so that the mail does.
func automations() []rekey.Automation {
	list := []rekey.Automation{}
	for name, pattern := range map[string]string{
		"keep": "keep|both", "replace": "replace|both", "revoke": "revoke", "delayed": "delayed",
	} {
		setting := name
		if name == "delayed" {
			setting = "replace"
		}
		params := rekey.SendParams{UseEventParameter: true, OldPassword: rekey.OldPassword(setting), Ceiling: 1_000_000, Note: "setting: " + setting}
		automation := rekey.Automation{
			Name: name, EventType: rekey.External, JobType: rekey.SendNewPassword, JobParams: params.JSON(),
			EventFilter: rekey.EventFilter{Name: rekey.TextFilter{Operator: rekey.OpMatches, Value: `^torture\.(` + pattern + `)$`}},
		}
		if name == "delayed" {
			automation.Delay = rekey.Delay{Unit: rekey.Minutes, Value: 1}
		}
		list = append(list, automation)
	}
	return list
}
