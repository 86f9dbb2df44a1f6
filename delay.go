package rekey

import (
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Unit is the unit of a delay.
type Unit string

// The units of a delay. Minutes and hours are elapsed time; days and weeks are
// calendar days in the automation's time zone.
const (
	Minutes Unit = "minutes"
	Hours   Unit = "hours"
	Days    Unit = "days"
	Weeks   Unit = "weeks"
)

// Limits of a delay's value.
const (
	MinDelay = 1
	MaxDelay = 9_999
)

// Delay is the time between an event and its run (R9). The zero value is no
// delay.
type Delay struct {
	Unit  Unit `json:"unit" yaml:"unit" doc:"minutes, hours, days or weeks. Days and weeks are calendar days in the automation's time zone." example:"hours"`
	Value int  `json:"value" yaml:"value" doc:"1 to 9,999." example:"2"`
}

// IsZero reports whether there is no delay.
func (d Delay) IsZero() bool { return d == Delay{} }

// Text is the delay in words, such as "1 hour" and "1,440 minutes"; "" without one.
func (d Delay) Text() string {
	switch {
	case d.IsZero():
		return ""
	case d.Value == 1:
		return "1 " + strings.TrimSuffix(string(d.Unit), "s")
	default:
		return message.NewPrinter(language.English).Sprint(d.Value) + " " + string(d.Unit)
	}
}

// Validate names the fields "unit" and "value".
func (d Delay) Validate() error {
	if d.IsZero() {
		return nil
	}
	var p Problems
	switch d.Unit {
	case Minutes, Hours, Days, Weeks:
	default:
		p.Add("unit", "Choose minutes, hours, days or weeks.")
	}
	if d.Value < MinDelay || d.Value > MaxDelay {
		p.Add("value", "Give a whole number from 1 to 9,999.")
	}
	return p.Err()
}

// Due returns when a run is due for an event that took place at t. Days and weeks
// keep the local time of day in zone across a clock change. A local time that does
// not exist becomes the first that does. Of a local time that comes twice, Due
// takes the first.
func (d Delay) Due(t time.Time, zone *time.Location) time.Time {
	switch d.Unit {
	case Minutes:
		return t.Add(time.Duration(d.Value) * time.Minute)
	case Hours:
		return t.Add(time.Duration(d.Value) * time.Hour)
	case Days:
		return addDays(t, d.Value, zone)
	case Weeks:
		return addDays(t, 7*d.Value, zone)
	default:
		return t
	}
}

// addDays moves t by whole calendar days in zone.
func addDays(t time.Time, days int, zone *time.Location) time.Time {
	return shownAt(clockFace(t.In(zone)).AddDate(0, 0, days), zone)
}

// shownAt returns when the clock of zone shows a clock face. If it never does, that is
// the first moment after the gap; if it does so twice, the first time.
func shownAt(wanted time.Time, zone *time.Location) time.Time {
	due := onClock(wanted, zone)
	shown := clockFace(due)
	if shown.Equal(wanted) {
		return firstComing(due, zone).UTC()
	}
	// The clock skips that moment, by an hour or by a whole day. time.Date answers
	// with one of the two offsets, so the jump is at the start or the end of its
	// zone period.
	start, end := due.ZoneBounds()
	if shown.After(wanted) {
		return start.UTC()
	}
	return end.UTC()
}

// clockFace returns the date and time of day that the clock shows at t, as if it
// were UTC. So two of them compare without regard to clock changes.
func clockFace(t time.Time) time.Time { return onClock(t, time.UTC) }

// onClock returns the moment at which the clock of zone shows what t shows.
func onClock(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	return time.Date(year, month, day, hour, minute, second, t.Nanosecond(), zone)
}

// firstComing returns the earlier of two moments with the same local time, if the
// clock of zone was set back between them.
func firstComing(t time.Time, zone *time.Location) time.Time {
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return t
	}
	_, after := t.Zone()
	_, before := start.Add(-time.Nanosecond).In(zone).Zone()
	earlier := t.Add(time.Duration(after-before) * time.Second)
	if before > after && earlier.Before(start) {
		return earlier
	}
	return t
}
