package api

import (
	"net/http"
	"testing"
	"time"

	"rekey"
)

// FuzzStructuredEvent holds that whatever is posted is refused as the caller's
// mistake, or has all that an event needs.
func FuzzStructuredEvent(f *testing.F) {
	f.Add(`{"specversion":"1.0","id":"1","source":"/siem","type":"siem.x","data":{"system_users":["a@b.org"]}}`)
	f.Add(`{"specversion":"1.0","id":"1","source":"/siem","type":"external","data":{"name":"siem.x"},"time":"2026-03-02T09:00:00Z"}`)
	f.Add(`{"specversion":"1.0","id":"1","source":"/siem","type":"siem.x","data_base64":"e30="}`)
	f.Add(`[{"id":null}]`)
	f.Add(`{"a":{}}`)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	caller := rekey.SystemUser{Type: rekey.TypeAPI, Sources: []rekey.EventSource{{Source: "/siem", Names: []string{"*"}}}}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []string{"application/cloudevents+json", "application/cloudevents-batch+json"} {
			posted, err := readCloudEvents(http.Header{"Content-Type": {kind}}, []byte(text))
			if err == nil {
				var events []rekey.Event
				events, err = checkEvents(posted, caller, now)
				for _, e := range events {
					if e.SourceID == "" || e.Source != "/siem" || !rekey.ValidEventName(e.Name) || e.Type != rekey.External ||
						len(e.Digest) != 32 || e.Time.After(now.Add(rekey.MaxEventAhead)) {
						t.Errorf("accepted %+v", e)
					}
				}
			}
			if code := rekey.CodeOf(err); code == rekey.CodeInternal {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
