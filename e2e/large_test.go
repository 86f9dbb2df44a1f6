package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/rig"
)

// TestRunOverThousandsIsFinishedAfterKillsInPlanningAndSending has more people
// than have batches with jobs at a time.
func TestRunOverThousandsIsFinishedAfterKillsInPlanningAndSending(t *testing.T) {
	t.Parallel()
	const people = 65 * 200
	s := newScene(t, newEstate(t, people), mailtest.Script{})
	blows := []rig.Node{
		{Step: engine.StepPart, Nth: people / 500 / 2}, // half-way in planning
		{Step: engine.StepPart, Nth: 5},
		{Step: engine.StepIssued, Nth: 10},
		{Step: engine.StepAnswered, Nth: people / 2}, // half-way in sending
	}
	var eventID string
	for i, blow := range blows {
		n := s.node()
		n.Step, n.Nth = blow.Step, blow.Nth
		c := spawn(t, n)
		if i == 0 {
			s.everybody(c, people)
			receipts, err := s.api(c, s.siem).PostEvents(t.Context(), client.CloudEvent{ID: "all", Source: source, Type: "siem.everybody"})
			if err != nil {
				t.Fatal(err)
			}
			eventID = receipts[0].ID
		}
		c.died()
	}
	last := spawn(t, s.node())
	run := s.endedAll(last, eventID)
	if run.State != "finished" || run.Deliveries["sent"] != people {
		t.Errorf("the run is %s with %v", run.State, run.Deliveries)
	}
	last.stop()
	copies := 0
	boxes := s.look() // look checks that nobody has two passwords
	for _, address := range s.people {
		copies += boxes[address].copies
	}
	// Mails that were answered and not yet recorded are sent a second time: for each
	// kill during sending, one batch of each of the eight jobs that run at once.
	if len(boxes) != people || copies > people+2*8*200 {
		t.Errorf("%d mails to %d people, want %d and a few copies", copies, len(boxes), people)
	}
	s.nothingSealed()
	s.countsKept()
}

// everybody makes an automation that sends to all members when siem.everybody
// happens.
func (s *scene) everybody(c *child, ceiling int) {
	s.t.Helper()
	api := s.api(c, s.admin)
	members, err := api.CreateSelection(s.t.Context(), rekey.Selection{Name: "Members", Expression: `user.first_name == "Ada"`})
	if err != nil {
		s.t.Fatal(err)
	}
	params, err := json.Marshal(rekey.SendParams{EverybodyInSelection: true, Ceiling: ceiling + 10})
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := api.CreateAutomation(s.t.Context(), client.Automation{
		Name: "Everybody", EventType: "external", JobType: "send_new_password", JobParams: params, SelectionID: members.ID,
		EventFilter: rekey.EventFilter{Name: rekey.TextFilter{Operator: "equals", Value: "siem.everybody"}},
	})
	if err == nil {
		_, err = api.ActivateAutomation(s.t.Context(), a.ID, a.Version)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// endedAll waits until the run of an event has ended.
func (s *scene) endedAll(c *child, eventID string) client.Run {
	s.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		found, err := s.api(c, s.admin).Runs(s.t.Context(), client.RunFilter{EventID: eventID})
		if err != nil || len(found.Items) != 1 {
			s.t.Fatalf("%d runs of one event, %v", len(found.Items), err)
		}
		if found.Items[0].Ended() {
			return found.Items[0]
		}
		select {
		case <-tick.C:
		case <-s.t.Context().Done():
			s.t.Fatalf("the run stays as %+v", found.Items[0])
		}
	}
}
