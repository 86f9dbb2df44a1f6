package api_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	sdkhttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"rekey"
)

// TestOtherPeoplesClientIsUnderstoodInAllModes sends one event three times with
// the SDK of CloudEvents: it is the same event in every mode.
func TestOtherPeoplesClientIsUnderstoodInAllModes(t *testing.T) {
	t.Parallel()
	o := setup(t)
	e := cloudevents.NewEvent()
	e.SetID("sdk/1 ü")
	e.SetSource("/siem")
	e.SetType("siem.credential_leaked")
	e.SetTime(monday.Add(-time.Minute))
	e.SetSubject("ada")
	e.SetExtension("traceparent", "00-1")
	o.must(e.SetData(cloudevents.ApplicationJSON, map[string]any{"system_users": []string{"root@example.org"}, "score": 1.50}))
	o.must(e.Validate())

	requests := map[string]func() (*http.Request, error){
		"structured": func() (*http.Request, error) {
			return sdkhttp.NewHTTPRequestFromEvent(binding.WithForceStructured(o.ctx), o.url+"/api/v1/events", e)
		},
		"binary": func() (*http.Request, error) {
			return sdkhttp.NewHTTPRequestFromEvent(binding.WithForceBinary(o.ctx), o.url+"/api/v1/events", e)
		},
		"batched": func() (*http.Request, error) {
			return sdkhttp.NewHTTPRequestFromEvents(o.ctx, o.url+"/api/v1/events", []cloudevents.Event{e})
		},
	}
	want := http.StatusAccepted
	for _, mode := range []string{"structured", "binary", "batched"} {
		r, err := requests[mode]()
		o.must(err)
		r.SetBasicAuth(o.siem.Address, chosen)
		answer, err := http.DefaultClient.Do(r)
		o.must(err)
		text, err := io.ReadAll(answer.Body)
		o.must(err)
		o.must(answer.Body.Close())
		if answer.StatusCode != want {
			t.Errorf("%s: %d %s", mode, answer.StatusCode, text)
		}
		want = http.StatusOK // it has come before
	}
	stored := o.external()
	if len(stored) != 1 || stored[0].SourceID != e.ID() || stored[0].Name != e.Type() || !stored[0].Time.Equal(e.Time()) ||
		len(stored[0].Users) != 1 || string(stored[0].Data) != `{"score":1.5,"system_users":["root@example.org"]}` {
		t.Errorf("stored %+v", stored)
	}
}

func TestClientOfTheSDKSeesAcceptanceAndRefusal(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c, err := cloudevents.NewClientHTTP(cloudevents.WithTarget(o.url+"/api/v1/events"),
		cloudevents.WithRoundTripper(authorized{o.siem}))
	o.must(err)
	e := cloudevents.NewEvent()
	e.SetID("1")
	e.SetSource("/siem")
	e.SetType("siem.leaked")
	e.SetTime(monday)
	if result := c.Send(context.Background(), e); !cloudevents.IsACK(result) {
		t.Errorf("accepted: %v", result)
	}
	e.SetID("2")
	e.SetSource("/hr")
	if result := c.Send(context.Background(), e); !cloudevents.IsNACK(result) {
		t.Errorf("refused: %v", result)
	}
}

type authorized struct{ u rekey.SystemUser }

func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r.SetBasicAuth(a.u.Address, chosen)
	return http.DefaultTransport.RoundTrip(r)
}
