package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"rekey"
	"rekey/client"
)

// person is a system user of the demonstration.
type person struct {
	client.User
	about    string
	password string // the one they chose
	token    string
}

// The addresses in the story.
const (
	katherine = "katherine@example.org"
	margaret  = "margaret@example.org"
	ada       = "ada@example.org"
	grace     = "grace@example.org"
	alan      = "alan@example.org"
	reports   = "reports@example.org"
	vendor    = "vendor@partner.example"
	siem      = "siem@example.org"
)

// samplePeople are all people except the Administrator, who sets up the system.
func samplePeople() []*person {
	return []*person{
		{about: "Manager", User: client.User{Address: margaret, FirstName: "Margaret", LastName: "Hamilton", Type: "hybrid", Role: "manager"}},
		{about: "Operator", User: client.User{Address: grace, FirstName: "Grace", LastName: "Hopper", Type: "hybrid", Role: "operator"}},
		{about: "Member", User: client.User{Address: ada, FirstName: "Ada", LastName: "Lovelace", Type: "ui", Role: "member", TimeZone: "Europe/London"}},
		{about: "Member", User: client.User{Address: alan, FirstName: "Alan", LastName: "Turing", Type: "ui", Role: "member", Language: "de", TimeZone: "Europe/Berlin"}},
		{about: "Member", User: client.User{Address: vendor, FirstName: "Victor", LastName: "Vendor", Type: "ui", Role: "member", Language: "fr"}},
		{about: "API user", User: client.User{Address: reports, FirstName: "Nightly", LastName: "Reports", Type: "api", Role: "member"}},
		{about: "API user", User: client.User{Address: siem, FirstName: "Security", LastName: "Monitor", Type: "api", Role: "member",
			Sources: []rekey.EventSource{{Source: "/siem", Names: []string{"siem.*"}}}}},
	}
}

// populate makes the Administrator with the one-time address, as a person would, and
// all others through the API.
func (w *world) populate(ctx context.Context) error {
	first := &person{about: "Administrator", password: newPassword(),
		User: client.User{Address: katherine, FirstName: "Katherine", LastName: "Johnson", Type: "hybrid", Role: "administrator"}}
	w.people = append(w.people, first)
	if err := w.setUp(ctx, first); err != nil {
		return fmt.Errorf("set up the administrator: %w", err)
	}
	c := w.client(first)
	chosen := w.clock().Add(-120 * 24 * time.Hour)
	for _, p := range samplePeople() {
		user, err := c.CreateUser(ctx, p.User)
		if err != nil {
			return fmt.Errorf("create %s: %w", p.Address, err)
		}
		p.User, p.password = user, newPassword()
		if err := w.app.GivePassword(ctx, user.ID, rekey.NewSecret(p.password), chosen); err != nil {
			return fmt.Errorf("give %s a password: %w", p.Address, err)
		}
		w.people = append(w.people, p)
	}
	token, err := c.CreateToken(ctx, w.person(siem).ID, client.NewToken{Name: "posts events", ExpiresInDays: 1})
	w.person(siem).token = token.Text
	return err
}

// setUp opens the one-time address and fills in the form.
func (w *world) setUp(ctx context.Context, p *person) error {
	var address string
	select {
	case address = <-w.setup:
	case err := <-w.served:
		w.served <- err
		return errors.Join(errors.New("the server has ended"), err)
	case <-ctx.Done():
		return ctx.Err()
	}
	link, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("the set-up address: %w", err)
	}
	v := w.visitor()
	defer v.HTTP.CloseIdleConnections()
	page, err := v.Post(ctx, "/setup", url.Values{
		"token": link.Query()["token"], "address": {p.Address}, "first_name": {p.FirstName}, "last_name": {p.LastName},
		"new_password": {p.password}, "repeated_password": {p.password},
	})
	return errors.Join(err, page.Expect("/setup/mail"))
}

// person returns the person with an address.
func (w *world) person(address string) *person {
	for _, p := range w.people {
		if p.Address == address {
			return p
		}
	}
	return &person{}
}

// client returns a client for a person, with their token or else their password.
func (w *world) client(p *person) *client.Client {
	who := client.WithPassword(p.Address, p.password)
	if p.token != "" {
		who = client.WithToken(p.token)
	}
	return client.New(w.app.URL(), who)
}

// newPassword returns a password of 100 random bits.
func newPassword() string {
	text := strings.ToLower(rand.Text()[:20])
	return text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:]
}
