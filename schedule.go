package rekey

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// maxInterval is the largest number of days, weeks, months or years between two
// occurrences.
const maxInterval = 99

// Schedule says at which moments schedule.reached happens, in the automation's time
// zone. A clock change keeps the time of day, with the effect that it has in a delay of
// days.
type Schedule struct {
	// Start is the date and time of day of the first occurrence: "2026-12-01T08:00". If
	// the rule leaves out that day, the first one is the next day of the rule.
	Start string `json:"start" yaml:"start" doc:"The date and time of day of the first occurrence, in the automation's time zone." example:"2026-12-01T08:00"`
	// Rule is an RFC 5545 rule, as far as ParseRule takes it; "" means once.
	Rule string `json:"rule,omitempty" yaml:"rule,omitempty" doc:"How it is repeated: a rule of RFC 5545 with FREQ of DAILY, WEEKLY, MONTHLY or YEARLY, INTERVAL up to 99, BYDAY, and BYMONTHDAY. Left out, it happens once." example:"FREQ=MONTHLY;BYDAY=1MO"`
}

// startLayout is the layout of Schedule.Start.
const startLayout = "2006-01-02T15:04"

// IsZero reports whether there is no schedule.
func (s Schedule) IsZero() bool { return s == Schedule{} }

// start returns when the schedule starts, as a clock face.
func (s Schedule) start() (time.Time, error) { return time.Parse(startLayout, s.Start) }

// Validate names the fields "start" and "rule". It also normalises both.
func (s *Schedule) Validate() error {
	var p Problems
	s.Start, s.Rule = strings.ToUpper(strings.TrimSpace(s.Start)), strings.ToUpper(strings.TrimSpace(s.Rule))
	s.Start = strings.Replace(s.Start, " ", "T", 1)
	start, err := s.start()
	if err != nil || start.Year() < 2000 || start.Year() > 2999 {
		p.Add("start", "Give a date and a time of day in the years 2000 to 2999, such as 2026-12-01T08:00.")
	}
	rule, complaint := s.rule(start)
	if complaint != "" {
		p.Add("rule", complaint)
	}
	if err := p.Err(); err != nil || s.Rule == "" {
		return err
	}
	if s.Rule = rule.OrigOptions.RRuleString(); rule.After(start, true).IsZero() {
		p.Add("rule", "No day is as the rule says. Choose another day.")
	}
	return p.Err()
}

const ruleAdvice = "Give a rule such as FREQ=DAILY, FREQ=WEEKLY;BYDAY=MO,FR, FREQ=MONTHLY;BYMONTHDAY=-1, FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO or FREQ=YEARLY."

// rule reads the rule. complaint says what is wrong with it; "" if nothing is. The rule is
// nil if the schedule happens once.
func (s Schedule) rule(start time.Time) (rule *rrule.RRule, complaint string) {
	if s.Rule == "" {
		return nil, ""
	}
	o, err := rrule.StrToROption(s.Rule)
	if err != nil {
		return nil, ruleAdvice
	}
	known := rrule.ROption{Freq: o.Freq, Interval: o.Interval, Byweekday: o.Byweekday, Bymonthday: o.Bymonthday}
	nth := slices.ContainsFunc(o.Byweekday, func(d rrule.Weekday) bool { return d.N() != 0 })
	switch {
	case o.RRuleString() != known.RRuleString(), !o.Dtstart.IsZero(), o.Freq > rrule.DAILY:
		return nil, ruleAdvice
	case o.Interval < 0 || o.Interval > maxInterval:
		return nil, "INTERVAL is a whole number from 1 to 99."
	case len(o.Byweekday) > 0 && len(o.Bymonthday) > 0, len(o.Bymonthday) > 0 && o.Freq != rrule.MONTHLY, len(o.Bymonthday) > 1:
		return nil, "BYMONTHDAY is one day, for FREQ=MONTHLY without BYDAY. " + ruleAdvice
	case len(o.Byweekday) > 0 && o.Freq != rrule.WEEKLY && o.Freq != rrule.MONTHLY:
		return nil, "BYDAY is for FREQ=WEEKLY and FREQ=MONTHLY. " + ruleAdvice
	case o.Freq == rrule.WEEKLY && nth, o.Freq == rrule.MONTHLY && len(o.Byweekday) > 0 && (len(o.Byweekday) > 1 || !nth):
		return nil, "BYDAY is days such as MO,FR for FREQ=WEEKLY, and one such as 1MO or -1FR for FREQ=MONTHLY."
	}
	for _, day := range o.Bymonthday {
		if day != -1 && (day < 1 || day > 31) {
			return nil, "BYMONTHDAY is from 1 to 31, or -1 for the last day."
		}
	}
	for _, day := range o.Byweekday {
		if n := day.N(); n < -1 || n > 4 {
			return nil, "BYDAY of a month is the first to the fourth, such as 1MO, or the last, such as -1MO."
		}
	}
	o.Dtstart = start
	if rule, err = rrule.NewRRule(*o); err != nil {
		return nil, ruleAdvice
	}
	return rule, ""
}

// Next returns the first moment of the schedule after t; the zero time if there is none.
func (s Schedule) Next(t time.Time, zone *time.Location) time.Time {
	start, err := s.start()
	if err != nil {
		return time.Time{}
	}
	rule, complaint := s.rule(start)
	if complaint != "" {
		return time.Time{}
	}
	if rule == nil {
		if once := shownAt(start, zone); once.After(t) {
			return once
		}
		return time.Time{}
	}
	// The clock may show a face of the day before when it is set back, and the moments of
	// two faces may be the same when it is set forward.
	for face := rule.After(clockFace(t.In(zone)).AddDate(0, 0, -2), false); !face.IsZero(); face = rule.After(face, false) {
		if next := shownAt(face, zone); next.After(t) {
			return next
		}
	}
	return time.Time{}
}

// Text says in the middle of a sentence when the schedule comes: "every 2 weeks on Monday
// and Friday at 08:00".
func (s Schedule) Text() string {
	start, err := s.start()
	rule, complaint := s.rule(start)
	if err != nil || complaint != "" {
		return ""
	}
	at := " at " + start.Format(clock)
	if rule == nil {
		return "once, on " + start.Format("Monday, 2 January 2006,") + at
	}
	o := rule.OrigOptions
	unit := map[rrule.Frequency]string{rrule.DAILY: "day", rrule.WEEKLY: "week", rrule.MONTHLY: "month", rrule.YEARLY: "year"}[o.Freq]
	every := "every " + unit
	if o.Interval > 1 {
		every = fmt.Sprintf("every %d %ss", o.Interval, unit)
	}
	return every + daysOf(o, start) + at
}

// daysOf says on which days of a week, a month or a year a rule comes: " on Monday and
// Friday", " on the last day"; "" for every day.
func daysOf(o rrule.ROption, start time.Time) string {
	days := make([]Weekday, len(o.Byweekday))
	for i, day := range o.Byweekday {
		days[i] = Weekdays[day.Day()]
	}
	switch {
	case o.Freq == rrule.DAILY:
		return ""
	case o.Freq == rrule.YEARLY:
		return " on " + start.Format("2 January")
	case o.Freq == rrule.WEEKLY && len(days) == 0:
		return " on " + weekdayOf(start).Name()
	case o.Freq == rrule.WEEKLY:
		return " on " + cmp.Or(DaysText(days), "all days")
	case len(days) > 0:
		return " on the " + ordinals[o.Byweekday[0].N()] + " " + days[0].Name()
	case len(o.Bymonthday) > 0 && o.Bymonthday[0] == -1:
		return " on the last day"
	case len(o.Bymonthday) > 0:
		return " on day " + strconv.Itoa(o.Bymonthday[0])
	default:
		return " on day " + strconv.Itoa(start.Day())
	}
}

var ordinals = map[int]string{-1: "last", 1: "first", 2: "second", 3: "third", 4: "fourth"}
