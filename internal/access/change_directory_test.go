package access

import (
	"context"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
	"rekey/internal/store"
)

// inDirectory is a fixture with grace, whose password lives in a directory, and who has
// come in with a mailed one.
type inDirectory struct {
	*fixture

	fake   *directorytest.Fake
	grace  rekey.SystemUser
	mailed string // the delivery
	entry  Entry
}

const thereBefore = "marble-window-3-sparrow"

// eachKind runs a test with a directory of each kind.
func eachKind(t *testing.T, test func(t *testing.T, d *inDirectory)) {
	t.Helper()
	for _, kind := range []directory.Kind{directory.OpenLDAP, directory.AD} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			d := &inDirectory{}
			d.fixture = setup(t, func(c *Config) {
				d.fake = directorytest.NewFake(kind, c.Clock)
				c.Directories = map[string]Directory{"staff": d.fake}
			})
			key, err := d.fake.Add(t.Context(), directorytest.Person{Login: "grace", Address: "grace@example.org", Password: thereBefore})
			d.ok(err)
			d.grace = rekey.SystemUser{
				ID: d.newID(), Address: "grace@example.org", Type: rekey.TypeUI, Role: rekey.RoleMember, Status: rekey.UserActive, CreatedAt: d.clock(),
				Directory: rekey.DirectoryAccount{Directory: "staff", Key: string(key)},
			}
			d.ok(d.grace.Validate())
			d.update(func(tx *store.Tx) error { return tx.InsertUser(t.Context(), d.grace) })
			d.grace = d.read(d.grace)
			var text string
			text, d.mailed = d.mail(d.grace, rekey.KeepUntilChanged)
			d.entry = d.fixture.entry(d.grace, text)
			test(t, d)
		})
	}
}

// chooses sets a password on the page, within the time of the proof.
func (d *inDirectory) chooses(text string) error {
	e := d.entry
	e.ProvenUntil = d.clock().Add(proofFor)
	_, err := d.ChangePassword(d.t.Context(), e, rekey.Secret{}, secret(text), home)
	return err
}

// binds checks whether a password logs in to the directory.
func (d *inDirectory) binds(text string, want bool) {
	d.t.Helper()
	if err := d.fake.CanBind(d.t.Context(), "grace", text); (err == nil) != want {
		d.t.Errorf("%q in the directory: %v, want to get in: %v", text, err, want)
	}
}

// mailedOpens checks whether the mailed password still opens the page.
func (d *inDirectory) mailedOpens(want bool) {
	d.t.Helper()
	credential, err := d.Store.Credential(d.t.Context(), d.grace.ID)
	d.ok(err)
	if got := len(credential.Live(d.clock())) == 1; got != want {
		d.t.Errorf("the mailed password opens the page: %v", got)
	}
}

func TestChoiceIsSetInTheDirectoryAndNowhereElse(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, d *inDirectory) {
		d.binds(thereBefore, true)
		d.ok(d.chooses(chosen))
		d.binds(chosen, true)
		d.binds(thereBefore, false)
		d.mailedOpens(false)
		d.refused(d.logIn(d.grace.Address, chosen, home))
		d.refused(d.basic(d.grace, chosen))
		past, err := d.Store.PasswordHistory(t.Context(), d.grace.ID, time.Time{})
		d.ok(err)
		u := d.read(d.grace)
		if len(past) != 0 || !u.HasChosen || !u.PasswordChangedAt.Equal(d.clock()) || u.PasswordVersion != d.grace.PasswordVersion+1 {
			t.Errorf("history %v, user %+v", past, u)
		}
	})
}

func TestWhatTheDirectoryRefusesChangesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background() // the subtests go on after this function
	for name, c := range map[string]struct {
		change func(f *directorytest.Fake) error
		says   string
		field  bool
	}{
		"too short for it": {func(f *directorytest.Fake) error {
			return f.SetPolicy(ctx, "grace", directorytest.Policy{MinLength: 40})
		}, "at least 40 characters", true},
		"disabled or locked": {func(f *directorytest.Fake) error { return f.Block(ctx, "grace") }, "Please tell your help desk.", false},
		"gone":               {func(f *directorytest.Fake) error { return f.Delete(ctx, "grace") }, "no longer in the directory", false},
		"moved out":          {func(f *directorytest.Fake) error { return f.Move(ctx, "grace", "") }, "no longer in the directory", false},
		"another address": {func(f *directorytest.Fake) error {
			return f.Set(ctx, "grace", "mail", "mallory@example.org")
		}, "another email address", false},
		"protected": {func(f *directorytest.Fake) error { return f.Set(ctx, "grace", "adminCount", "1") }, "power over the directory", false},
		"a program": {func(f *directorytest.Fake) error {
			if f.Kind() == directory.AD {
				return f.Set(ctx, "grace", "servicePrincipalName", "http/grace")
			}
			return f.Set(ctx, "grace", "objectClass", "simpleSecurityObject")
		}, "belongs to a program", false},
		"down": {func(f *directorytest.Fake) error {
			f.Down(true)
			return nil
		}, "cannot be reached", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachKind(t, func(t *testing.T, d *inDirectory) {
				d.ok(c.change(d.fake))
				err := d.chooses(chosen)
				if err == nil {
					t.Fatal("the choice was taken")
				}
				text := err.Error()
				for _, f := range fieldsOf(err) {
					text += " " + f.Message
				}
				if !strings.Contains(text, c.says) || fields(err)["new_password"] != c.field {
					t.Errorf("error: %s; fields: %v", text, fields(err))
				}
				d.fake.Down(false)
				d.binds(chosen, false)
				d.mailedOpens(true)
				if u := d.read(d.grace); u.PasswordVersion != d.grace.PasswordVersion {
					t.Error("the change is recorded")
				}
			})
		})
	}
}

func TestWhoWasRevokedIsSentToTheHelpDesk(t *testing.T) {
	t.Parallel()
	for name, revoked := range map[string]bool{"Please ask for a new password.": false, "Please ask your help desk to confirm your new address.": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachKind(t, func(t *testing.T, d *inDirectory) {
				if revoked {
					d.ok(d.Store.Update(t.Context(), func(tx *store.Tx) error {
						return tx.Scrambled(t.Context(), rekey.DirectoryWrite{DeliveryID: d.mailed, Kind: rekey.WriteScramble, UserID: d.grace.ID, Outcome: rekey.WriteSet, EndedAt: d.clock()}, d.grace.Directory.Token)
					}))
					d.entry.User = d.read(d.grace)
				}
				d.ok(d.fake.Set(t.Context(), "grace", "mail", "mallory@example.org"))
				if err := d.chooses(chosen); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("error: %v", err)
				}
			})
		})
	}
}

func fieldsOf(err error) []rekey.FieldError {
	e, _ := err.(*rekey.Error) //nolint:errorlint // as ChangePassword returns it
	return e.Fields
}

func TestLostReplyIsRepeatedSafely(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]string{"the same password": chosen, "another password": chosen2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachKind(t, func(t *testing.T, d *inDirectory) {
				d.ok(d.fake.SetPolicy(t.Context(), "grace", directorytest.Policy{History: 3})) // which refuses the same password again
				d.fake.LoseReplies(1)
				if err := d.chooses(chosen); rekey.CodeOf(err) != rekey.CodeUnavailable || !strings.Contains(err.Error(), "may already work") {
					t.Fatalf("error: %v", err)
				}
				d.binds(chosen, true)
				d.mailedOpens(true)
				d.ok(d.chooses(second))
				d.binds(second, true)
				d.mailedOpens(false)
				writes, err := d.Store.DirectoryWrites(t.Context(), []string{d.mailed}, rekey.WriteChoose)
				d.ok(err)
				if len(writes) != 1 || writes[d.mailed].Outcome != "set" {
					t.Errorf("on record: %+v", writes)
				}
			})
		})
	}
}

func TestPasswordOfTheHelpDeskEndsNothing(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, d *inDirectory) {
		d.ok(d.fake.SetPassword(t.Context(), "grace", chosen3))
		d.mailedOpens(true)
		d.ok(d.chooses(chosen))
		d.binds(chosen, true)
	})
}

func TestEndedMailedPasswordWritesNothing(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, d *inDirectory) {
		d.pass(73 * time.Hour)
		if err := d.chooses(chosen); err == nil {
			t.Fatal("the choice was taken")
		}
		d.binds(thereBefore, true)
	})
}

func TestDirectoryThatTheSettingsLostIsSaid(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, d *inDirectory) {
		delete(d.Directories, "staff")
		if err := d.chooses(chosen); rekey.CodeOf(err) != rekey.CodeUnavailable {
			t.Errorf("error: %v", err)
		}
		d.mailedOpens(true)
	})
}
