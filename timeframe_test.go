package rekey_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
)

var workdays = rekey.Weekdays[:5]

func utc(t interface {
	Helper()
	Fatal(...any)
}, text string,
) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(wall, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestARunMovesToTheNextExecutionDayAtTheSameLocalTime(t *testing.T) {
	t.Parallel()
	only := func(days ...rekey.Weekday) []rekey.Weekday { return days }
	tests := map[string]struct {
		zone string
		days []rekey.Weekday
		due  string // UTC
		want string // UTC
	}{
		"every day":                           {"Europe/Berlin", nil, "2026-03-28 09:00:00", "2026-03-28 09:00:00"},
		"an execution day":                    {"Europe/Berlin", workdays, "2026-03-27 09:00:00", "2026-03-27 09:00:00"},
		"Saturday":                            {"Europe/Berlin", workdays, "2026-03-21 09:00:00", "2026-03-23 09:00:00"},
		"Sunday":                              {"Europe/Berlin", workdays, "2026-03-22 09:00:00", "2026-03-23 09:00:00"},
		"the day after the only one":          {"Europe/Berlin", only(rekey.Monday), "2026-03-24 09:00:00", "2026-03-30 08:00:00"},
		"Saturday there, Friday in UTC":       {"Europe/Berlin", workdays, "2026-03-20 23:30:00", "2026-03-22 23:30:00"},
		"Friday there, Saturday in UTC":       {"America/New_York", workdays, "2026-03-21 03:30:00", "2026-03-21 03:30:00"},
		"Sunday there, Monday in UTC":         {"America/New_York", workdays, "2026-03-23 03:30:00", "2026-03-24 03:30:00"},
		"Berlin, across spring":               {"Europe/Berlin", workdays, "2026-03-28 09:00:00", "2026-03-30 08:00:00"},
		"Berlin, across autumn":               {"Europe/Berlin", workdays, "2026-10-24 08:00:00", "2026-10-26 09:00:00"},
		"Berlin, a time that does not exist":  {"Europe/Berlin", only(rekey.Sunday), "2026-03-28 01:30:00", "2026-03-29 01:00:00"},
		"Berlin, a time that comes twice":     {"Europe/Berlin", only(rekey.Sunday), "2026-10-24 00:30:00", "2026-10-25 00:30:00"},
		"Berlin, the second coming stays":     {"Europe/Berlin", only(rekey.Sunday), "2026-10-25 01:30:00", "2026-10-25 01:30:00"},
		"New York, across spring":             {"America/New_York", workdays, "2026-03-07 14:00:00", "2026-03-09 13:00:00"},
		"Lord Howe, half an hour":             {"Australia/Lord_Howe", only(rekey.Sunday), "2026-10-02 15:45:00", "2026-10-03 15:30:00"},
		"São Paulo, a gap at midnight":        {"America/Sao_Paulo", only(rekey.Sunday), "2018-11-03 03:30:00", "2018-11-04 03:00:00"},
		"Apia, the only day was skipped":      {"Pacific/Apia", only(rekey.Friday), "2011-12-29 20:00:00", "2012-01-05 20:00:00"},
		"Apia, the day after the skipped one": {"Pacific/Apia", only(rekey.Saturday), "2011-12-29 20:00:00", "2011-12-30 20:00:00"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z, frame := zone(t, test.zone), rekey.TimeFrame{Days: test.days}
			if got := frame.Move(utc(t, test.due), z); got.Format(wall) != test.want {
				t.Errorf("moved to %s UTC (%s there), want %s UTC", got.Format(wall), got.In(z).Format(wall), test.want)
			}
		})
	}
}

// someDays draws execution days, none among them.
func someDays(t *rapid.T) []rekey.Weekday {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(rekey.Weekdays), 0, 7, rapid.ID).Draw(t, "days")
}

func dayOf(at time.Time) rekey.Weekday {
	return rekey.Weekday(strings.ToLower(at.Weekday().String()))
}

func TestARunMovesToAnExecutionDayAndNoFurtherThanItMust(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d, at, z := aDelay(t)
		due, frame := d.Due(at, z), rekey.TimeFrame{Days: someDays(t)}
		moved := frame.Move(due, z)
		if moved.Before(due) || moved.Location() != time.UTC {
			t.Fatalf("moved from %v to %v", due, moved)
		}
		if len(frame.Days) == 0 {
			if !moved.Equal(due) {
				t.Fatalf("moved from %v to %v without need", due, moved)
			}
			return
		}
		if !slices.Contains(frame.Days, dayOf(moved.In(z))) {
			t.Fatalf("moved to %v, a %s", moved.In(z), dayOf(moved.In(z)))
		}
		// At no time of a day between would the clock show the same on an
		// execution day.
		clock := due.In(z).Format("15:04:05.000000")
		for day, n := due, 1; day.Before(moved); n++ {
			if slices.Contains(frame.Days, dayOf(day.In(z))) && day.In(z).Format("15:04:05.000000") == clock {
				t.Fatalf("moved to %v, past %v", moved.In(z), day.In(z))
			}
			day = rekey.Delay{Unit: rekey.Days, Value: n}.Due(due, z)
		}
	})
}

// The clock shows the same time of day, or jumps over it.
func TestAMovedRunKeepsTheTimeOfDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d, at, z := aDelay(t)
		due, frame := d.Due(at, z), rekey.TimeFrame{Days: someDays(t)}
		moved := frame.Move(due, z)
		const clock = "15:04:05.000000"
		wanted, shown := due.In(z).Format(clock), moved.In(z).Format(clock)
		_, before := moved.Add(-time.Microsecond).In(z).Zone()
		_, after := moved.In(z).Zone()
		if shown != wanted && after <= before {
			t.Fatalf("moved from %s to %s", wanted, shown)
		}
		if again := frame.Move(moved, z); !again.Equal(moved) {
			t.Fatalf("moved to %v, and from there to %v", moved, again)
		}
	})
}

func TestAnEventOutsideTheFrameStartsNoRun(t *testing.T) {
	t.Parallel()
	const start, end = "2026-03-01 09:00:00", "2026-03-31 18:00:00"
	tests := map[string]struct {
		start, end, at string
		status         rekey.AutomationStatus
	}{
		"always":                 {"", "", "2026-03-15 00:00:00", rekey.AutomationActive},
		"before the start":       {start, end, "2026-03-01 08:59:59", rekey.AutomationScheduled},
		"at the start":           {start, end, start, rekey.AutomationActive},
		"within":                 {start, end, "2026-03-15 00:00:00", rekey.AutomationActive},
		"at the end":             {start, end, end, rekey.AutomationActive},
		"after the end":          {start, end, "2026-03-31 18:00:01", rekey.AutomationDone},
		"long before an end":     {"", end, "2000-01-01 00:00:00", rekey.AutomationActive},
		"after an end":           {"", end, "2026-04-01 00:00:00", rekey.AutomationDone},
		"before a start":         {start, "", "2026-02-01 00:00:00", rekey.AutomationScheduled},
		"long after a start":     {start, "", "2040-01-01 00:00:00", rekey.AutomationActive},
		"on no execution day is": {"", "", "2026-03-15 00:00:00", rekey.AutomationActive},
	}
	for name, test := range tests {
		a := leaked()
		a.TimeFrame = rekey.TimeFrame{Start: utc(t, test.start), End: utc(t, test.end), Days: []rekey.Weekday{rekey.Monday}}
		at := utc(t, test.at)
		if got := a.StatusAt(at); got != test.status {
			t.Errorf("%s: shown as %s, want %s", name, got, test.status)
		}
		event := rekey.Event{Type: rekey.External, Name: "siem.credential_leaked", Source: "/siem", Time: at}
		if a.Matches(event) != (test.status == rekey.AutomationActive) {
			t.Errorf("%s: it is %s and matches: %v", name, test.status, a.Matches(event))
		}
		for _, status := range []rekey.AutomationStatus{rekey.AutomationDraft, rekey.AutomationInactive} {
			if a.Status = status; a.StatusAt(at) != status {
				t.Errorf("%s: a %s one is shown as %s", name, status, a.StatusAt(at))
			}
		}
	}
}

func TestARunIsDueOnAnExecutionDayAfterTheDelay(t *testing.T) {
	t.Parallel()
	a := leaked()
	a.Delay, a.TimeFrame.Days = rekey.Delay{Unit: rekey.Days, Value: 2}, workdays
	// Thursday and two days is Saturday; Monday is after the clock change.
	due, err := a.Due(rekey.Event{Time: utc(t, "2026-03-26 09:00:00")}, rekey.AskedByNobody)
	if err != nil || due.Format(wall) != "2026-03-30 08:00:00" {
		t.Errorf("%v, %v", due, err)
	}
}

func TestATimeFrameIsRefusedByField(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		start, end string
		days       []rekey.Weekday
		fields     []string
	}{
		"always":                        {"", "", nil, nil},
		"from a start":                  {"2026-01-01 00:00:00", "", nil, nil},
		"to an end":                     {"", "2026-01-01 00:00:00", workdays, nil},
		"five years":                    {"2026-01-01 00:00:00", "2031-01-01 00:00:00", nil, nil},
		"a moment more":                 {"2026-01-01 00:00:00", "2031-01-01 00:00:01", nil, []string{"end"}},
		"five years, by the clock":      {"2026-03-29 01:30:00", "2031-03-29 02:30:00", nil, nil}, // 3:30 in Berlin
		"from a leap day":               {"2024-02-29 12:00:00", "2029-03-01 12:00:00", nil, nil},
		"an end at the start":           {"2026-01-01 00:00:00", "2026-01-01 00:00:00", nil, []string{"end"}},
		"an end before the start":       {"2026-01-02 00:00:00", "2026-01-01 00:00:00", nil, []string{"end"}},
		"a start that is long ago":      {"1970-01-01 00:00:00", "2026-01-01 00:00:00", nil, []string{"start"}},
		"an end that means never":       {"", "1970-01-01 00:00:00", nil, []string{"end"}},
		"moments in the far future":     {"3000-01-01 00:00:00", "3000-01-02 00:00:00", nil, []string{"start", "end"}},
		"a day that is none":            {"", "", []rekey.Weekday{rekey.Monday, "someday"}, []string{"days"}},
		"a day in another spelling":     {"", "", []rekey.Weekday{"Monday"}, []string{"days"}},
		"everything wrong at once":      {"2026-01-02 00:00:00", "2026-01-01 00:00:00", []rekey.Weekday{""}, []string{"end", "days"}},
		"all days":                      {"", "", rekey.Weekdays, nil},
		"a start with nothing after it": {"2999-12-31 23:59:59", "", nil, nil},
	}
	berlin := zone(t, "Europe/Berlin")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frame := rekey.TimeFrame{Start: utc(t, test.start), End: utc(t, test.end), Days: test.days}
			wantFields(t, frame.Validate(berlin), test.fields...)
			a := leaked()
			a.TimeFrame = frame
			for i := range test.fields {
				test.fields[i] = "time_frame." + test.fields[i]
			}
			wantFields(t, a.Validate(sending), test.fields...)
		})
	}
}

func TestATimeFrameIsPutInOrder(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	given := []rekey.Weekday{rekey.Sunday, rekey.Monday, rekey.Sunday}
	frame := rekey.TimeFrame{Start: time.Date(2026, 1, 1, 0, 0, 0, 1_999, berlin), Days: given}
	if err := frame.Validate(berlin); err != nil {
		t.Fatal(err)
	}
	want := time.Date(2025, 12, 31, 23, 0, 0, 1_000, time.UTC)
	if frame.Start != want || !frame.End.IsZero() || !slices.Equal(frame.Days, []rekey.Weekday{rekey.Monday, rekey.Sunday}) {
		t.Errorf("%+v", frame)
	}
	if given[0] != rekey.Sunday {
		t.Error("what was given was changed")
	}
	frame.Days = []rekey.Weekday{}
	if err := frame.Validate(berlin); err != nil || frame.Days != nil {
		t.Errorf("%v, %v", frame.Days, err)
	}
}

func TestExecutionDaysAreToldShortly(t *testing.T) {
	t.Parallel()
	days := rekey.Weekdays
	for want, list := range map[string][]rekey.Weekday{
		"":                             days,
		"Monday":                       days[:1],
		"Saturday and Sunday":          days[5:],
		"Tuesday to Friday":            days[1:5],
		"Monday, Wednesday and Sunday": {rekey.Sunday, rekey.Monday, rekey.Wednesday},
	} {
		if got := rekey.DaysText(list); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
