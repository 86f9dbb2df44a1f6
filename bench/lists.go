package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"rekey/internal/admin"
	"rekey/internal/visitor"
)

// list is pages that belong together. {run} stands for the largest run.
type list struct {
	key   string // in the results
	what  string
	bar   float64 // ms
	pages []string
}

// lists are all that is read: REST with a token, the console with a session.
// What people open belongs here.
var lists = []list{
	{"users", "list of 100,000 system users", barPage, []string{
		"/users", "/users?after=" + admin.Cursor("/users", bigUserID(50_000)), "/users?before=" + admin.Cursor("/users", bigUserID(50_000)),
		"/users?search=lovelace", "/users?search=012345", "/users?search=nobody+there", "/users?search=e",
		"/users?role=manager&status=blocked", "/users?type=api",
		"/api/v1/users?search=lovelace", "/api/v1/users?search=012345", "/api/v1/users?status=blocked", "/api/v1/users?cursor=" + admin.Cursor("users", bigUserID(50_000)),
	}},
	{"search", "search as you type in 100,000", barTyping, []string{
		"/users/suggest?q=l", "/users/suggest?q=lo", "/users/suggest?q=lov", "/users/suggest?q=lovelace",
		"/users/suggest?q=0", "/users/suggest?q=01", "/users/suggest?q=012345", "/users/suggest?q=zz", "/users/suggest?q=nobody+there",
	}},
	{"deliveries", "lists of 1,000,000 deliveries", barPage, []string{
		"/runs/{run}", "/runs/{run}?tab=sent", "/runs/{run}?tab=waiting", "/runs/{run}?tab=failed", "/runs/{run}?tab=skipped",
		"/api/v1/runs/{run}/deliveries?limit=50", "/api/v1/runs/{run}/deliveries?state=deferred", "/api/v1/runs/{run}/deliveries?state=queued",
		"/api/v1/deliveries?limit=50", "/api/v1/deliveries?state=failed", "/api/v1/deliveries?state=cancelled",
		"/api/v1/deliveries?system_user_id=" + bigUserID(777),
		"/mail", "/mail?state=failed", "/mail?state=deferred", "/users/" + bigUserID(777),
	}},
	{"tallies", "tallies of a run with 500,000", barPage, []string{"/api/v1/runs/{run}"}},
	{"overview", "overview, automations, runs, events", barPage, []string{
		"/", "/automations", "/runs", "/runs?state=held", "/runs?automation=" + bigAutomationID(11), "/events", "/events?type=external",
		"/api/v1/runs?limit=50", "/api/v1/events?limit=50",
	}},
}

// big is Rekey with a large installation's past month.
type big struct {
	*server

	run     string // the largest
	session *http.Client
}

// serveBig builds a large installation and starts Rekey on it.
func (b *bench) serveBig(ctx context.Context) error {
	p, err := b.db.fresh(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	run, err := b.buildBig(ctx, p, start.UTC())
	if err == nil {
		err = b.populate(ctx, p)
	}
	if err != nil {
		return errors.Join(err, p.drop())
	}
	fmt.Fprintf(os.Stderr, "%s: built %d system users and %d deliveries in %s\n", b.db.name, bigUsers, bigDeliveries, time.Since(start).Round(time.Second))
	s, err := b.serveOn(ctx, p)
	if err != nil {
		return errors.Join(err, p.drop())
	}
	b.atEnd(s.end)
	v := visitor.New(s.url, "")
	b.big = &big{server: s, run: run, session: v.HTTP}
	page, err := v.LogIn(ctx, adminAddress, adminPassword)
	return errors.Join(err, page.Expect("/"))
}

// lists reads every page some times, one after the other, and measures how long
// each list takes from the request to the last byte of the answer.
func (b *bench) lists(ctx context.Context, r readings) error {
	for _, l := range lists {
		var all []time.Duration
		for range b.pages {
			for _, page := range l.pages {
				took, err := b.big.get(ctx, strings.ReplaceAll(page, "{run}", b.big.run))
				if err != nil {
					return err
				}
				all = append(all, took)
			}
		}
		r.note(l.key, all)
	}
	return nil
}

func (b *big) get(ctx context.Context, page string) (time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+page, nil)
	if err != nil {
		return 0, err
	}
	if strings.HasPrefix(page, "/api/") {
		r.Header.Set("Authorization", "Bearer "+b.place.admin)
	}
	start := time.Now()
	a, err := b.session.Do(r)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, a.Body)
	took := time.Since(start)
	if err = errors.Join(err, a.Body.Close()); err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s came to %d %s", page, a.StatusCode, a.Header.Get("Location"))
	}
	return took, err
}
