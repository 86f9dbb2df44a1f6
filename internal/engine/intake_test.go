package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// TestEventIsNotKeptWithoutItsJobs has the queue refuse a job: then there must
// be no event either, since whoever posts it was told that there is none.
func TestEventIsNotKeptWithoutItsJobs(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	working, broken := h.db.Enqueue, errors.New("no room for a job")
	h.db.Enqueue = func(context.Context, any, []engine.Task) error { return broken }
	e := h.external(ada)
	if _, err := h.AcceptEvents(h.ctx, []rekey.Event{e}, rekey.Authority{}); !errors.Is(err, broken) {
		t.Errorf("posting it led to %v, want %v", err, broken)
	}
	h.db.Enqueue = working
	if events, _, err := h.db.Events(h.ctx, rekey.External, "", "", 10); err != nil || len(events) != 0 {
		t.Errorf("%d events are kept, %v", len(events), err)
	}
	run := h.post(e) // that is its first coming
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}

// TestEventAndItsJobComeIntoBeingTogether looks from outside, while the job is
// put in: by then nothing of the event may be there to be seen.
func TestEventAndItsJobComeIntoBeingTogether(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	working, looked := h.db.Enqueue, false
	h.db.Enqueue = func(ctx context.Context, tx any, jobs []engine.Task) error {
		looked = true
		if runs, err := h.db.Runs(ctx, rekey.RunQuery{Limit: 10}); err != nil || len(runs) != 0 {
			t.Errorf("%d runs are to be seen before their jobs, %v", len(runs), err)
		}
		return working(ctx, tx, jobs)
	}
	h.happen(h.person("ada@example.org"))
	if !looked {
		t.Error("no job was put in")
	}
}

// TestParametersThatCannotBeReadLetNobodyPast spoils the parameters of an
// automation that may reach API users after the planning: they say no more who
// may be touched.
func TestParametersThatCannotBeReadLetNobodyPast(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{IncludeAPIUsers: true})
	api := h.person("api@example.org", func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	ada := h.person("ada@example.org")
	h.onStep = func(s engine.Step) {
		if s != engine.StepPlanned {
			return
		}
		a.JobParams = json.RawMessage(`{"include_api_users": true, "use_event_parameter": true, "system_user": "` + ada.ID + `"}`)
		h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, a, a.Version, "") }))
	}
	run := h.happen(api, ada)
	h.work()
	h.want(run, api, rekey.DeliverySkipped, rekey.ReasonAPIUser)
	if !h.inForce(api) {
		t.Error("the API user's password is not in force")
	}
}
