package rekey

import "time"

// Chosen says whether a system user has a chosen password.
type Chosen string

// The states of a chosen password.
const (
	ChosenNever   Chosen = "never"   // none was ever chosen
	ChosenSet     Chosen = "set"     // there is one, in force or at rest
	ChosenRevoked Chosen = "revoked" // the last one was revoked and does not come back
)

// Credential is what a system user can log in with: at most one chosen password,
// and the mailed passwords of their deliveries.
//
// Whether the chosen password is in force is computed from the deliveries and never
// stored. It rests exactly as long as an accepted mail that replaced it is live
// (I1). So no job has to run on time to bring it back.
type Credential struct {
	// Chosen is the verifier of the chosen password, or ChosenInDirectory; "" if there
	// is no chosen password.
	Chosen string
	// Mailed are the deliveries of the user that may still be live.
	Mailed []Delivery
}

// Verifier returns the verifier of the chosen password; "" if there is none, or if the
// password lives in a directory.
func (c Credential) Verifier() string {
	if c.Chosen == ChosenInDirectory {
		return ""
	}
	return c.Chosen
}

// InForce reports whether the chosen password logs in at the moment now.
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

// WayIn reports whether the user can certainly log in at the moment now: with the
// chosen password, or with a mailed one that was accepted (I1).
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

// Live returns the deliveries whose mailed password logs in at the moment now.
func (c Credential) Live(now time.Time) []Delivery {
	var live []Delivery
	for _, d := range c.Mailed {
		if d.Live(now) {
			live = append(live, d)
		}
	}
	return live
}
