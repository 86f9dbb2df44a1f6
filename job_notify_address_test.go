package rekey_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"rekey"
)

func TestNotifyParams(t *testing.T) {
	t.Parallel()
	good := rekey.NotifyParams{Recipients: []string{" a@desk.example ", ""}, Subject: "{event}", Text: "One {count}\r\n{people} {} { {not this} {"}
	p, err := rekey.ParseNotifyParams(good.JSON())
	if err != nil || len(p.Recipients) != 1 || p.Recipients[0] != "a@desk.example" || strings.Contains(p.Text, "\r") {
		t.Fatalf("%+v, %v", p, err)
	}
	for field, change := range map[string][]func(*rekey.NotifyParams){
		"job_params.recipients": {
			func(p *rekey.NotifyParams) { p.Recipients = nil },
			func(p *rekey.NotifyParams) { p.Recipients = strings.Split(strings.Repeat("a@desk.example ", 21), " ") },
		},
		"job_params.subject": {
			func(p *rekey.NotifyParams) { p.Subject = " " },
			func(p *rekey.NotifyParams) { p.Subject = strings.Repeat("ä", 151) },
			func(p *rekey.NotifyParams) { p.Subject = "a\nBcc: b@elsewhere.example" },
			func(p *rekey.NotifyParams) { p.Subject = "{people}" },
			func(p *rekey.NotifyParams) { p.Subject = "{password}" },
		},
		"job_params.text": {
			func(p *rekey.NotifyParams) { p.Text = "" },
			func(p *rekey.NotifyParams) { p.Text = strings.Repeat("ä", 2_001) },
			func(p *rekey.NotifyParams) { p.Text = "\x07" },
			func(p *rekey.NotifyParams) { p.Text = "{people} {people}" },
			func(p *rekey.NotifyParams) { p.Text = "{ {count} {persons}" },
		},
	} {
		for _, c := range change {
			wrong := p
			c(&wrong)
			_, err := rekey.ParseNotifyParams(wrong.JSON())
			if e, ok := errors.AsType[*rekey.Error](err); !ok || len(e.Fields) != 1 || e.Fields[0].Field != field {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
	}
	if _, err := rekey.ParseNotifyParams(json.RawMessage(`{"recipient": []}`)); err == nil || !strings.Contains(err.Error(), "recipient") {
		t.Errorf("a misspelt parameter: %v", err)
	}
}

// What the event brings is never read as a placeholder.
func TestMessageIsFilledInOnce(t *testing.T) {
	t.Parallel()
	p := rekey.NotifyParams{Subject: "{event} {count}", Text: "{automation} at {time}\n{people}\n{people}"}
	subject, text := p.Fill(rekey.Told{Event: "{count} {people}", At: time.Date(2026, 3, 29, 9, 5, 0, 0, time.UTC), Automation: "{time}", Count: 3, People: []string{"{event}"}})
	if subject != "{count} {people} 3" || text != "{time} at 2026-03-29 09:05 UTC\n{event}\n+ 2\n{event}\n+ 2" {
		t.Errorf("%q, %q", subject, text)
	}
	for count, want := range map[int]string{0: "–.", 2: "+ 2."} {
		if _, text := (rekey.NotifyParams{Text: "{people}."}).Fill(rekey.Told{Count: count}); text != want {
			t.Errorf("%q", text)
		}
	}
}

func TestDomains(t *testing.T) {
	t.Parallel()
	d := rekey.Domains{" @Example.ORG", "bücher.example"}
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"a@example.org": true, "A@EXAMPLE.org": true, "a@xn--bcher-kva.example": true, "a@bücher.example": true,
		"a@sub.example.org": false, "a@notexample.org": false, "a@example.org.evil.example": false, "example.org": false, "": false, "a@evil.example@example.org": false,
	} {
		if d.Allow(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
	if err := (rekey.Domains{"example.org", "not a domain"}).Validate(); err == nil || !strings.Contains(err.Error(), "notify_domains") {
		t.Error(err)
	}
	if (rekey.Domains)(nil).Allow("a@example.org") {
		t.Error("without domains an address outside is allowed")
	}
}
