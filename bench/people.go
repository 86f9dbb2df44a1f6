package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
	"rekey/internal/app"
	"rekey/internal/store"
)

// What happens here: eventName starts the automation, otherName nothing.
const (
	source    = "/bench"
	eventName = "bench.leaked"
	otherName = "bench.seen"

	adminPassword = "three-wet-horses-sing"
)

// personAddress is the n-th person's, from 0 on.
func personAddress(n int) string { return fmt.Sprintf("person%07d@example.org", n) }

// populate fills a fresh database with an administrator and the first person.
func populate(ctx context.Context, a *app.App) (r ready, err error) {
	chosen, err := a.Access.Argon2.Hash(ctx, rekey.NewSecret(adminPassword))
	if err != nil {
		return r, err
	}
	now := time.Now().UTC()
	users := []rekey.SystemUser{
		{Address: "admin@example.org", Type: rekey.TypeHybrid, Role: rekey.RoleAdministrator},
		{Address: personAddress(0), FirstName: "Ada", LastName: "Lovelace", Type: rekey.TypeUI, Role: rekey.RoleMember, TimeZone: "Europe/London"},
	}
	err = a.DB.Update(ctx, func(tx *store.Tx) error {
		for i := range users {
			u := &users[i]
			u.ID, u.Status, u.CreatedAt = fmt.Sprintf("01990000-0000-7000-8000-%012d", i), rekey.UserActive, now
			if err := u.Validate(); err != nil {
				return err
			}
			if err := tx.InsertUser(ctx, *u); err != nil {
				return err
			}
			if err := tx.CompleteChange(ctx, u.ID, "", chosen, now.Add(-100*24*time.Hour)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("people: %w", err)
	}
	user, err := a.DB.User(ctx, users[0].ID)
	if err != nil {
		return r, err
	}
	_, token, err := a.Admin.CreateToken(ctx, user, admin.TokenRequest{UserID: user.ID, Name: "bench"})
	if err != nil {
		return r, err
	}
	r.URL, r.Admin = a.URL(), token.Reveal()
	return r, nil
}

// addPeople adds others like the first person, until there are so many.
func (b *bench) addPeople(ctx context.Context, p *place, people int) error {
	address := "'person' || " + digits("i", 7) + " || '@example.org'"
	return b.fill(ctx, p, func(tx *sql.Tx) error {
		return copies(ctx, tx, "system_users", "t.address_key = '"+personAddress(0)+"'", people-1,
			change{"id": idOf("8003"), "address": address, "address_key": address, "search": "'ada lovelace ' || " + address})
	})
}

// setUp makes through the API what a person would make there: the API user who
// posts, and the automation. Its place holds the token to post with.
func setUp(ctx context.Context, s *server) error {
	c := client.New(s.ready.URL, client.WithToken(s.ready.Admin))
	poster, err := c.CreateUser(ctx, client.User{Address: "poster@example.org", Type: "api", Role: "member",
		Sources: []rekey.EventSource{{Source: source, Names: []string{"bench.*"}}}})
	if err != nil {
		return err
	}
	issued, err := c.CreateToken(ctx, poster.ID, client.NewToken{Name: "bench"})
	if err != nil {
		return err
	}
	s.place.token = issued.Text
	return automate(ctx, c, client.Automation{
		Name: "Leaked", EventFilter: named(eventName), JobParams: []byte(`{"use_event_parameter": true, "ceiling": 10000000}`),
	})
}

// automate makes an automation on external events and activates it.
func automate(ctx context.Context, c *client.Client, a client.Automation) error {
	a.EventType, a.JobType = "external", "send_new_password"
	made, err := c.CreateAutomation(ctx, a)
	if err == nil {
		_, err = c.ActivateAutomation(ctx, made.ID, made.Version)
	}
	return err
}

// named narrows events to those of a name.
func named(name string) rekey.EventFilter {
	return rekey.EventFilter{Name: rekey.TextFilter{Operator: "equals", Value: name}}
}
