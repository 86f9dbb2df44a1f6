package rekey

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAPercentileIsATenthMoreAtMost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(30*24*time.Hour)).Draw(t, "duration"))
		var c Durations
		c.Count(DurationStep(d), 1)
		if got := c.Percentile(50); float64(got) < float64(d)*0.999 || float64(got) > float64(d)*1.101 {
			t.Fatalf("%s is told as %s", d, got)
		}
	})
}

func TestPercentilesOfFewAndNone(t *testing.T) {
	t.Parallel()
	var c Durations
	if got := c.Percentile(95); got != 0 {
		t.Errorf("none took %s", got)
	}
	for _, d := range []time.Duration{0, -time.Second, time.Microsecond} {
		if got := DurationStep(d); got != 0 {
			t.Errorf("%s is step %d", d, got)
		}
	}
	for range 19 {
		c.Count(DurationStep(time.Second), 1)
	}
	c.Count(DurationStep(time.Hour), 1)
	for percent, most := range map[int]time.Duration{50: 1100 * time.Millisecond, 95: 1100 * time.Millisecond, 96: 66 * time.Minute} {
		if got := c.Percentile(percent); got > most || got < most*10/12 {
			t.Errorf("the %d. percentile is %s, want about %s", percent, got, most)
		}
	}
}
