package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/rig"
)

// What happens here: eventName starts the automation, otherName nothing.
const (
	source    = "/bench"
	eventName = "bench.leaked"
	otherName = "bench.seen"

	adminAddress  = "admin@example.org"
	adminPassword = "three-wet-horses-sing"
)

// personAddress is the n-th person's, from 0 on.
func personAddress(n int) string { return fmt.Sprintf("person%07d@example.org", n) }

// populate fills a fresh database with an administrator and the first person.
func (b *bench) populate(ctx context.Context, p *place) (err error) {
	c, err := b.settings(p)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, c, app.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	admin := rekey.SystemUser{Address: adminAddress, Type: rekey.TypeHybrid, Role: rekey.RoleAdministrator}
	person := rekey.SystemUser{Address: personAddress(0), FirstName: "Ada", LastName: "Lovelace", TimeZone: "Europe/London"}
	now := time.Now().UTC()
	if err := rig.Insert(ctx, a, adminPassword, now.Add(-100*24*time.Hour), &admin, &person); err != nil {
		return fmt.Errorf("people: %w", err)
	}
	p.admin, err = rig.Token(ctx, a, admin.ID, now)
	return err
}

// addPeople adds others like the first person, up to a number.
func (b *bench) addPeople(ctx context.Context, p *place, people int) error {
	address := "'person' || " + digits("i", 7) + " || '@example.org'"
	return b.fill(ctx, p, func(tx *sql.Tx) error {
		return copies(ctx, tx, "system_users", "t.address_key = '"+personAddress(0)+"'", people-1,
			change{"id": idOf("8003"), "address": address, "address_key": address, "search": "'ada lovelace ' || " + address})
	})
}

// The jobs of the automation that setUp makes.
const (
	send        = `{"use_event_parameter": true, "ceiling": 10000000}`
	sendAndKeep = `{"use_event_parameter": true, "ceiling": 10000000, "old_password": "keep"}`
)

// setUp makes through the API what a person would make there: the API user who
// posts, and the automation with a job. Its place holds the token to post with.
func setUp(ctx context.Context, s *server, job string) error {
	c := s.asAdmin()
	poster, err := c.CreateUser(ctx, client.User{Address: "poster@example.org", Type: "api", Role: "member",
		Sources: []rekey.EventSource{{Source: source, Names: []string{"bench.*"}}}})
	if err != nil {
		return err
	}
	issued, err := c.CreateToken(ctx, poster.ID, client.NewToken{Name: "bench"})
	if err != nil {
		return err
	}
	s.place.poster = issued.Text
	if s.poster, err = s.newPoster(ctx); err != nil {
		return err
	}
	return automate(ctx, c, client.Automation{
		Name: "Leaked", EventFilter: named(eventName), JobParams: []byte(job),
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
