package rekey

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Weekday is a day of the week.
type Weekday string

// The days of the week.
const (
	Monday    Weekday = "monday"
	Tuesday   Weekday = "tuesday"
	Wednesday Weekday = "wednesday"
	Thursday  Weekday = "thursday"
	Friday    Weekday = "friday"
	Saturday  Weekday = "saturday"
	Sunday    Weekday = "sunday"
)

// Weekdays lists the days of the week in their order.
var Weekdays = []Weekday{Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday}

// Name is the day as people read it: Monday.
func (d Weekday) Name() string { return strings.ToUpper(string(d[:1])) + string(d[1:]) }

func weekdayOf(t time.Time) Weekday { return Weekday(strings.ToLower(t.Weekday().String())) }

// DaysText lists days of the week: "Monday to Friday", "Monday, Wednesday and
// Sunday"; "" for none and for all of them.
func DaysText(days []Weekday) string {
	var names []string
	last, gap := -1, false
	for i, day := range Weekdays {
		if !slices.Contains(days, day) {
			continue
		}
		names = append(names, day.Name())
		gap = gap || last >= 0 && last != i-1
		last = i
	}
	const someDays = 3 // from which consecutive days are a range
	switch n := len(names); {
	case n == 0 || n == len(Weekdays):
		return ""
	case n >= someDays && !gap:
		return names[0] + " to " + names[n-1]
	case n > 1:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	default:
		return names[0]
	}
}

// maxFrame is the longest time frame, in years.
const maxFrame = 5

// TimeFrame is when an automation is active: an event outside it starts no run. The
// zero value has no limits.
type TimeFrame struct {
	// Start and End are inclusive. The zero time means no limit on that side.
	Start time.Time `json:"start,omitzero" doc:"Events before it start no run. Absent means from the beginning." example:"2026-01-01T00:00:00+01:00"`
	End   time.Time `json:"end,omitzero" doc:"Events after it start no run. A run that would be due after it is cancelled when its event arrives. At most five years after the start; absent means never."`
	// Days are the execution days, in the automation's time zone. A run due on
	// another day moves to the next execution day. None means every day.
	Days []Weekday `json:"days,omitempty" enum:"monday,tuesday,wednesday,thursday,friday,saturday,sunday" doc:"Execution days in the automation's time zone: a run due on another day moves to the next execution day, at the same time. Absent means every day."`
	// Hours are those of an execution day in which runs begin: a run due outside them
	// moves to the next that lies inside. None means the whole day.
	Hours DayHours `json:"hours,omitzero" doc:"Hours of an execution day, in the automation's time zone: a run due outside them begins when they begin next. What somebody asked for in person does not wait. Absent means the whole day."`
}

// UnmarshalJSON implements json.Unmarshaler. It reads times as ParseTime does.
func (f *TimeFrame) UnmarshalJSON(text []byte) error {
	var read struct {
		Start Moment    `json:"start"`
		End   Moment    `json:"end"`
		Days  []Weekday `json:"days"`
		Hours DayHours  `json:"hours"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	*f = TimeFrame{Start: time.Time(read.Start), End: time.Time(read.End), Days: read.Days, Hours: read.Hours}
	return nil
}

// Validate names the fields "start", "end", "days", "hours.from" and "hours.to". It also
// normalises the times and sorts the days. The five years are counted in zone.
func (f *TimeFrame) Validate(zone *time.Location) error {
	var p Problems
	f.Start, f.End = f.Start.UTC().Truncate(time.Microsecond), f.End.UTC().Truncate(time.Microsecond)
	ofThisAge := true
	for _, side := range []struct {
		field string
		at    time.Time
	}{{"start", f.Start}, {"end", f.End}} {
		if year := side.at.Year(); !side.at.IsZero() && (year < 2000 || year > 2999) {
			ofThisAge = false
			p.Add(side.field, "Give a date and time in the years 2000 to 2999.")
		}
	}
	if ofThisAge && !f.Start.IsZero() && !f.End.IsZero() {
		latest := clockFace(f.Start.In(zone)).AddDate(maxFrame, 0, 0)
		switch {
		case !f.End.After(f.Start):
			p.Add("end", "The end must be after the start.")
		case clockFace(f.End.In(zone)).After(latest):
			p.Add("end", "The end must be at most five years after the start.")
		}
	}
	var days []Weekday
	for _, day := range Weekdays {
		if slices.Contains(f.Days, day) {
			days = append(days, day)
		}
	}
	if slices.ContainsFunc(f.Days, func(day Weekday) bool { return !slices.Contains(Weekdays, day) }) {
		p.Add("days", "Choose days from monday to sunday, or none for every day.")
	} else {
		f.Days = days
	}
	p.Merge("hours.", f.Hours.Validate())
	return p.Err()
}

// on reports whether day is an execution day.
func (f *TimeFrame) on(day Weekday) bool { return len(f.Days) == 0 || slices.Contains(f.Days, day) }

// Ahead reports whether the frame has not begun at t.
func (f *TimeFrame) Ahead(t time.Time) bool { return t.Before(f.Start) }

// Over reports whether the frame has ended at t.
func (f *TimeFrame) Over(t time.Time) bool { return !f.End.IsZero() && t.After(f.End) }

// Contains reports whether an event at t may start a run.
func (f *TimeFrame) Contains(t time.Time) bool { return !f.Ahead(t) && !f.Over(t) }

// Move returns when a run executes that is due at t: at t if that lies in the hours of an
// execution day in zone, otherwise when the next ones begin. Without hours, that is the
// next execution day at the same local time. A clock change has the same effect as in a
// delay of days. Hours that end on the next day belong to the day on which they begin.
func (f *TimeFrame) Move(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	if f.Hours.IsZero() && f.on(weekdayOf(local)) {
		return t
	}
	// The execution day comes within a week, or within two if the zone skips that day.
	// Yesterday's hours may not have ended.
	for n := -1; n <= 2*len(Weekdays); n++ {
		day := clockFace(local).AddDate(0, 0, n)
		if !f.on(weekdayOf(day)) {
			continue
		}
		begin := shownAt(day, zone) // without hours only this moment of the day counts
		end := begin.Add(1)
		if !f.Hours.IsZero() {
			begin, end = f.Hours.on(day, zone)
		}
		switch {
		case !end.After(begin), !end.After(t), weekdayOf(begin.In(zone)) != weekdayOf(day): // skipped by the clock, or over
		case begin.Before(t):
			return t
		default:
			return begin
		}
	}
	return t
}
