package rekey_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
)

// wall is a local time as people write it.
const wall = "2006-01-02 15:04:05"

func zone(t interface {
	Helper()
	Fatal(...any)
}, name string,
) *time.Location {
	t.Helper()
	z, err := rekey.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestDelayIsSaidInWords(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]rekey.Delay{
		"": {}, "1 hour": {Unit: rekey.Hours, Value: 1}, "2 days": {Unit: rekey.Days, Value: 2},
		"1,440 minutes": {Unit: rekey.Minutes, Value: 1_440}, "9,999 weeks": {Unit: rekey.Weeks, Value: rekey.MaxDelay},
	} {
		if got := d.Text(); got != want {
			t.Errorf("%+v is %q, want %q", d, got, want)
		}
	}
}

func TestDueKeepsTheLocalTimeAcrossClockChanges(t *testing.T) {
	t.Parallel()
	const day, week = rekey.Days, rekey.Weeks
	tests := map[string]struct {
		zone, from string // UTC
		unit       rekey.Unit
		value      int
		want       string // UTC
	}{
		"Berlin, across spring":                           {"Europe/Berlin", "2026-03-28 09:00:00", day, 2, "2026-03-30 08:00:00"},
		"Berlin, across autumn":                           {"Europe/Berlin", "2026-10-24 08:00:00", day, 2, "2026-10-26 09:00:00"},
		"Berlin, a local time that does not exist":        {"Europe/Berlin", "2026-03-27 01:30:00", day, 2, "2026-03-29 01:00:00"},
		"Berlin, the last moment before the gap":          {"Europe/Berlin", "2026-03-27 00:59:59", day, 2, "2026-03-29 00:59:59"},
		"Berlin, the first moment of the gap":             {"Europe/Berlin", "2026-03-27 01:00:00", day, 2, "2026-03-29 01:00:00"},
		"Berlin, the first moment after the gap":          {"Europe/Berlin", "2026-03-27 02:00:00", day, 2, "2026-03-29 01:00:00"},
		"Berlin, a local time that comes twice":           {"Europe/Berlin", "2026-10-23 00:30:00", day, 2, "2026-10-25 00:30:00"},
		"Berlin, from the second coming":                  {"Europe/Berlin", "2026-10-25 01:30:00", day, 1, "2026-10-26 01:30:00"},
		"Berlin, from the second coming, to another":      {"Europe/Berlin", "2026-10-25 01:30:00", day, 364, "2027-10-24 00:30:00"},
		"Berlin, weeks across spring":                     {"Europe/Berlin", "2026-03-23 17:15:00", week, 1, "2026-03-30 16:15:00"},
		"New York, across spring":                         {"America/New_York", "2026-03-07 14:00:00", day, 2, "2026-03-09 13:00:00"},
		"New York, across autumn":                         {"America/New_York", "2026-10-31 13:00:00", day, 2, "2026-11-02 14:00:00"},
		"New York, a local time that does not exist":      {"America/New_York", "2026-03-06 07:30:00", day, 2, "2026-03-08 07:00:00"},
		"New York, a local time that comes twice":         {"America/New_York", "2026-10-30 05:30:00", day, 2, "2026-11-01 05:30:00"},
		"Lord Howe, half an hour, does not exist":         {"Australia/Lord_Howe", "2026-10-01 15:45:00", day, 2, "2026-10-03 15:30:00"},
		"Lord Howe, half an hour, comes twice":            {"Australia/Lord_Howe", "2026-04-02 14:45:00", day, 2, "2026-04-04 14:45:00"},
		"Lord Howe, across spring":                        {"Australia/Lord_Howe", "2026-10-02 22:30:00", day, 2, "2026-10-04 22:00:00"},
		"São Paulo, a gap at midnight":                    {"America/Sao_Paulo", "2018-11-02 03:30:00", day, 2, "2018-11-04 03:00:00"},
		"São Paulo, midnight itself":                      {"America/Sao_Paulo", "2018-11-02 03:00:00", day, 2, "2018-11-04 03:00:00"},
		"São Paulo, an hour before midnight, comes twice": {"America/Sao_Paulo", "2018-02-16 01:30:00", day, 2, "2018-02-18 01:30:00"},
		"Beirut, a gap at midnight":                       {"Asia/Beirut", "2026-03-26 22:10:00", day, 2, "2026-03-28 22:00:00"},
		"Santiago, a gap at midnight":                     {"America/Santiago", "2026-09-04 04:20:00", day, 2, "2026-09-06 04:00:00"},
		"Santiago, across autumn":                         {"America/Santiago", "2026-04-03 12:00:00", day, 2, "2026-04-05 13:00:00"},
		"Apia, a day that was skipped":                    {"Pacific/Apia", "2011-12-28 20:00:00", day, 2, "2011-12-30 10:00:00"},
		"Apia, across the skipped day":                    {"Pacific/Apia", "2011-12-28 20:00:00", day, 3, "2011-12-30 20:00:00"},
		"Apia, the day before the skipped one":            {"Pacific/Apia", "2011-12-28 20:00:00", day, 1, "2011-12-29 20:00:00"},
		"Kathmandu, no clock changes":                     {"Asia/Kathmandu", "2026-03-28 18:15:00", day, 2, "2026-03-30 18:15:00"},
		"UTC":                                             {"UTC", "2026-03-28 09:00:00", day, 2, "2026-03-30 09:00:00"},
		"the end of February":                             {"Europe/Berlin", "2028-02-27 09:00:00", day, 2, "2028-02-29 09:00:00"},
		"the longest":                                     {"UTC", "2026-01-01 00:00:00", week, 9999, "2217-08-21 00:00:00"},
		"minutes do not see the clock change":             {"Europe/Berlin", "2026-03-29 00:30:00", rekey.Minutes, 90, "2026-03-29 02:00:00"},
		"hours do not see the clock change":               {"Europe/Berlin", "2026-03-28 09:00:00", rekey.Hours, 48, "2026-03-30 09:00:00"},
		"no delay":                                        {"Europe/Berlin", "2026-03-28 09:00:00", "", 0, "2026-03-28 09:00:00"},
		"a time before the epoch, when days came twice":   {"America/Juneau", "1900-01-01 09:00:00", day, 2, "1900-01-03 09:00:00"},
		"a zone whose offset changed without a new name":  {"Asia/Pyongyang", "2015-08-13 15:10:00", day, 2, "2015-08-15 15:40:00"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, err := time.Parse(wall, test.from)
			if err != nil {
				t.Fatal(err)
			}
			z := zone(t, test.zone)
			got := rekey.Delay{Unit: test.unit, Value: test.value}.Due(from, z)
			if got.Format(wall) != test.want || got.Location() != time.UTC {
				t.Errorf("due %s UTC (%s there), want %s UTC", got.Format(wall), got.In(z).Format(wall), test.want)
			}
		})
	}
}

var zones = []string{
	"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Santiago", "Asia/Kathmandu",
	"America/Sao_Paulo", "Asia/Beirut", "Africa/Casablanca", "Antarctica/Troll", "America/Scoresbysund", "UTC",
}

// aDelay draws a delay, and when and where it begins.
func aDelay(t *rapid.T) (rekey.Delay, time.Time, *time.Location) {
	unit := rapid.SampledFrom([]rekey.Unit{rekey.Minutes, rekey.Hours, rekey.Days, rekey.Weeks}).Draw(t, "unit")
	value := rapid.IntRange(rekey.MinDelay, 60).Draw(t, "value")
	// From 2000 to 2039, to the microsecond, as moments are stored.
	at := time.UnixMicro(rapid.Int64Range(946_684_800_000_000, 2_208_988_800_000_000).Draw(t, "at")).UTC()
	return rekey.Delay{Unit: unit, Value: value}, at, zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
}

func TestDueIsLaterForALongerDelay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d, at, z := aDelay(t)
		longer := rekey.Delay{Unit: d.Unit, Value: d.Value + rapid.IntRange(1, 5).Draw(t, "more")}
		if due, later := d.Due(at, z), longer.Due(at, z); later.Before(due) {
			t.Fatalf("%v is due %v, before %v at %v", longer, later, d, due)
		}
	})
}

func TestDueNeverComesMuchBeforeItsDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d, at, z := aDelay(t)
		hours := map[rekey.Unit]int{rekey.Days: 24, rekey.Weeks: 7 * 24}[d.Unit]
		// A day that is skipped takes 24 hours, and a change of the clock up to 2.
		if earliest := at.Add(time.Duration(d.Value*hours-26) * time.Hour); hours > 0 && d.Due(at, z).Before(earliest) {
			t.Fatalf("due %v, before %v", d.Due(at, z), earliest)
		}
		if due := d.Due(at, z); due.Before(at) || due.Location() != time.UTC {
			t.Fatalf("due %v for an event at %v", due, at)
		}
	})
}

func TestMinutesAndHoursAreElapsedTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d, at, z := aDelay(t)
		unit := map[rekey.Unit]time.Duration{rekey.Minutes: time.Minute, rekey.Hours: time.Hour}[d.Unit]
		if want := at.Add(time.Duration(d.Value) * unit); unit > 0 && !d.Due(at, z).Equal(want) {
			t.Fatalf("due %v, want %v", d.Due(at, z), want)
		}
	})
}

// The clock shows the same time of day, or that time does not exist there: then
// nothing between the two exists either.
func TestDueShowsTheSameTimeUnlessItDoesNotExist(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d, at, z := aDelay(t)
		days := map[rekey.Unit]int{rekey.Days: 1, rekey.Weeks: 7}[d.Unit]
		if days == 0 {
			return
		}
		const exact = "2006-01-02 15:04:05.000000"
		local, due := at.In(z), d.Due(at, z)
		wanted := time.Date(local.Year(), local.Month(), local.Day()+days*d.Value, local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC).Format(exact)
		shown := due.In(z).Format(exact)
		if before := due.Add(-time.Microsecond).In(z).Format(exact); shown != wanted && (shown < wanted || before > wanted) {
			t.Fatalf("due at %s, after %s; wanted %s", shown, before, wanted)
		}
		// No earlier moment of the past day shows the same.
		for _, step := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
			if earlier := due.Add(-step).In(z).Format(exact); earlier == shown {
				t.Fatalf("%s comes twice, and %v is its second coming", shown, due)
			}
		}
	})
}

func TestADelayIsRefusedByField(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		delay  rekey.Delay
		fields []string
	}{
		"none":                       {rekey.Delay{}, nil},
		"the shortest":               {rekey.Delay{Unit: rekey.Minutes, Value: 1}, nil},
		"the longest":                {rekey.Delay{Unit: rekey.Weeks, Value: 9_999}, nil},
		"hours":                      {rekey.Delay{Unit: rekey.Hours, Value: 2}, nil},
		"days":                       {rekey.Delay{Unit: rekey.Days, Value: 2}, nil},
		"nothing of a unit":          {rekey.Delay{Unit: rekey.Days}, []string{"value"}},
		"one too many":               {rekey.Delay{Unit: rekey.Days, Value: 10_000}, []string{"value"}},
		"less than nothing":          {rekey.Delay{Unit: rekey.Days, Value: -1}, []string{"value"}},
		"a value without a unit":     {rekey.Delay{Value: 3}, []string{"unit"}},
		"an unknown unit":            {rekey.Delay{Unit: "fortnights", Value: 3}, []string{"unit"}},
		"neither unit nor value":     {rekey.Delay{Unit: "fortnights"}, []string{"unit", "value"}},
		"a unit in another spelling": {rekey.Delay{Unit: "Days", Value: 3}, []string{"unit"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFields(t, test.delay.Validate(), test.fields...)
		})
	}
}
