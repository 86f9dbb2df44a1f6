package rekey_test

import (
	"testing"
	"time"

	"rekey"
)

func TestChangeByOthersIsToldFromRekeysOwn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	hours := func(h float64) time.Time { return now.Add(time.Duration(h * float64(time.Hour))) }
	scrambled := rekey.DirectoryWrite{Kind: rekey.WriteScramble, BegunAt: hours(-3), Outcome: rekey.WriteSet, EndedAt: hours(-2)}
	doubtful := rekey.DirectoryWrite{Kind: rekey.WriteChoose, BegunAt: hours(-1.5)}
	refused := rekey.DirectoryWrite{Kind: rekey.WriteChoose, BegunAt: hours(-1.5), Outcome: rekey.WriteRefused, EndedAt: hours(-1.5)}
	for name, c := range map[string]struct {
		changed  time.Time
		writes   []rekey.DirectoryWrite
		delivery func(*rekey.Delivery)
		user     func(*rekey.SystemUser)
		want     bool
	}{
		"after the mail":                  {changed: hours(-1), want: true},
		"before the mail":                 {changed: hours(-5)},
		"never":                           {},
		"by the revocation":               {changed: hours(-2.5), writes: []rekey.DirectoryWrite{scrambled}},
		"after the revocation":            {changed: hours(-1), writes: []rekey.DirectoryWrite{scrambled}, want: true},
		"perhaps by a choice":             {changed: hours(-1), writes: []rekey.DirectoryWrite{doubtful}},
		"a choice was refused":            {changed: hours(-1), writes: []rekey.DirectoryWrite{refused}, want: true},
		"the mail was not sent":           {changed: hours(-1), delivery: func(d *rekey.Delivery) { d.AcceptedAt = time.Time{} }},
		"the mailed password has ended":   {changed: hours(-1), delivery: func(d *rekey.Delivery) { d.EndedAt = hours(-0.5) }},
		"the mailed password has expired": {changed: hours(-1), delivery: func(d *rekey.Delivery) { d.ValidUntil = now }},
		"the user is built in":            {changed: hours(-1), user: func(u *rekey.SystemUser) { u.Directory = rekey.DirectoryAccount{} }},
	} {
		d := rekey.Delivery{IssuedAt: hours(-4), AcceptedAt: hours(-2), ValidUntil: hours(60)}
		u := rekey.SystemUser{PasswordChangedAt: c.changed, Directory: rekey.DirectoryAccount{Directory: "staff"}}
		if c.delivery != nil {
			c.delivery(&d)
		}
		if c.user != nil {
			c.user(&u)
		}
		if got := d.ChangedThere(u, c.writes, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
