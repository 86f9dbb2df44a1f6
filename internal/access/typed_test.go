package access

import (
	"strings"
	"testing"

	"rekey"
)

// typedForms are what people send for a mailed password: as mail programs, phones and
// hands write it.
func typedForms(mailed string) map[string]string {
	parts := strings.Split(mailed, "-")
	join := func(between string) string { return strings.Join(parts, between) }
	wide := strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' {
			return r + 0xfee0
		}
		return r
	}, mailed)
	return map[string]string{
		"as it is": mailed, "without hyphens": join(""), "with blanks": join(" "), "with both": join(" - "), "with en dashes": join("–"), "with em dashes": join("—"),
		"with non-breaking hyphens": join("\u2011"), "with soft hyphens": join("\u00ad"), "with minus signs": join("−"), "with underscores": join("_"),
		"in straight quotes": `"` + mailed + `"`, "in single quotes": "'" + mailed + "'", "in curly quotes": "“" + mailed + "”", "in German quotes": "„" + mailed + "“",
		"in guillemets": "« " + mailed + " »", "in backticks": "`" + mailed + "`", "in brackets": "<" + mailed + ">", "with a full stop": mailed + ".", "with a comma": mailed + ",",
		"wrapped": join("-\r\n"), "wrapped in a quoted mail": join("-\n> "), "with a line end": mailed + "\n", "with blanks around": "  " + mailed + "\t",
		"with no-break spaces": "\u00a0" + mailed + "\u00a0", "with a zero-width space": join("-\u200b"), "with a byte order mark": "\ufeff" + mailed, "with a direction": "\u200e" + mailed + "\u200f",
		"in wide letters": wide, "in wide letters without hyphens": strings.ReplaceAll(wide, "－", ""),
	}
}

func TestMailedPasswordIsReadAsItIsMeant(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeHybrid)
	mailed, id := f.mail(u, rekey.KeepUntilChanged)
	for name, typed := range typedForms(mailed) {
		before := f.argon2.n.Load()
		e, err := f.LogIn(t.Context(), u.Address, secret(typed), home)
		if err != nil || e.ViaDelivery != id {
			t.Errorf("%s: log-in: %v", name, err)
			continue
		}
		if n := f.argon2.n.Load() - before; n != 1 {
			t.Errorf("%s: %d computations of Argon2", name, n)
		}
		if e, err := f.BasicForChange(t.Context(), u.Address, secret(typed), home); err != nil || e.ViaDelivery != id {
			t.Errorf("%s: API: %v", name, err)
		}
		if _, err := f.ChangePassword(t.Context(), e, secret(typed), secret("short"), home); !fields(err)["new_password"] {
			t.Errorf("%s: as the current password: %v", name, err)
		}
		if _, err := f.ChangePassword(t.Context(), e, secret(mailed), secret(typed), home); !fields(err)["new_password"] {
			t.Errorf("%s: as the new password: %v", name, err)
		}
	}
	if times, _, err := f.db.Counter(t.Context(), counterName("account", u.AddressKey), f.clock()); err != nil || len(times) != 0 {
		t.Errorf("%d failures are counted, %v", len(times), err)
	}
}

func TestAnotherPasswordThanTheMailedOneIsStillAFailure(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	swapped := []byte(strings.ReplaceAll(mailed, "-", ""))
	swapped[0], swapped[1] = swapped[1], swapped[0]
	if swapped[0] == swapped[1] {
		swapped[0] = '9'
	}
	for i, wrong := range []string{strings.ToLower(mailed), strings.ToUpper(mailed), string(swapped), mailed + "a", mailed[:len(mailed)-1]} {
		f.refused(f.logIn(u.Address, wrong, home))
		times, _, err := f.db.Counter(t.Context(), counterName("account", u.AddressKey), f.clock())
		if err != nil || len(times) != i+1 {
			t.Errorf("%d failures after %d, %v", len(times), i+1, err)
		}
	}
	if locked := f.events(rekey.UserLocked); len(locked) != 1 {
		t.Errorf("%d locks", len(locked))
	}
}

func TestChosenPasswordIsNeverReadOtherwise(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.ok(f.logIn(u.Address, chosen, home))
	for name, typed := range typedForms(chosen) {
		if typed == chosen {
			continue
		}
		if err := f.logIn(u.Address, typed, away); err == nil {
			t.Errorf("%s: it opens", name)
		}
	}
}

func TestAddressIsReadAsItIsMeantAtTheLogIn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeHybrid)
	for name, typed := range map[string]string{
		"in capitals": strings.ToUpper(u.Address), "a link": "mailto:" + u.Address, "a link with a subject": "MAILTO:" + u.Address + "?subject=Hello",
		"with its name": "Ada Byron <" + u.Address + ">", "in quotes": "“" + u.Address + "”", "with a full stop": u.Address + ".", "with no-break spaces": "\u00a0" + u.Address + "\u00a0",
		"with a zero-width space": strings.Replace(u.Address, "@", "\u200b@", 1), "with a soft hyphen": strings.Replace(u.Address, "example", "exam\u00adple", 1), "with a byte order mark": "\ufeff" + u.Address,
		"in wide letters": strings.Replace(u.Address, "@", "＠", 1),
	} {
		if err := f.logIn(typed, chosen, home); err != nil {
			t.Errorf("%s: log-in: %v", name, err)
		}
		if _, err := f.Basic(t.Context(), typed, secret(chosen), home); err != nil {
			t.Errorf("%s: API: %v", name, err)
		}
		f.ok(f.Forgot(t.Context(), typed, home))
		f.pass(resetDay)
	}
	if asked := f.events(rekey.PasswordResetRequested); len(asked) != 11 {
		t.Errorf("%d requests name the user", len(asked))
	}
}
