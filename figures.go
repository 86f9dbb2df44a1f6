package rekey

import (
	"math"
	"slices"
	"time"
)

// Tally is the number of deliveries in one state for one reason.
type Tally struct {
	State  DeliveryState
	Reason Reason
	Count  int64
	In     int64 // how many of them are of people who are in, see Standing
}

// Sent reports whether a mail server accepted the mails of these deliveries,
// whatever happened to them since.
func (t Tally) Sent() bool {
	switch t.State {
	case DeliverySent, DeliveryDone, DeliveryExpired:
		return true
	case DeliverySuperseded:
		return t.Reason != ReasonReplacedUnsent
	default:
		return false
	}
}

// Figures counts the outcomes of deliveries within a time.
type Figures struct {
	Sent    int64 // accepted by the mail server, whatever happened since
	Failed  int64
	Skipped int64
	// Took is the time from the event, or from the end of the delay, to the
	// acceptance. After an approval or a retry by hand it is the time from the new
	// password on. A mail whose acceptance is not on record is left out.
	Took Durations
}

// Add adds other figures.
func (f *Figures) Add(g Figures) {
	f.Sent += g.Sent
	f.Failed += g.Failed
	f.Skipped += g.Skipped
	for step, n := range g.Took {
		f.Took.Count(step, n)
	}
}

// Durations counts durations by step. The first step is one millisecond, and each
// next one is a tenth longer. The zero value is ready for use.
type Durations map[int]int64

const durationStep = 1.1

// DurationStep is the step of a duration.
func DurationStep(d time.Duration) int {
	if d <= time.Millisecond {
		return 0
	}
	return int(math.Ceil(math.Log(float64(d)/float64(time.Millisecond)) / math.Log(durationStep)))
}

// Count adds n durations to a step.
func (c *Durations) Count(step int, n int64) {
	if *c == nil {
		*c = Durations{}
	}
	(*c)[step] += n
}

// Percentile is the duration that percent of all durations do not exceed, at most a
// tenth too long; 0 if there are none.
func (c Durations) Percentile(percent int) time.Duration {
	var total, seen int64
	steps := make([]int, 0, len(c))
	for step, n := range c {
		total += n
		steps = append(steps, step)
	}
	slices.Sort(steps)
	for _, step := range steps {
		if seen += c[step]; seen*100 >= total*int64(percent) {
			return time.Duration(math.Pow(durationStep, float64(step)) * float64(time.Millisecond))
		}
	}
	return 0
}
