package rekey_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestAMailedPasswordLivesOnceItMayBeMailedUntilItEnds(t *testing.T) {
	t.Parallel()
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	issued := rekey.Delivery{State: rekey.DeliveryIssued, OldPassword: rekey.ReplaceWhenSent, Verifier: "v", IssuedAt: noon, ValidUntil: at(72)}
	with := func(change func(*rekey.Delivery)) rekey.Delivery {
		d := issued
		change(&d)
		return d
	}
	attempting := with(func(d *rekey.Delivery) { d.Attempting = true })
	accepted := with(func(d *rekey.Delivery) { d.State, d.AcceptedAt = rekey.DeliverySent, at(1) })
	tests := map[string]struct {
		delivery    rekey.Delivery
		now         time.Time
		live, rests bool
	}{
		"nothing yet":                       {rekey.Delivery{State: rekey.DeliveryQueued}, noon, false, false},
		"issued, no attempt begun":          {issued, noon, false, false},
		"an attempt is under way":           {attempting, noon, true, false},
		"definitely refused":                {with(func(d *rekey.Delivery) { d.State = rekey.DeliveryFailed }), at(1), false, false},
		"gave up, may have been mailed":     {with(func(d *rekey.Delivery) { d.State, d.Doubtful = rekey.DeliveryFailed, true }), at(30), true, false},
		"deferred after a lost connection":  {with(func(d *rekey.Delivery) { d.State, d.Doubtful = rekey.DeliveryDeferred, true }), at(2), true, false},
		"accepted":                          {accepted, at(1), true, true},
		"a moment before it expires":        {accepted, at(72).Add(-1), true, true},
		"the moment it expires":             {accepted, at(72), false, false},
		"accepted, superseded":              {with(func(d *rekey.Delivery) { d.State, d.AcceptedAt, d.EndedAt = rekey.DeliverySuperseded, at(1), at(2) }), at(3), false, false},
		"accepted, the verifier erased":     {with(func(d *rekey.Delivery) { d.AcceptedAt, d.Verifier = at(1), "" }), at(3), false, false},
		"accepted, keep until changed":      {with(func(d *rekey.Delivery) { d.AcceptedAt, d.OldPassword = at(1), rekey.KeepUntilChanged }), at(3), true, false},
		"accepted, revoke at once":          {with(func(d *rekey.Delivery) { d.AcceptedAt, d.OldPassword = at(1), rekey.RevokeAtOnce }), at(3), true, false},
		"in doubt, replaced only when sent": {with(func(d *rekey.Delivery) { d.Doubtful = true }), at(3), true, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := test.delivery
			if d.Live(test.now) != test.live || d.Rests(test.now) != test.rests {
				t.Errorf("live %v, chosen rests %v", d.Live(test.now), d.Rests(test.now))
			}
			c := rekey.Credential{Chosen: "c", Mailed: []rekey.Delivery{d}}
			if c.InForce(test.now) == test.rests || len(c.Live(test.now)) == 1 != test.live {
				t.Errorf("chosen in force %v, live %v", c.InForce(test.now), c.Live(test.now))
			}
			if (rekey.Credential{Mailed: c.Mailed}).InForce(test.now) {
				t.Error("a chosen password that is not there is in force")
			}
		})
	}
}

func TestOnlyThreeStatesAreUnfinished(t *testing.T) {
	t.Parallel()
	unfinished := []rekey.DeliveryState{rekey.DeliveryQueued, rekey.DeliveryIssued, rekey.DeliveryDeferred}
	for _, s := range []rekey.DeliveryState{
		rekey.DeliveryQueued, rekey.DeliveryIssued, rekey.DeliveryDeferred, rekey.DeliverySent, rekey.DeliveryDone, rekey.DeliveryExpired,
		rekey.DeliverySuperseded, rekey.DeliverySkipped, rekey.DeliveryFailed, rekey.DeliveryCancelled,
	} {
		if s.Unfinished() != slices.Contains(unfinished, s) {
			t.Errorf("%s: unfinished %v", s, s.Unfinished())
		}
	}
	for _, o := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
		if !o.Valid() {
			t.Errorf("%s is not valid", o)
		}
	}
	if rekey.OldPassword("").Valid() || rekey.OldPassword("forget").Valid() {
		t.Error("an unknown setting is valid")
	}
}

// history is one user's credential, moved at random through what may happen to
// it. It knows by itself, from the words of I1, what must log in.
type history struct {
	now        time.Time
	credential rekey.Credential
}

// unfinished is the delivery on its way, or nil; there is at most one (I10).
func (h *history) unfinished() *rekey.Delivery {
	for i := range h.credential.Mailed {
		if h.credential.Mailed[i].State.Unfinished() {
			return &h.credential.Mailed[i]
		}
	}
	return nil
}

func (h *history) issue(t *rapid.T) {
	if h.unfinished() != nil {
		t.Skip("another is on its way")
	}
	h.credential.Mailed = append(h.credential.Mailed, rekey.Delivery{
		ID: fmt.Sprint(len(h.credential.Mailed)), State: rekey.DeliveryIssued, Verifier: "v", Attempting: true, IssuedAt: h.now,
		ValidUntil:  h.now.Add(72 * time.Hour).Truncate(time.Minute),
		OldPassword: rapid.SampledFrom([]rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged}).Draw(t, "old password"),
	})
}

// attempt gives the attempt under way one of its ends.
func (h *history) attempt(t *rapid.T) {
	d := h.unfinished()
	if d == nil || !d.Attempting {
		t.Skip("no attempt")
	}
	d.Attempting = false
	switch rapid.SampledFrom([]string{"accepted", "refused", "deferred", "lost"}).Draw(t, "end") {
	case "accepted":
		d.State, d.AcceptedAt = rekey.DeliverySent, h.now
		for i := range h.credential.Mailed {
			if other := &h.credential.Mailed[i]; other.ID != d.ID && other.EndedAt.IsZero() && d.OldPassword == rekey.ReplaceWhenSent {
				other.Verifier, other.EndedAt = "", h.now
			}
		}
	case "refused":
		d.State = rekey.DeliveryFailed
	case "deferred":
		d.State = rekey.DeliveryDeferred
	case "lost":
		d.State, d.Doubtful = rekey.DeliveryDeferred, true
	}
}

func (h *history) again(t *rapid.T) {
	d := h.unfinished()
	if d == nil || d.State != rekey.DeliveryDeferred {
		t.Skip("nothing is deferred")
	}
	if h.now.Sub(d.IssuedAt) >= 24*time.Hour {
		d.State = rekey.DeliveryFailed
		return
	}
	d.State, d.Attempting = rekey.DeliveryIssued, true
}

func (h *history) change(*rapid.T) {
	h.credential.Chosen = "changed"
	for i := range h.credential.Mailed {
		d := &h.credential.Mailed[i]
		if d.EndedAt.IsZero() {
			d.State, d.Verifier, d.EndedAt = rekey.DeliveryDone, "", h.now
		}
	}
}

func (h *history) pass(t *rapid.T) {
	h.now = h.now.Add(time.Duration(rapid.IntRange(1, 40*60).Draw(t, "minutes")) * time.Minute)
}

// I1: at every moment the chosen password is in force, or a mailed one that was
// accepted is live.
func TestNobodyIsLockedOut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := &history{now: noon, credential: rekey.Credential{Chosen: "first"}}
		t.Repeat(map[string]func(*rapid.T){
			"issue": h.issue, "attempt": h.attempt, "again": h.again, "change": h.change, "pass": h.pass,
			"": func(t *rapid.T) {
				// The next days are looked at as well: nothing has to run for it to be so.
				for _, in := range []time.Duration{0, time.Minute, 47 * time.Hour, 71 * time.Hour, 72 * time.Hour, 1000 * time.Hour} {
					now := h.now.Add(in)
					accepted := slices.ContainsFunc(h.credential.Live(now), func(d rekey.Delivery) bool { return !d.AcceptedAt.IsZero() })
					if !h.credential.InForce(now) && !accepted {
						t.Fatalf("locked out at %v: %+v", now, h.credential)
					}
				}
				if !h.credential.InForce(h.now.Add(72 * time.Hour)) {
					t.Fatal("the chosen password did not come back when all mailed ones had expired")
				}
			},
		})
	})
}

// I2: what may have been mailed logs in until it expires, unless its user chose
// a password or a later one replaced it.
func TestWhatMayHaveBeenMailedWorks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := &history{now: noon, credential: rekey.Credential{Chosen: "first"}}
		t.Repeat(map[string]func(*rapid.T){
			"issue": h.issue, "attempt": h.attempt, "again": h.again, "change": h.change, "pass": h.pass,
			"": func(t *rapid.T) {
				live := h.credential.Live(h.now)
				for _, d := range h.credential.Mailed {
					mailed := d.Attempting || d.Doubtful || d.State == rekey.DeliverySent
					want := mailed && d.EndedAt.IsZero() && h.now.Before(d.ValidUntil)
					if got := slices.ContainsFunc(live, func(l rekey.Delivery) bool { return l.ID == d.ID }); got != want {
						t.Fatalf("live %v, want %v: %+v", got, want, d)
					}
				}
			},
		})
	})
}
