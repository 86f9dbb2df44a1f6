package rekey

import (
	"strings"
	"time"
)

// DayHours are the hours of an execution day in which runs begin. The zero value is the
// whole day.
type DayHours struct {
	// From and To are times of day, "00:00" to "23:59", in the automation's time zone. If
	// From is later than To, the hours end on the next day.
	From string `json:"from" yaml:"from" doc:"When they begin: a time of day from 00:00 to 23:59." example:"08:00"`
	To   string `json:"to" yaml:"to" doc:"When they end. If it is earlier than from, they end on the next day." example:"18:00"`
}

// clock is the layout of a time of day.
const clock = "15:04"

// IsZero reports whether the hours are the whole day.
func (h DayHours) IsZero() bool { return h == DayHours{} }

// Text is the hours in words, such as "08:00 to 18:00"; "" for the whole day.
func (h DayHours) Text() string {
	if h.IsZero() {
		return ""
	}
	return h.From + " to " + h.To
}

// Validate names the fields "from" and "to". It also normalises both.
func (h *DayHours) Validate() error {
	var p Problems
	h.From, h.To = strings.TrimSpace(h.From), strings.TrimSpace(h.To)
	if h.IsZero() {
		return nil
	}
	for _, side := range []struct {
		field string
		text  *string
	}{{"from", &h.From}, {"to", &h.To}} {
		at, err := time.Parse(clock, *side.text)
		if err != nil {
			p.Add(side.field, "Give a time of day such as 08:00.")
			continue
		}
		*side.text = at.Format(clock)
	}
	if err := p.Err(); err != nil {
		return err
	}
	if h.From == h.To {
		p.Add("to", "The hours must end at another time of day than they begin. Leave both empty for the whole day.")
	}
	return p.Err()
}

// on returns when the hours of a day begin and end in zone. day is a clock face.
func (h DayHours) on(day time.Time, zone *time.Location) (begin, end time.Time) {
	at := func(day time.Time, text string) time.Time {
		t, _ := time.Parse(clock, text) // Validate returns the error
		year, month, date := day.Date()
		return shownAt(time.Date(year, month, date, t.Hour(), t.Minute(), 0, 0, time.UTC), zone)
	}
	if begin = at(day, h.From); h.From > h.To {
		day = day.AddDate(0, 0, 1)
	}
	return begin, at(day, h.To)
}
