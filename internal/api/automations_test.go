package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
)

func TestTimeFrameIsWrittenReadAndSentBack(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.as(o.root)
	a := o.automation()
	start := o.now().Add(time.Hour).Truncate(time.Second)
	a.TimeFrame = rekey.TimeFrame{Start: start, End: start.AddDate(1, 0, 0), Days: []rekey.Weekday{"friday", "monday"}, Hours: rekey.DayHours{From: "22:00", To: "06:00"}}
	for range 2 { // with the status that was read before, and with the one that is shown now
		var err error
		a, err = c.UpdateAutomation(o.ctx, a)
		o.must(err)
		f := a.TimeFrame
		if a.Status != "scheduled" || !f.Start.Equal(start) || !f.End.Equal(start.AddDate(1, 0, 0)) || !slices.Equal(f.Days, []rekey.Weekday{"monday", "friday"}) {
			t.Errorf("saved %+v", a)
		}
	}
	for status, want := range map[string]int{"scheduled": 1, "done": 0, "draft": 0} {
		list, err := c.Automations(o.ctx, client.AutomationFilter{Status: status})
		o.must(err)
		if len(list.Items) != want || want == 1 && list.Items[0].Status != status {
			t.Errorf("%s: %+v", status, list.Items)
		}
	}
	a, err := c.DeactivateAutomation(o.ctx, a.ID, 0)
	o.must(err)
	if a.Status != "inactive" {
		t.Errorf("it is %s", a.Status)
	}
	a.Status = "scheduled"
	if _, err := c.UpdateAutomation(o.ctx, a); problemOf(t, err).Status != 422 {
		t.Errorf("activated by writing its status: %v", err)
	}
}

func TestBadTimeFrameIsRefusedByField(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for text, field := range map[string]string{
		`{"start":"2026-01-01"}`:                                        "time_frame.start",
		`{"start":"2026-01-01T9:00:00Z"}`:                               "time_frame.start",
		`{"end":"2026-01-01T09:00:00,5Z"}`:                              "time_frame.end",
		`{"end":"2026-01-01T09:00:00+0100"}`:                            "time_frame.end",
		`{"start":"2026-01-01T00:00:00Z","end":"2031-01-01T00:00:01Z"}`: "time_frame.end",
		`{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:00Z"}`: "time_frame.end",
		`{"end":"1970-01-01T00:00:00Z"}`:                                "time_frame.end",
		`{"end":"9999-12-31T23:59:59-12:00"}`:                           "time_frame.end",
		`{"days":["someday"]}`:                                          "time_frame.days[0]",
		`{"hours":{"from":"8","to":"18:00"}}`:                           "time_frame.hours.from",
		`{"hours":{"from":"08:00"}}`:                                    "time_frame.hours.to",
		`{"hours":{"from":"08:00","to":"8:00"}}`:                        "time_frame.hours.to",
		`{"days":["monday"],"zone":"Europe/Berlin"}`:                    "time_frame.zone",
	} {
		t.Log(text)
		o.refused(request{method: "POST", path: "/api/v1/automations", as: o.root, header: map[string]string{"Content-Type": "application/json"},
			body: `{"name":"Leaked","event_type":"external","job_type":"send_new_password","job_params":{"use_event_parameter":true},"time_frame":` + text + `}`},
			422, field)
	}
}

func TestTimeFrameTakesEveryTimeOfRFC3339(t *testing.T) {
	t.Parallel()
	o := setup(t)
	got := o.send(request{method: "POST", path: "/api/v1/automations", as: o.root, header: map[string]string{"Content-Type": "application/json"},
		body: `{"name":"Leaked","event_type":"external","job_type":"send_new_password","job_params":{"use_event_parameter":true},
			"time_frame":{"start":"2026-01-01t00:00:00.250000000000z","end":"2026-12-31T23:59:60-00:00"}}`})
	if got.status != 201 || !strings.Contains(got.text, `"start":"2026-01-01T00:00:00.25Z","end":"2027-01-01T00:00:00Z"`) {
		t.Errorf("%d %s", got.status, got.text)
	}
}

func TestDeletingAnAutomationSaysHowManyWaitingRunsEnded(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.as(o.root)
	a := o.automation()
	a.Delay = rekey.Delay{Unit: "days", Value: 2}
	a, err := c.UpdateAutomation(o.ctx, a)
	o.must(err)
	for _, id := range []string{"1", "2"} {
		if got := o.send(o.post("application/cloudevents+json", event(map[string]any{"id": id}))); got.status >= 300 {
			t.Fatalf("%d %s", got.status, got.text)
		}
	}
	deleted, err := c.DeleteAutomation(o.ctx, a.ID, a.Version)
	o.must(err)
	if deleted.Cancelled != 2 {
		t.Errorf("%d were cancelled, want 2", deleted.Cancelled)
	}
}
