package engine

import (
	"time"

	"rekey"
)

// When a delivery is attempted again.
const (
	// GiveUp is how long after the first attempt further ones are made. The reader
	// then has at least two days to use the password.
	GiveUp = 24 * time.Hour

	firstBackoff = time.Minute
	lastBackoff  = time.Hour
	// A message that may have been taken waits longer before a copy is sent: as
	// long as the delivery is old. If a filter never answers, the reader gets one
	// copy within the hour and few in a day.
	firstPatience = 30 * time.Minute
	lastPatience  = 4 * time.Hour
	// blamedLater is the extra wait of a message that the server refused for the
	// transport's fault. Meanwhile another message shows whether the transport
	// works.
	blamedLater = 15 * time.Second
)

// backoff is the wait after a number of attempts: a minute, doubled each time up to
// an hour. Up to a fifth is added, so that failed deliveries do not all come back
// together.
func (e *Engine) backoff(attempts int) time.Duration {
	wait := lastBackoff
	if attempts <= 6 {
		wait = min(lastBackoff, firstBackoff<<(attempts-1))
	}
	return wait + time.Duration(e.jitter()*float64(wait)/5)
}

// patience is the wait before a copy of a message of that age is sent if the mail
// server may have taken it. Up to a fifth is added.
func (e *Engine) patience(age time.Duration) time.Duration {
	wait := min(max(age, firstPatience), lastPatience)
	return wait + time.Duration(e.jitter()*float64(wait)/5)
}

// giveUp ends a delivery that no server accepted in time. If an attempt may have
// reached a server, its password logs in until it expires (I2).
func giveUp(d rekey.Delivery) rekey.Delivery {
	if d.Reason != rekey.ReasonDirectoryDown {
		d.Reason = rekey.ReasonGaveUp
	}
	d.State, d.Sealed = rekey.DeliveryFailed, nil
	d.Doubtful, d.Attempting = d.Doubtful || d.Attempting, false
	return d
}
