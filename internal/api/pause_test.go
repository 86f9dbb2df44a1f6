package api_test

import (
	"errors"
	"net/http"
	"testing"

	"rekey/client"
)

func TestPauseStopsWhatSendsAndOnlyAdministratorsMay(t *testing.T) {
	t.Parallel()
	o := setup(t)
	root, siem := o.as(o.root), o.as(o.siem)
	p, err := root.PauseSending(o.ctx, "the wrong file")
	o.must(err)
	if !p.Paused || !p.Since.Equal(monday) || p.By == "" || p.Reason != "the wrong file" {
		t.Errorf("paused: %+v", p)
	}
	again, err := root.PauseSending(o.ctx, "another reason")
	o.must(err)
	if again.Reason != p.Reason {
		t.Errorf("a second pause took the place of the first: %+v", again)
	}
	if _, err := siem.PauseSending(o.ctx, ""); problemStatus(err) != http.StatusForbidden {
		t.Errorf("an API user who is no Administrator paused: %v", err)
	}
	if _, err := siem.Resume(o.ctx); problemStatus(err) != http.StatusForbidden {
		t.Errorf("an API user who is no Administrator resumed: %v", err)
	}
	seen, err := siem.Pause(o.ctx)
	o.must(err)
	if !seen.Paused || seen.By != "" || seen.Reason != "" {
		t.Errorf("a Member sees %+v", seen)
	}
	if _, err := root.Resume(o.ctx); err != nil {
		t.Error(err)
	}
	if p, err = root.Pause(o.ctx); err != nil || p.Paused {
		t.Errorf("after resume: %+v, %v", p, err)
	}
}

// problemStatus is the status of the problem that a call ended with.
func problemStatus(err error) int {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return p.Status
	}
	return 0
}
