package rekey_test

import (
	"encoding/json"
	"testing"
	"time"

	"rekey"
)

func TestWavesTakeAsManyPeopleAsTheySay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		first       rekey.Portion
		then, total int
		want        []int
	}{
		{"100", 200, 450, []int{100, 200, 150}},
		{"5%", 100, 201, []int{11, 100, 90}},
		{"100", 200, 80, []int{80}},
		{"100%", 1, 30, []int{30}},
		{"1", 1, 3, []int{1, 1, 1}},
	} {
		w := rekey.Waves{First: c.first, Then: c.then}
		looked := 0
		for i, want := range c.want {
			if !w.Begins(looked, c.total) || w.Number(looked, c.total) != i+1 {
				t.Errorf("%+v: after %d people wave %d begins: %v", c, looked, w.Number(looked, c.total), w.Begins(looked, c.total))
			}
			if left := w.Left(looked, c.total); left != want {
				t.Errorf("%+v: wave %d takes %d people", c, i+1, left)
			}
			if want > 1 && (w.Begins(looked+1, c.total) || w.Left(looked+1, c.total) != want-1 || w.Number(looked+1, c.total) != i+1) {
				t.Errorf("%+v: one person after %d are wave %d with %d left", c, looked, w.Number(looked+1, c.total), w.Left(looked+1, c.total))
			}
			looked += want
		}
		if looked != c.total {
			t.Errorf("%+v: the waves have %d people", c, looked)
		}
	}
}

func TestWavesStopAboveTheirShareAndFromFivePeopleOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stop           rekey.Portion
		refused, ended int
		want           bool
	}{
		{"", 4, 4, false}, {"", 5, 5, true}, {"", 5, 100, false}, {"", 6, 100, true}, {"8%", 8, 100, false}, {"8%", 9, 100, true}, {"100%", 50, 50, false},
	} {
		w := rekey.Waves{First: "1", Then: 1, StopAt: c.stop}
		if got := w.Stops(rekey.Outcomes{Ended: c.ended, Refused: c.refused}); got != c.want {
			t.Errorf("%d of %d refused, stop above %q: %v", c.refused, c.ended, c.stop, got)
		}
	}
}

func TestWavesAreReadAndCheckedByField(t *testing.T) {
	t.Parallel()
	event, _ := rekey.FindEventType(rekey.External)
	asked, _ := rekey.FindEventType(rekey.PasswordResetRequested)
	for params, field := range map[string]string{
		`{"first": 100, "then": 200}`:                   "",
		`{"first": "100", "then": 200}`:                 "",
		`{"first": "5%", "then": 1, "stop_at": "100%"}`: "",
		`{}`:                                             "",
		`{"first": 0, "then": 200}`:                      "job_params.waves.first",
		`{"first": "101%", "then": 200}`:                 "job_params.waves.first",
		`{"first": {"a": 1}, "then": 200}`:               "job_params.waves.first",
		`{"first": 100}`:                                 "job_params.waves.then",
		`{"first": 100, "then": "many"}`:                 "job_params.waves.then",
		`{"first": 100, "then": 200, "stop_at": 5}`:      "job_params.waves.stop_at",
		`{"first": 100, "then": 200, "stop_at": "0.5%"}`: "job_params.waves.stop_at",
	} {
		p, err := rekey.ParseSendParams(json.RawMessage(`{"use_event_parameter": true, "waves": `+params+`}`), event)
		if field != "" {
			wantFields(t, err, field)
		} else if err != nil {
			t.Errorf("%s: %v", params, err)
		}
		if again, _ := rekey.ParseSendParams(p.JSON(), event); err == nil && again != p {
			t.Errorf("%s is stored as %s", params, p.JSON())
		}
	}
	_, err := rekey.ParseSendParams(json.RawMessage(`{"use_event_parameter": true, "old_password": "keep", "waves": {"first": 1, "then": 1}}`), asked)
	wantFields(t, err, "job_params.waves.first")
}

func TestNextWaveKeepsTheHoursAndTheEndOfTheTimeFrame(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	a := rekey.Automation{TimeZone: "UTC", TimeFrame: rekey.TimeFrame{
		Hours: rekey.DayHours{From: "08:00", To: "11:00"}, Days: []rekey.Weekday{rekey.Monday}, End: monday.AddDate(0, 0, 7),
	}}
	for after, want := range map[time.Time]time.Time{
		monday:                  monday.Add(time.Hour),
		monday.Add(time.Hour):   time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC),
		monday.AddDate(0, 0, 7): monday.AddDate(0, 0, 7).Add(time.Microsecond),
		monday.AddDate(0, 0, 6): time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC),
	} {
		if got, err := (rekey.Waves{}).Next(a, after); err != nil || !got.Equal(want) {
			t.Errorf("after a wave at %s the next is at %s, want %s (%v)", after, got, want, err)
		}
	}
}
