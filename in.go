package rekey

import "slices"

// Standing says how far a person has come in a run. It is about the last password that
// the run made for them: a retry takes the place of what came before it, unless it was
// skipped. So a person counts once in a run.
//
// A person is in if they have chosen a password since the run made one for them, or
// failed to, whichever password they used for that. Who is in stays in.
type Standing string

// The standings of the people of a run.
const (
	StandingIn       Standing = "in"
	StandingNotYet   Standing = "not_yet"    // their mailed password still opens the page where they choose
	StandingNoLonger Standing = "no_longer"  // their mailed password expired, or was replaced or revoked
	StandingNone     Standing = "none"       // no mail was accepted: it failed, or was cancelled or replaced before
	StandingOnTheWay Standing = "on_the_way" // the mail is not sent yet
	StandingSkipped  Standing = "skipped"    // a check kept them out, or the run is a trial, so they are not asked to do anything
	// StandingNotIn is only for queries: all who are neither in nor skipped.
	StandingNotIn Standing = "not_in"
)

// Standings lists what a query may ask for.
func Standings() []Standing {
	return []Standing{StandingIn, StandingNotIn, StandingNotYet, StandingNoLonger, StandingNone, StandingOnTheWay, StandingSkipped}
}

// Valid reports whether s is one of Standings.
func (s Standing) Valid() bool { return slices.Contains(Standings(), s) }

// Standing is that of the person whom d is for, if they have no later delivery in the run.
func (d Delivery) Standing() Standing {
	if !d.InAt.IsZero() {
		return StandingIn
	}
	return Tally{State: d.State, Reason: d.Reason}.standing()
}

// Why says in words why the user of d is in, or is not: the end of a sentence.
func (d Delivery) Why() string {
	switch s := d.Standing(); {
	case s == StandingIn:
		return "has chosen a password"
	case d.Reason != "":
		return d.Reason.Text()
	case s == StandingNotYet && d.Undone.Kept():
		return "kept the mailed password when the run was undone: " + d.Undone.Text()
	case s == StandingNotYet:
		return "has not chosen a password yet"
	case d.State == DeliveryExpired:
		return "the mailed password expired unused"
	case s == StandingOnTheWay:
		return "the mail is not sent yet"
	default:
		return ""
	}
}

// standing is that of the people in a tally who are not in.
func (t Tally) standing() Standing {
	switch t.State {
	case DeliverySent:
		return StandingNotYet
	case DeliverySkipped, DeliveryWouldBeSent:
		return StandingSkipped
	case DeliveryFailed, DeliveryCancelled:
		return StandingNone
	case DeliveryExpired, DeliveryDone, DeliverySuperseded:
		if t.Sent() {
			return StandingNoLonger
		}
		return StandingNone
	default:
		return StandingOnTheWay
	}
}

// InCounts counts the people of a run by their standing.
type InCounts struct {
	In       int64 `json:"in" doc:"How many have chosen a password since the run made one for them."`
	NotYet   int64 `json:"not_yet" doc:"How many have not, but can still do it with the mailed password."`
	NoLonger int64 `json:"no_longer" doc:"How many have not, and their mailed password has expired, or was replaced or revoked."`
	None     int64 `json:"none" doc:"How many got no mail: it failed, or was cancelled or replaced before it was sent."`
	OnTheWay int64 `json:"on_the_way" doc:"How many mails are not sent yet."`
	Skipped  int64 `json:"skipped" doc:"How many a check kept out, or would have been sent a password by a trial; they do not count among the others."`
}

// CountIn counts the people of the deliveries in tallies, each delivery as one person.
func CountIn(tallies []Tally) (c InCounts) {
	for _, t := range tallies {
		c.In += t.In
		switch left := t.Count - t.In; t.standing() {
		case StandingNotYet:
			c.NotYet += left
		case StandingNoLonger:
			c.NoLonger += left
		case StandingNone:
			c.None += left
		case StandingSkipped:
			c.Skipped += left
		default:
			c.OnTheWay += left
		}
	}
	return c
}

// Without takes away what d counts: deliveries that a later one took the place of.
func (c InCounts) Without(d InCounts) InCounts {
	return InCounts{c.In - d.In, c.NotYet - d.NotYet, c.NoLonger - d.NoLonger, c.None - d.None, c.OnTheWay - d.OnTheWay, c.Skipped - d.Skipped}
}

// NotIn counts the people who are neither in nor skipped.
func (c InCounts) NotIn() int64 { return c.NotYet + c.NoLonger + c.None + c.OnTheWay }

// All counts the people who were to get a password: all but the skipped ones.
func (c InCounts) All() int64 { return c.In + c.NotIn() }
