package rekey_test

import (
	"errors"
	"testing"
	"time"

	"rekey"
)

func TestPeriodOfAReport(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, berlin)
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, berlin) }
	for text, want := range map[[2]string][2]time.Time{
		{"", ""}:                     {now.AddDate(0, 0, -30), now},
		{"2026-11-01", ""}:           {day(11, 1), now},
		{"2026-10-25", "2026-10-25"}: {day(10, 25), day(10, 26)}, // 25 hours
		{"", "2026-10-31"}:           {day(10, 2), day(11, 1)},
	} {
		from, to, err := rekey.ParsePeriod(text[0], text[1], berlin, now)
		if err != nil || !from.Equal(want[0]) || !to.Equal(want[1]) {
			t.Errorf("%v: from %v to %v, %v; want %v", text, from, to, err, want)
		}
	}
	for text, field := range map[[2]string]string{{"soon", ""}: "from", {"", "30.11.2026"}: "to", {"2026-11-02", "2026-11-01"}: "from", {"2027-01-01", ""}: "from"} {
		_, _, err := rekey.ParsePeriod(text[0], text[1], berlin, now)
		known, ok := errors.AsType[*rekey.Error](err)
		if !ok || known.Code != rekey.CodeInvalid || len(known.Fields) != 1 || known.Fields[0].Field != field {
			t.Errorf("%v: %v, want %s to be named", text, err, field)
		}
	}
}
