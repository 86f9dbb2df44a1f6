package rekey

import (
	"slices"
	"time"
)

// Undone says what the undo of a run did with a mailed password: it ended, or it was kept
// and why. It is "" if there was nothing to end any more.
//
// A mailed password ends only if its owner has a chosen one that is in force without it.
// So whoever could get in before an undo can get in after it.
type Undone string

// What an undo did.
const (
	UndoneEnded     Undone = "ended"
	UndoneNoChosen  Undone = "no_chosen"   // kept: they have never chosen a password
	UndoneRevoked   Undone = "revoked"     // kept: their chosen password was revoked
	UndoneBegun     Undone = "begun"       // kept: they have logged in with it, to choose a password
	UndoneDirectory Undone = "directory"   // kept: their password in the directory may not work
	UndoneResting   Undone = "resting"     // kept: a mail of another run has replaced their chosen password
	UndoneNotTheirs Undone = "not_allowed" // kept: whoever undoes the run may not set their password
	UndoneKept      Undone = "kept"        // only for queries: all that were kept
)

// KeptReasons lists why an undo keeps a mailed password.
func KeptReasons() []Undone {
	return []Undone{UndoneNoChosen, UndoneRevoked, UndoneBegun, UndoneDirectory, UndoneResting, UndoneNotTheirs}
}

// Kept reports whether the mailed password was kept.
func (u Undone) Kept() bool { return slices.Contains(KeptReasons(), u) }

var undoneTexts = map[Undone]string{
	UndoneEnded:     "the mailed password was ended",
	UndoneNoChosen:  "they have never chosen a password",
	UndoneRevoked:   "their chosen password was revoked",
	UndoneBegun:     "they have logged in with it to choose a password",
	UndoneDirectory: "their password in the directory may not work",
	UndoneResting:   "a later mail has replaced their chosen password",
	UndoneNotTheirs: "whoever undid the run may not set their password",
}

// Text says in words what was done, or why the password was kept.
func (u Undone) Text() string { return undoneTexts[u] }

// Undoing is a person whose mailed passwords of a run may end, as they are in the
// transaction that ends them.
type Undoing struct {
	RunID      string
	User       SystemUser
	Credential Credential
	// Unsure: Rekey wrote, or may be writing, a password to their directory, and does not
	// know what became of it.
	Unsure bool
}

// Of returns the mailed passwords of the run that the undo is about: those that log in at
// the moment now, and those that revoked the chosen one and are still to be mailed.
func (p Undoing) Of(now time.Time) []Delivery {
	return slices.DeleteFunc(slices.Clone(p.Credential.Mailed), func(d Delivery) bool {
		return d.RunID != p.RunID || !d.Live(now) && !d.HasRevoked()
	})
}

// Decide says whether the mailed passwords of the run end. by is whoever undoes it.
func (p Undoing) Decide(by Authority, now time.Time) Undone {
	rest := Credential{Chosen: p.Credential.Chosen, Mailed: slices.DeleteFunc(slices.Clone(p.Credential.Mailed), func(d Delivery) bool { return d.RunID == p.RunID })}
	of := p.Of(now)
	switch {
	case rest.Chosen == "" && p.User.Chosen() == ChosenNever:
		return UndoneNoChosen
	case rest.Chosen == "" || slices.ContainsFunc(of, Delivery.HasRevoked):
		return UndoneRevoked
	case p.Unsure || !p.User.Directory.BuiltIn() && !p.User.Directory.logsIn(now):
		return UndoneDirectory
	case slices.ContainsFunc(of, func(d Delivery) bool { return !d.OpenedAt.IsZero() }):
		return UndoneBegun
	case !rest.InForce(now):
		return UndoneResting
	case !by.MaySetPassword(p.User):
		return UndoneNotTheirs
	default:
		return UndoneEnded
	}
}

// UndoPreview is what the undo of a run would do now.
type UndoPreview struct {
	Unsent  int64       `json:"unsent" doc:"How many people have not been sent a mail yet, and would get none."`
	Ended   int         `json:"ended" doc:"How many people's mailed password would end."`
	Kept    []KeptCount `json:"kept" nullable:"false" doc:"How many people would keep theirs, by reason."`
	AtLeast bool        `json:"at_least,omitempty" doc:"Only about the first 10,000 people were looked at."`
}

// KeptCount counts people who keep a mailed password for a reason.
type KeptCount struct {
	Why    Undone `json:"why" enum:"no_chosen,revoked,begun,directory,resting,not_allowed" doc:"Why, as a code."`
	Text   string `json:"why_text" doc:"Why, in words."`
	People int    `json:"people" doc:"How many people."`
}

// Unsent counts the deliveries that were certainly not mailed, and that an undo cancels.
func Unsent(tallies []Tally) (n int64) {
	for _, t := range tallies {
		if t.State == DeliveryHeld || t.State == DeliveryQueued || t.State == DeliveryDeferred && t.Reason != ReasonUnanswered {
			n += t.Count
		}
	}
	return n
}
