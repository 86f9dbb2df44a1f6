package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"rekey"
)

func init() {
	RegisterJobType(JobType{
		JobType: rekey.JobType{
			Name:        rekey.NotifyAddress,
			Label:       "Notify Address (S/C)",
			Designation: rekey.SystemOrContact,
			Description: "Sends a message in your own words to system users, or to addresses outside, such as that of the security desk. It never has a password.",
			Hints: []string{
				"Addresses outside must be in a domain that the settings list (notify_domains).",
				"The message names at most 20 people, and only those whom the automation's owner may view.",
				"An address gets at most 6 messages in an hour. What comes after them is told together, up to 20 in a mail.",
			},
			Parameters: []rekey.Parameter{
				{Name: "recipients", Label: "Recipients", Description: "Up to 20: system users, by id or address, and addresses in listed domains."},
				{Name: "subject", Label: "Subject", Description: "At most 150 characters. It may have the placeholders of the text except {people}."},
				{Name: "text", Label: "Message", Description: "Plain text, at most 2,000 characters. {event} is the name of the event, {time} when it happened, {automation} the name of the automation, {count} how many people the event names, {people} who they are, a line each."},
			},
			Offered: true,
		},
		CheckParams: func(params json.RawMessage, _ rekey.EventType) error {
			_, err := rekey.ParseNotifyParams(params)
			return err
		},
		Plan: planMessages,
	})
}

// planMessages plans a message to each recipient. A run that follows another one tells
// once, however many events its people came in: see rekey.Automation.RunFor.
func planMessages(_ context.Context, e *Engine, x Execution) (Plan, error) {
	p, err := rekey.ParseNotifyParams(x.Automation.JobParams)
	if err != nil {
		return Plan{}, err
	}
	return Plan{Candidates: len(p.Recipients), Part: func(ctx context.Context, _ string, _ uint64) (Part, error) {
		messages, err := e.messagesTo(ctx, x, p.Recipients)
		return Part{Deliveries: messages, Looked: len(p.Recipients), Last: true}, err
	}}, nil
}

// messagesTo returns a delivery for each address among the recipients, by address: ISSUE locks
// the addresses in the order of the ids, which must be the same for all runs.
func (e *Engine) messagesTo(ctx context.Context, x Execution, recipients []string) ([]rekey.Delivery, error) {
	decisions, err := e.recipients(ctx, x, recipients)
	messages := make([]rekey.Delivery, len(decisions))
	for i, to := range decisions {
		messages[i] = rekey.Delivery{Subject: rekey.AddressKey(to.Subject), State: rekey.DeliveryQueued, Reason: to.Reason}
		if to.Reason != "" {
			messages[i].State = rekey.DeliverySkipped
		}
	}
	slices.SortFunc(messages, func(a, b rekey.Delivery) int { return strings.Compare(a.Subject, b.Subject) })
	return messages, err
}

// recipients decides who gets a message: each address once, as the subject of its decision.
func (e *Engine) recipients(ctx context.Context, x Execution, named []string) ([]Decision, error) {
	found, err := e.store.FindUsers(ctx, named)
	if err != nil {
		return nil, err
	}
	var decisions []Decision
	seen := map[string]bool{}
	for _, to := range named {
		u := found[to]
		to = cmp.Or(u.Address, to)
		if key := rekey.AddressKey(to); !seen[key] {
			seen[key] = true
			decisions = append(decisions, Decision{Subject: to, User: u, Reason: e.barsMessage(x, to, u)})
		}
	}
	return decisions, nil
}

// barsMessage returns why an address gets no message of a run. u has this address; the zero
// value if nobody has it.
func (e *Engine) barsMessage(x Execution, to string, u rekey.SystemUser) rekey.Reason {
	switch {
	case u.ID == "" && !e.domains.Allow(to):
		return rekey.ReasonNotListed
	case u.ID == "":
		return ""
	case u.Status != rekey.UserActive:
		return rekey.ReasonBlocked
	case !x.mayView(u) && !e.domains.Allow(to):
		return rekey.ReasonNotViewable
	default:
		return ""
	}
}

// mayView reports whether everybody with whose authority the run acts may view a user.
func (x Execution) mayView(u rekey.SystemUser) bool {
	for _, other := range x.Others {
		if !other.MayView(u) {
			return false
		}
	}
	return x.Authority.MayView(u)
}
