package rekey

import (
	"math"
	"slices"
	"time"
)

// Tally is how many deliveries are in a state, for a reason.
type Tally struct {
	State  DeliveryState
	Reason Reason
	Count  int64
}

// Sent reports whether a mail server accepted the mails of these deliveries,
// whatever became of them since.
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

// Figures is what came of deliveries within a time.
type Figures struct {
	Sent    int64 // accepted by the mail server, whatever became of them since
	Failed  int64
	Skipped int64
	// Took is how long it took from the event, or from the end of the delay, to
	// the acceptance.
	Took Durations
}

// Add adds what came of others.
func (f *Figures) Add(g Figures) {
	f.Sent += g.Sent
	f.Failed += g.Failed
	f.Skipped += g.Skipped
	for step, n := range g.Took {
		f.Took.Count(step, n)
	}
}

// Durations counts durations by their step: each is a tenth longer than the one
// before, and the first a millisecond. The zero value is ready for use.
type Durations map[int]int64

const durationStep = 1.1

// DurationStep is the step of a duration.
func DurationStep(d time.Duration) int {
	if d <= time.Millisecond {
		return 0
	}
	return int(math.Ceil(math.Log(float64(d)/float64(time.Millisecond)) / math.Log(durationStep)))
}

// Count counts so many of a step.
func (c *Durations) Count(step int, n int64) {
	if *c == nil {
		*c = Durations{}
	}
	(*c)[step] += n
}

// Percentile is the duration that so many percent do not exceed, to a tenth; 0
// if there is none.
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
