package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"rekey"
	"rekey/internal/console/view"
)

// shownMoments is how many moments of a schedule the editor shows.
const shownMoments = 5

// repeat is a usual way to repeat a schedule.
type repeat struct {
	value string // of the form
	label string // before the start is known
	rule  func(start time.Time) string
}

var repeats = []repeat{
	{"once", "Once", func(time.Time) string { return "" }},
	{"day", "Every day", always("FREQ=DAILY")},
	{"workdays", "Every week on Monday to Friday", always("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")},
	{"week", "Every week, on the same weekday", always("FREQ=WEEKLY")},
	{"month", "Every month, on the same day", always("FREQ=MONTHLY")},
	{"month-weekday", "Every month, on the same weekday, such as the first Monday", monthly("FREQ=MONTHLY;BYDAY=")},
	{"month-end", "Every month, on the last day", always("FREQ=MONTHLY;BYMONTHDAY=-1")},
	{"quarter", "Every 3 months, on the same day", always("FREQ=MONTHLY;INTERVAL=3")},
	{"quarter-weekday", "Every 3 months, on the same weekday, such as the first Monday", monthly("FREQ=MONTHLY;INTERVAL=3;BYDAY=")},
	{"quarter-end", "Every 3 months, on the last day", always("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1")},
	{"year", "Every year", always("FREQ=YEARLY")},
}

func always(rule string) func(time.Time) string { return func(time.Time) string { return rule } }

// monthly ends a rule with the weekday of the start: 1MO for the first Monday of a month. A
// fifth one counts as the last.
func monthly(rule string) func(time.Time) string {
	return func(start time.Time) string {
		const week, weeks = 7, 4
		n := 1 + (start.Day()-1)/week
		if n > weeks {
			n = -1
		}
		return fmt.Sprintf("%s%d%s", rule, n, strings.ToUpper(start.Weekday().String()[:2]))
	}
}

// on is the schedule that begins at a typed start and is repeated like this.
func (w repeat) on(start string) (rekey.Schedule, bool) {
	at, err := time.Parse(localTime, start)
	s := rekey.Schedule{Start: start, Rule: w.rule(at)}
	return s, err == nil && s.Validate() == nil
}

// typedSchedule reads the schedule of the form; the zero value while it has no start. A
// value that is none of the repeats is a rule.
func typedSchedule(typed url.Values) rekey.Schedule {
	start, value := rekey.TypedText(typed.Get(fieldScheduleStart)), typed.Get(fieldScheduleRule)
	if start == "" {
		return rekey.Schedule{}
	}
	for _, w := range repeats {
		if w.value == value {
			at, _ := time.Parse(localTime, start) // Validate returns the error
			return rekey.Schedule{Start: start, Rule: w.rule(at)}
		}
	}
	return rekey.Schedule{Start: start, Rule: value}
}

// repeatOf is the value of the form for the rule of a schedule.
func repeatOf(s rekey.Schedule) string {
	if s.IsZero() {
		return ""
	}
	for _, w := range repeats {
		if usual, ok := w.on(s.Start); ok && usual.Rule == s.Rule {
			return w.value
		}
	}
	return s.Rule
}

// scheduleFields are when a schedule starts and how it is repeated.
func scheduleFields(typed url.Values, p view.Problem) (start, rule view.Field) {
	start = view.Field{
		Name: fieldScheduleStart, Label: "First time", Kind: "datetime-local", Value: typed.Get(fieldScheduleStart), Errors: p.Of(fieldScheduleStart),
		Hint: "In the time zone of the automation, which you choose in the step Time frame.",
	}
	rule = view.Field{
		Name: fieldScheduleRule, Label: "Repeat", Value: typed.Get(fieldScheduleRule), Errors: p.Of(fieldScheduleRule),
		Hint: "When the clock changes, the time of day stays. “The same day” leaves out months that do not have it.",
	}
	known := false
	for _, w := range repeats {
		option := view.Option{Value: w.value, Label: w.label, Chosen: w.value == rule.Value}
		if s, ok := w.on(start.Value); ok && w.value != "once" {
			option.Label, _, _ = strings.Cut(capital(s.Text()), " at ")
		}
		known = known || option.Chosen
		rule.Options = append(rule.Options, option)
	}
	if !known {
		label := rule.Value
		if text := (rekey.Schedule{Start: start.Value, Rule: rule.Value}).Text(); text != "" {
			label, _, _ = strings.Cut(capital(text), " at ")
		}
		rule.Options = append(rule.Options, view.Option{Value: rule.Value, Label: label, Chosen: true})
	}
	return start, rule
}

// moments are the next moments of a schedule.
func (c *Console) moments(r *http.Request, a rekey.Automation) []view.Moment {
	var list []view.Moment
	for next := a.NextMoment(c.Clock()); !next.IsZero() && len(list) < shownMoments; next = a.NextMoment(next) {
		list = append(list, c.moment(r, next))
	}
	return list
}
