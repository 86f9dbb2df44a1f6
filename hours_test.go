package rekey_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
)

func TestARunMovesIntoTheHours(t *testing.T) {
	t.Parallel()
	friday := []rekey.Weekday{rekey.Friday}
	tests := map[string]struct {
		zone     string
		days     []rekey.Weekday
		from, to string
		due      string // UTC
		want     string // UTC
	}{
		"inside":                                       {"UTC", nil, "08:00", "18:00", "2026-03-02 12:00:00", "2026-03-02 12:00:00"},
		"when they begin":                              {"UTC", nil, "08:00", "18:00", "2026-03-02 08:00:00", "2026-03-02 08:00:00"},
		"when they end":                                {"UTC", nil, "08:00", "18:00", "2026-03-02 18:00:00", "2026-03-03 08:00:00"},
		"before":                                       {"UTC", nil, "08:00", "18:00", "2026-03-02 07:59:59", "2026-03-02 08:00:00"},
		"after, on the last execution day":             {"UTC", workdays, "08:00", "18:00", "2026-03-06 19:00:00", "2026-03-09 08:00:00"},
		"in the hours of another day":                  {"UTC", workdays, "08:00", "18:00", "2026-03-07 12:00:00", "2026-03-09 08:00:00"},
		"across midnight, in the evening":              {"UTC", nil, "22:00", "06:00", "2026-03-02 23:00:00", "2026-03-02 23:00:00"},
		"across midnight, in the morning":              {"UTC", nil, "22:00", "06:00", "2026-03-02 05:59:59", "2026-03-02 05:59:59"},
		"across midnight, by day":                      {"UTC", nil, "22:00", "06:00", "2026-03-02 06:00:00", "2026-03-02 22:00:00"},
		"the night of Friday, on Saturday":             {"UTC", friday, "22:00", "06:00", "2026-03-07 03:00:00", "2026-03-07 03:00:00"},
		"the morning of Friday is Thursday's night":    {"UTC", friday, "22:00", "06:00", "2026-03-06 03:00:00", "2026-03-06 22:00:00"},
		"until midnight":                               {"UTC", nil, "20:00", "00:00", "2026-03-02 23:59:59", "2026-03-02 23:59:59"},
		"Berlin, the local time counts":                {"Europe/Berlin", nil, "08:00", "18:00", "2026-07-01 05:00:00", "2026-07-01 06:00:00"},
		"Berlin, they begin in the gap of spring":      {"Europe/Berlin", nil, "02:30", "05:00", "2026-03-29 00:00:00", "2026-03-29 01:00:00"},
		"Berlin, the clock jumps over all of them":     {"Europe/Berlin", nil, "02:15", "02:45", "2026-03-29 00:00:00", "2026-03-30 00:15:00"},
		"Berlin, the hour that comes twice":            {"Europe/Berlin", nil, "02:30", "05:00", "2026-10-25 01:15:00", "2026-10-25 01:15:00"},
		"Berlin, before the hour that comes twice":     {"Europe/Berlin", nil, "02:30", "05:00", "2026-10-25 00:15:00", "2026-10-25 00:30:00"},
		"Lord Howe, half an hour is skipped":           {"Australia/Lord_Howe", nil, "02:10", "04:00", "2026-10-03 15:00:00", "2026-10-03 15:30:00"},
		"Apia, the day that was skipped":               {"Pacific/Apia", []rekey.Weekday{rekey.Friday}, "08:00", "18:00", "2011-12-29 20:00:00", "2012-01-05 18:00:00"},
		"New York, across the night of autumn":         {"America/New_York", nil, "22:00", "03:00", "2026-11-01 07:30:00", "2026-11-01 07:30:00"},
		"New York, after the hours of that long night": {"America/New_York", nil, "22:00", "03:00", "2026-11-01 08:00:00", "2026-11-02 03:00:00"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z, frame := zone(t, test.zone), rekey.TimeFrame{Days: test.days, Hours: rekey.DayHours{From: test.from, To: test.to}}
			if got := frame.Move(utc(t, test.due), z); got.Format(wall) != test.want {
				t.Errorf("moved to %s UTC (%s there), want %s UTC", got.Format(wall), got.In(z).Format(wall), test.want)
			}
		})
	}
}

// Whatever the zone does, a run is moved forward, by no more than two weeks, and not again.
func TestARunThatWasMovedIntoTheHoursStays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d, at, z := aDelay(t)
		minute := rapid.IntRange(0, 24*60-1)
		text := func(n int) string { return fmt.Sprintf("%02d:%02d", n/60, n%60) }
		hours := rekey.DayHours{From: text(minute.Draw(t, "from")), To: text(minute.Draw(t, "to"))}
		frame := rekey.TimeFrame{Days: someDays(t), Hours: hours}
		if frame.Validate(z) != nil {
			t.Skip("they end when they begin")
		}
		due := d.Due(at, z)
		moved := frame.Move(due, z)
		if moved.Before(due) || moved.Sub(due) > 16*24*time.Hour {
			t.Fatalf("moved from %v to %v", due, moved)
		}
		if again := frame.Move(moved, z); !again.Equal(moved) {
			t.Fatalf("moved to %v, and from there to %v", moved, again)
		}
		shown := moved.In(z).Format("15:04")
		inside := hours.From <= shown && shown < hours.To
		if hours.From > hours.To {
			inside = hours.From <= shown || shown < hours.To
		}
		_, before := moved.Add(-time.Microsecond).In(z).Zone()
		_, after := moved.In(z).Zone()
		if !inside && before == after {
			// Near a clock change, the end of the hours may come twice.
			start, _ := moved.In(z).ZoneBounds()
			if moved.Sub(start) > 3*time.Hour {
				t.Fatalf("moved from %v to %s, outside of %s", due, shown, hours.Text())
			}
		}
	})
}

func TestHoursAreRefusedByField(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from, to, want string
		fields         []string
	}{
		{"", "", "", nil},
		{"8:00", "18:00", "08:00 to 18:00", nil},
		{" 22:00 ", "06:00", "22:00 to 06:00", nil},
		{"08:00", "", "", []string{"hours.to"}},
		{"", "18:00", "", []string{"hours.from"}},
		{"24:00", "8", "", []string{"hours.from", "hours.to"}},
		{"08:00", "8:00", "", []string{"hours.to"}},
		{"08:00:30", "18:00", "", []string{"hours.from"}},
	} {
		frame := rekey.TimeFrame{Hours: rekey.DayHours{From: test.from, To: test.to}}
		err := frame.Validate(time.UTC)
		wantFields(t, err, test.fields...)
		if err == nil && frame.Hours.Text() != test.want {
			t.Errorf("%q to %q is read as %q, want %q", test.from, test.to, frame.Hours.Text(), test.want)
		}
	}
}

func TestWhatSomebodyAsksForInPersonDoesNotWaitForTheHours(t *testing.T) {
	t.Parallel()
	a := leaked()
	a.TimeFrame.Hours = rekey.DayHours{From: "08:00", To: "18:00"}
	a.TimeZone, a.Delay = "UTC", rekey.Delay{}
	night := rekey.Event{Time: utc(t, "2026-03-02 03:00:00")}
	for asked, want := range map[rekey.Asker]string{
		rekey.AskedByNobody: "2026-03-02 08:00:00", rekey.AskedByStranger: "2026-03-02 08:00:00",
		rekey.AskedByUser: "2026-03-02 03:00:00", rekey.AskedByOther: "2026-03-02 03:00:00",
	} {
		if due, err := a.Due(night, asked); err != nil || due.Format(wall) != want {
			t.Errorf("asked by %q: due %v, %v; want %s", asked, due, err, want)
		}
	}
}
