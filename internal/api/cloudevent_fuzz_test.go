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

// FuzzBinaryEvent holds the same for headers and bodies of any type.
func FuzzBinaryEvent(f *testing.F) {
	f.Add("application/json", "1", "siem.x", "2026-03-02T09:00:00Z", `{"system_users":["a@b.org"]}`)
	f.Add("text/plain", "%20", "urn:x", "2026-03-02t09:00:00z", `"{\"systemUsers\":[]}"`)
	f.Add("application/x-www-form-urlencoded; charset=utf-8", `"a\"b"`, "x", "", "system_users[]=a%40b.org&payload=%7B%7D")
	f.Add("application/octet-stream", "1", "x", "", "\xff\xfe{\x00")
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	caller := rekey.SystemUser{Type: rekey.TypeAPI, Sources: []rekey.EventSource{{Source: "/siem", Names: []string{"*"}}}}
	f.Fuzz(func(t *testing.T, kind, id, name, at, body string) {
		header := http.Header{"Content-Type": {kind}, "Ce-Specversion": {"1.0"}, "Ce-Source": {"/siem"}, "Ce-Id": {id}, "Ce-Type": {name}, "Ce-Time": {at}}
		posted, err := readCloudEvents(header, []byte(body))
		if err == nil {
			var events []rekey.Event
			events, err = checkEvents(posted, caller, now)
			for i, e := range events {
				object := posted[i].object()
				if e.SourceID == "" || !rekey.ValidEventName(e.Name) || len(e.Digest) != 32 || object["id"] != e.SourceID {
					t.Errorf("accepted %+v, and mapped as %v", e, object)
				}
			}
		}
		if code := rekey.CodeOf(err); code == rekey.CodeInternal {
			t.Errorf("%q %q: %v", header, body, err)
		}
	})
}
