package api

import (
	"rekey"
	"rekey/client"
	"rekey/internal/admin"
)

// eventOf returns an event as the API shows it.
func eventOf(e admin.EventView) client.Event {
	w := client.Event{
		ID: e.ID, Type: e.Type, Name: e.Name, Source: e.Source, SourceID: e.SourceID, Time: e.Time, ReceivedAt: e.Received,
		SystemUsers: append([]string{}, e.Users...), MoreUsers: e.More, Hidden: e.Hidden, Outsiders: e.Outsiders, PostedBy: e.PostedBy, Chain: e.Chain.Automations,
	}
	if len(e.Data) > 0 && string(e.Data) != "{}" {
		w.Data = e.Data
	}
	return w
}

// runOf returns a run as the API shows it.
func runOf(r admin.RunView) client.Run {
	w := client.Run{
		ID: r.ID, AutomationID: r.AutomationID, Automation: r.Automation, EventID: r.EventID, JobType: r.JobType, AgainOf: r.AgainOf, ActsFor: r.ActsFor, State: string(r.State),
		Reason: string(r.Reason), ReasonText: reasonText(r.Reason), Detail: r.Detail, DueAt: r.DueAt, CreatedAt: r.CreatedAt,
		StartedAt: r.StartedAt, FinishedAt: r.FinishedAt, Hidden: int(r.Hidden), Trial: r.Trial,
		People: r.People, Deliveries: map[string]int{}, Tallies: []client.Tally{}, Candidates: r.Candidates, Looked: r.Looked, ApprovedBy: r.ApprovedBy,
		UndoneAt: r.UndoneAt, UndoneBy: r.UndoneBy, Undoing: r.Undone() && r.Phase == rekey.PhaseEnd, UndoneEnded: r.UndoneEnded, UndoneKept: r.UndoneKept,
	}
	if r.Held() {
		w.Held = r.Waiting()
	}
	if !r.WaveAt.IsZero() {
		if w.Waiting = r.Waiting(); !r.Waves.IsZero() && w.Waiting > 0 {
			w.Wave = r.Waves.Number(r.Looked, r.Candidates)
		}
		if r.State == rekey.RunSending {
			w.NextWaveAt = r.WaveAt
		}
	}
	for _, t := range r.Tallies {
		if t.Sent() {
			w.Sent += int(t.Count)
		}
		w.Deliveries[string(t.State)] += int(t.Count)
		w.Tallies = append(w.Tallies, tallyOf(t))
	}
	return w
}

func tallyOf(t rekey.Tally) client.Tally {
	return client.Tally{State: string(t.State), Reason: string(t.Reason), ReasonText: reasonText(t.Reason), Count: int(t.Count)}
}

// deliveryOf returns a delivery as the API shows it, without verifier and sealed
// password.
func deliveryOf(d rekey.Delivery) client.Delivery {
	w := client.Delivery{
		ID: d.ID, RunID: d.RunID, UserID: d.UserID, Subject: d.Subject, Number: d.Number, State: string(d.State),
		Reason: string(d.Reason), ReasonText: reasonText(d.Reason), OldPassword: string(d.OldPassword), Address: d.Address,
		IssuedAt: d.IssuedAt, ValidUntil: d.ValidUntil, Attempts: d.Attempts, ReplyCode: d.ReplyCode, ReplyText: d.ReplyText,
		AcceptedAt: d.AcceptedAt, EndedAt: d.EndedAt, ChangedAt: d.ChangedAt, InAt: d.InAt, Standing: string(d.Standing()), StandingText: d.Why(), ReplacedBy: d.ReplacedBy, UpdatedAt: d.UpdatedAt,
		OpenedAt: d.OpenedAt, RemindedAt: d.RemindedAt, Undone: string(d.Undone), UndoneText: d.Undone.Text(),
	}
	if d.State == rekey.DeliveryDeferred {
		w.NextAttempt = d.NextAttempt
	}
	if d.Message() {
		w.Standing, w.StandingText = "", ""
	}
	return w
}

func reasonText(r rekey.Reason) string {
	if r == "" {
		return ""
	}
	return r.Text()
}
