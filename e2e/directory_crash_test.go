package e2e

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/rig"
)

// The server is killed at each step of what it writes to a directory. After the next
// start nobody is locked out, and the way ends as it would have.
func TestKilledAtEachWriteToADirectoryNobodyIsLockedOut(t *testing.T) {
	t.Parallel()
	estate := newEstate(t, 0)
	inRealDirectories(t, func(t *testing.T, server directorytest.Real) {
		settings := server.Settings()
		settings.PasswordFile = filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(settings.PasswordFile, []byte(settings.Password.Reveal()), 0o600); err != nil {
			t.Fatal(err)
		}
		for login, c := range map[string]struct {
			step    engine.Step
			setting string
		}{
			"anna": {engine.StepIssued, "revoke"},
			"bert": {engine.StepScrambled, "revoke"},
			"cleo": {engine.StepChoiceBegun, "keep"},
			"dora": {engine.StepChoiceIsMade, "keep"},
			"emil": {engine.StepChoiceIsMade, "revoke"},
		} {
			t.Run(string(c.step)+"/"+c.setting, func(t *testing.T) {
				t.Parallel()
				d := &directoryScene{scene: newScene(t, estate, mailtest.Script{}), server: server, settings: settings, login: login, setting: c.setting}
				d.killedAt(c.step)
			})
		}
	})
}

// directoryScene is a scene with one person of a directory.
type directoryScene struct {
	*scene

	server         directorytest.Real
	settings       directory.Settings
	login, setting string
}

func (d *directoryScene) node() rig.Node {
	n := d.scene.node()
	n.Config.Directories = app.Directories{d.settings}
	return n
}

const chosenThere = "Seven-Copper-Kettles-9"

// killedAt takes the person from the event to a chosen password, and kills the server on
// the way.
func (d *directoryScene) killedAt(step engine.Step) {
	address := d.login + "@example.org"
	if _, err := d.server.Add(d.t.Context(), directorytest.Person{Login: d.login, Address: address, Password: startPassword}); err != nil {
		d.t.Fatal(err)
	}
	n := d.node()
	n.Step, n.Nth = step, 1
	first := spawn(d.t, n)
	d.imported(first, address)
	event := d.event("4711", d.setting, address)
	receipts, err := d.api(first, d.siem).PostEvents(d.t.Context(), event)
	if err != nil {
		d.t.Fatal(err)
	}
	if step == engine.StepChoiceBegun || step == engine.StepChoiceIsMade {
		d.ended(first, receipts[0].ID, []string{address})
		b := newBrowser(d.t, first.url, "", d.http.Transport)
		b.logIn(address, d.look()[address].password)
		if _, err := b.try("POST", "/change-password", url.Values{"new_password": {chosenThere}, "repeated_password": {chosenThere}}); err == nil {
			d.t.Error("the page was answered before the kill")
		}
	}
	first.died()
	d.binds(chosenThere, step == engine.StepChoiceIsMade)
	if d.setting == "keep" && step != engine.StepChoiceIsMade {
		d.binds(startPassword, true)
	}

	second := spawn(d.t, d.node())
	d.ended(second, receipts[0].ID, []string{address})
	if d.setting == "revoke" {
		d.binds(startPassword, false)
	}
	mailed := d.look()[address].password
	b := newBrowser(d.t, second.url, "", d.http.Transport)
	if p := b.logIn(address, mailed); entryOf(d.t, p) != toChange {
		d.t.Fatalf("the mailed password leads to %s", p.path)
	}
	if p := b.choose("", chosenThere); p.path != "/login" || p.status != 200 {
		d.t.Fatalf("the choice: %d %s\n%s", p.status, p.path, p.body)
	}
	d.binds(chosenThere, true)
	if got := d.enter(second, address, mailed); got != refused {
		d.t.Errorf("after the choice the mailed password leads to %s", got)
	}
	second.stop()
	d.search("after the stop")
}

// imported waits until the person is a system user.
func (d *directoryScene) imported(c *child, address string) {
	d.t.Helper()
	eventually(d.t, "the import", func() bool {
		found, err := d.api(c, d.admin).Users(d.t.Context(), client.UserFilter{Search: address})
		return err == nil && len(found.Items) == 1
	})
}

func (d *directoryScene) binds(password string, want bool) {
	d.t.Helper()
	err := d.server.CanBind(context.WithoutCancel(d.t.Context()), d.login, password)
	if err != nil && !errors.Is(err, directorytest.ErrRefused) || (err == nil) != want {
		d.t.Errorf("%s with %q: %v, want to get in: %v", d.login, password, err, want)
	}
}
