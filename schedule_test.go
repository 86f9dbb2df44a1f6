package rekey_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
)

func TestScheduleComesWhenItsWordsSay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		zone, start, rule, after string // after in UTC
		text                     string
		want                     []string // local times
	}{
		"once":                     {"UTC", "2026-12-01T08:00", "", "2026-11-30 00:00:00", "once, on Tuesday, 1 December 2026, at 08:00", []string{"2026-12-01 08:00"}},
		"once, that is over":       {"UTC", "2026-12-01T08:00", "", "2026-12-01 08:00:00", "once, on Tuesday, 1 December 2026, at 08:00", nil},
		"every day":                {"UTC", "2026-12-01T08:00", "FREQ=DAILY", "2026-12-05 08:00:00", "every day at 08:00", []string{"2026-12-06 08:00", "2026-12-07 08:00"}},
		"every third day":          {"UTC", "2026-12-01T08:00", "FREQ=DAILY;INTERVAL=3", "2026-12-01 08:00:00", "every 3 days at 08:00", []string{"2026-12-04 08:00", "2026-12-07 08:00"}},
		"every week":               {"UTC", "2026-12-01T08:00", "FREQ=WEEKLY", "2026-11-01 00:00:00", "every week on Tuesday at 08:00", []string{"2026-12-01 08:00", "2026-12-08 08:00"}},
		"on two days of the week":  {"UTC", "2026-12-01T08:00", "FREQ=WEEKLY;BYDAY=FR,MO", "2026-11-01 00:00:00", "every week on Monday and Friday at 08:00", []string{"2026-12-04 08:00", "2026-12-07 08:00", "2026-12-11 08:00"}},
		"on days in a row":         {"UTC", "2026-12-01T08:00", "FREQ=WEEKLY;BYDAY=WE,TU,MO", "2026-12-01 12:00:00", "every week on Monday to Wednesday at 08:00", []string{"2026-12-02 08:00", "2026-12-07 08:00"}},
		"on all days":              {"UTC", "2026-12-01T08:00", "FREQ=WEEKLY;BYDAY=SU,SA,FR,TH,WE,TU,MO", "2026-12-01 12:00:00", "every week on all days at 08:00", []string{"2026-12-02 08:00"}},
		"the first Monday":         {"UTC", "2026-12-01T08:00", "FREQ=MONTHLY;BYDAY=1MO", "2026-11-01 00:00:00", "every month on the first Monday at 08:00", []string{"2026-12-07 08:00", "2027-01-04 08:00", "2027-02-01 08:00"}},
		"the last Friday":          {"UTC", "2026-12-01T08:00", "FREQ=MONTHLY;BYDAY=-1FR", "2026-11-01 00:00:00", "every month on the last Friday at 08:00", []string{"2026-12-25 08:00", "2027-01-29 08:00"}},
		"the last day":             {"UTC", "2027-01-31T23:30", "FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-01 00:00:00", "every month on the last day at 23:30", []string{"2027-01-31 23:30", "2027-02-28 23:30", "2027-03-31 23:30"}},
		"day 31 skips months":      {"UTC", "2027-01-31T08:00", "FREQ=MONTHLY", "2027-01-01 00:00:00", "every month on day 31 at 08:00", []string{"2027-01-31 08:00", "2027-03-31 08:00", "2027-05-31 08:00"}},
		"every quarter":            {"UTC", "2027-01-15T08:00", "FREQ=MONTHLY;INTERVAL=3", "2027-01-15 08:00:00", "every 3 months on day 15 at 08:00", []string{"2027-04-15 08:00", "2027-07-15 08:00"}},
		"29 February":              {"UTC", "2028-02-29T08:00", "FREQ=YEARLY", "2026-01-01 00:00:00", "every year on 29 February at 08:00", []string{"2028-02-29 08:00", "2032-02-29 08:00", "2036-02-29 08:00"}},
		"every year, not in 2100":  {"UTC", "2096-02-29T08:00", "FREQ=YEARLY", "2096-03-01 00:00:00", "every year on 29 February at 08:00", []string{"2104-02-29 08:00"}},
		"Berlin, across spring":    {"Europe/Berlin", "2026-03-01T08:00", "FREQ=DAILY", "2026-03-28 07:00:00", "every day at 08:00", []string{"2026-03-29 08:00", "2026-03-30 08:00"}},
		"Berlin, in the gap":       {"Europe/Berlin", "2026-03-01T02:30", "FREQ=DAILY", "2026-03-28 02:00:00", "every day at 02:30", []string{"2026-03-29 03:00", "2026-03-30 02:30"}},
		"Berlin, twice comes once": {"Europe/Berlin", "2026-10-01T02:30", "FREQ=DAILY", "2026-10-24 12:00:00", "every day at 02:30", []string{"2026-10-25 02:30", "2026-10-26 02:30"}},
		"New York, in the gap":     {"America/New_York", "2026-03-01T02:30", "FREQ=DAILY", "2026-03-07 12:00:00", "every day at 02:30", []string{"2026-03-08 03:00", "2026-03-09 02:30"}},
		"New York, across autumn":  {"America/New_York", "2026-10-01T01:30", "FREQ=DAILY", "2026-10-31 12:00:00", "every day at 01:30", []string{"2026-11-01 01:30", "2026-11-02 01:30"}},
		"Lord Howe, half an hour":  {"Australia/Lord_Howe", "2026-10-01T02:15", "FREQ=DAILY", "2026-10-03 12:00:00", "every day at 02:15", []string{"2026-10-04 02:30", "2026-10-05 02:15"}},
		"Lord Howe, twice":         {"Australia/Lord_Howe", "2026-04-01T01:45", "FREQ=DAILY", "2026-04-04 12:00:00", "every day at 01:45", []string{"2026-04-05 01:45", "2026-04-06 01:45"}},
		"Apia, a day that was not": {"Pacific/Apia", "2011-12-01T08:00", "FREQ=DAILY", "2011-12-29 18:00:00", "every day at 08:00", []string{"2011-12-31 00:00", "2011-12-31 08:00"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z, s := zone(t, test.zone), rekey.Schedule{Start: test.start, Rule: test.rule}
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			if got := s.Text(); got != test.text {
				t.Errorf("in words %q, want %q", got, test.text)
			}
			var got []string
			for next := s.Next(utc(t, test.after), z); !next.IsZero() && len(got) < len(test.want); next = s.Next(next, z) {
				got = append(got, next.In(z).Format("2006-01-02 15:04"))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("comes %q, want %q", got, test.want)
			}
		})
	}
}

// In any zone, moments rise, and each is the next one for all moments since the last.
func TestNoMomentOfAScheduleIsLostOrComesTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		day := rapid.IntRange(0, 12_000).Draw(t, "day")
		start := time.Date(2000, 1, 1, 0, rapid.IntRange(0, 24*60-1).Draw(t, "minute"), 0, 0, time.UTC).AddDate(0, 0, day)
		rule := rapid.SampledFrom([]string{
			"FREQ=DAILY", "FREQ=DAILY;INTERVAL=5", "FREQ=WEEKLY;BYDAY=MO,TU,SU", "FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=MONTHLY;BYMONTHDAY=-1;INTERVAL=3", "FREQ=YEARLY",
		}).Draw(t, "rule")
		s := rekey.Schedule{Start: start.Format("2006-01-02T15:04"), Rule: rule}
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		at := start.AddDate(0, 0, rapid.IntRange(-30, 800).Draw(t, "from"))
		for range 4 {
			next := s.Next(at, z)
			if !next.After(at) {
				t.Fatalf("after %v comes %v", at, next)
			}
			between := at.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(at))-1).Draw(t, "between")))
			if again := s.Next(between, z); !again.Equal(next) {
				t.Fatalf("after %v comes %v, but after %v comes %v", at, next, between, again)
			}
			at = next
		}
	})
}

func TestScheduleIsRefusedByField(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		start, rule string
		fields      []string
	}{
		{"2026-12-01T08:00", "", nil},
		{" 2026-12-01 08:00 ", " freq=weekly;byday=mo ", nil},
		{"", "", []string{"start"}},
		{"2026-12-01", "", []string{"start"}},
		{"2026-12-01T08:00:00Z", "", []string{"start"}},
		{"1999-12-01T08:00", "", []string{"start"}},
		{"2026-02-30T08:00", "FREQ=SECONDLY", []string{"start", "rule"}},
		{"2026-12-01T08:00", "every day", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=HOURLY", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=DAILY;INTERVAL=100", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=DAILY;INTERVAL=-1", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=DAILY;COUNT=3", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=DAILY;UNTIL=20271201T080000Z", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=DAILY;BYHOUR=1,2,3", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=DAILY;BYDAY=MO", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=WEEKLY;BYDAY=1MO", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=MONTHLY;BYDAY=MO", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=MONTHLY;BYDAY=5MO", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=MONTHLY;BYDAY=-2MO", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=MONTHLY;BYMONTHDAY=0", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=MONTHLY;BYMONTHDAY=32", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=MONTHLY;BYMONTHDAY=1,15", []string{"rule"}},
		{"2026-12-01T08:00", "FREQ=YEARLY;BYMONTH=2", []string{"rule"}},
		{"2027-02-01T08:00", "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31", []string{"rule"}},
		{"2026-12-01T08:00", "DTSTART:20261201T080000Z\nRRULE:FREQ=DAILY", []string{"rule"}},
		{"2026-12-01T08:00", strings.Repeat("FREQ=DAILY;", 10_000), []string{"rule"}},
	} {
		s := rekey.Schedule{Start: test.start, Rule: test.rule}
		t.Log(test.start, test.rule[:min(len(test.rule), 60)])
		wantFields(t, s.Validate(), test.fields...)
	}
}
