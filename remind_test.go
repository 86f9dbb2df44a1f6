package rekey_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rekey"
)

func TestReminderIsAShareOfTheTimeAndNotForWhatAStrangerSetOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event  string
		remind string
		want   string // of the error; "" for none
	}{
		{rekey.External, `"50%"`, ""},
		{rekey.UserCreated, `"10%"`, ""},
		{rekey.PasswordSendRequested, `" 90% "`, ""},
		{rekey.External, `"9%"`, "from 10% to 90%"},
		{rekey.External, `"91%"`, "from 10% to 90%"},
		{rekey.External, `50`, "from 10% to 90%"},
		{rekey.External, `"half"`, "from 10% to 90%"},
		{rekey.PasswordResetRequested, `"50%"`, "A stranger can cause this event"},
		{rekey.UserLocked, `"50%"`, "A stranger can cause this event"},
		{rekey.PasswordExpired, `"50%"`, "A stranger can cause this event"},
		{rekey.PasswordExpired, `""`, ""},
	} {
		event, _ := rekey.FindEventType(c.event)
		_, err := rekey.ParseSendParams([]byte(`{"use_event_parameter": true, "old_password": "keep", "remind": `+c.remind+`}`), event)
		refused, _ := errors.AsType[*rekey.Error](err)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s, %s: %v", c.event, c.remind, err)
		case c.want != "" && (refused == nil || len(refused.Fields) != 1 || refused.Fields[0].Field != "job_params.remind" || !strings.Contains(refused.Fields[0].Message, c.want)):
			t.Errorf("%s, %s: got %v, want %s", c.event, c.remind, err, c.want)
		}
	}
}

// An automation was saved before outsiders had a say in its source: it goes on, without
// reminders.
func TestReminderOfASourceWithOutsidersFailsNoRun(t *testing.T) {
	t.Parallel()
	event, _ := rekey.FindEventType(rekey.External)
	if _, err := rekey.ParseSendParams([]byte(`{"use_event_parameter": true, "old_password": "keep", "remind": "50%"}`), event.FromOutsiders("/siem")); err != nil {
		t.Error(err)
	}
}

func TestReminderComesInTheHoursOfAnExecutionDayBeforeThePasswordExpires(t *testing.T) {
	t.Parallel()
	external, _ := rekey.FindEventType(rekey.External)
	accepted := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // a Monday
	for name, c := range map[string]struct {
		remind rekey.Portion
		zone   string
		frame  rekey.TimeFrame
		event  rekey.EventType
		asked  rekey.Asker
		want   time.Duration // after the acceptance; 0: never
	}{
		"half":                  {"50%", "UTC", rekey.TimeFrame{}, external, "", 36 * time.Hour},
		"a tenth":               {"10%", "UTC", rekey.TimeFrame{}, external, "", 7*time.Hour + 12*time.Minute},
		"off":                   {"", "UTC", rekey.TimeFrame{}, external, "", 0},
		"by hand":               {"50%", "UTC", rekey.TimeFrame{}, external, rekey.AskedByOther, 36 * time.Hour},
		"the user asked":        {"50%", "UTC", rekey.TimeFrame{}, external, rekey.AskedByUser, 0},
		"a stranger made it":    {"50%", "UTC", rekey.TimeFrame{}, external, rekey.AskedByStranger, 0},
		"outsiders have a say":  {"50%", "UTC", rekey.TimeFrame{}, external.FromOutsiders("/siem"), "", 0},
		"quiet until 8":         {"50%", "UTC", rekey.TimeFrame{Hours: rekey.DayHours{From: "08:00", To: "18:00"}}, external, "", 47 * time.Hour},
		"quiet in another zone": {"50%", "Europe/Berlin", rekey.TimeFrame{Hours: rekey.DayHours{From: "08:00", To: "18:00"}}, external, "", 46 * time.Hour},
		"the next day is late":  {"50%", "UTC", rekey.TimeFrame{Days: []rekey.Weekday{rekey.Monday}}, external, "", 0},
		"the hours are late":    {"90%", "UTC", rekey.TimeFrame{Hours: rekey.DayHours{From: "09:00", To: "10:00"}}, external, "", 0},
	} {
		a := rekey.Automation{TimeZone: c.zone, TimeFrame: c.frame}
		d := rekey.Delivery{AskedBy: c.asked, AcceptedAt: accepted, ValidUntil: accepted.Add(72 * time.Hour)}
		var want time.Time
		if c.want > 0 {
			want = accepted.Add(c.want)
		}
		if got := (rekey.SendParams{Remind: c.remind}).RemindAt(a, c.event, d); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
