package rekey

import "time"

// Chosen says whether a system user has a chosen password.
type Chosen string

// What there may be of a chosen password.
const (
	ChosenNever   Chosen = "never"   // they have not chosen one yet
	ChosenSet     Chosen = "set"     // there is one; it may rest
	ChosenRevoked Chosen = "revoked" // the last one was revoked and does not come back
)

// Credential is what a system user can log in with: at most one chosen
// password and the mailed ones of their deliveries.
//
// Whether the chosen password is in force is never stored. It follows from the
// deliveries, so that nothing has to run on time for it to come back: the
// chosen password rests exactly as long as an accepted mail that replaced it is
// live (I1).
type Credential struct {
	// Chosen is the verifier of the chosen password; "" if there is none.
	Chosen string
	// Mailed are the deliveries of the user that may still be live.
	Mailed []Delivery
}

// InForce reports whether the chosen password logs in at that moment.
func (c Credential) InForce(now time.Time) bool {
	if c.Chosen == "" {
		return false
	}
	for _, d := range c.Mailed {
		if d.Rests(now) {
			return false
		}
	}
	return true
}

// WayIn reports whether the user can log in at that moment for certain: with
// the chosen password, or with a mailed one whose mail was accepted (I1).
func (c Credential) WayIn(now time.Time) bool {
	if c.InForce(now) {
		return true
	}
	for _, d := range c.Mailed {
		if d.Live(now) && !d.AcceptedAt.IsZero() {
			return true
		}
	}
	return false
}

// Live returns the deliveries whose mailed password logs in at that moment.
func (c Credential) Live(now time.Time) []Delivery {
	var live []Delivery
	for _, d := range c.Mailed {
		if d.Live(now) {
			live = append(live, d)
		}
	}
	return live
}
