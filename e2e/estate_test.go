package e2e

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/mail/mailtest"
	"rekey/internal/plaintext"
	"rekey/internal/rig"
	"rekey/internal/rig/peer"
	"rekey/internal/store/storetest"
	"rekey/internal/suite"
)

// estate is a folder with a database of people and one automation for each setting of
// the old password. The event siem.keep, for example, keeps the old password.
type estate struct {
	folder      string
	admin, siem string // tokens
	people      []string
	chosen      string // everybody's password
}

// settings for the old password.
var settings = []string{"replace", "keep", "revoke"}

// newEstate makes an estate with a number of people.
func newEstate(t testing.TB, people int) estate {
	t.Helper()
	e := estate{folder: t.TempDir(), chosen: "orbit-candle-7-harvest"}
	ctx := context.Background()
	c := nodeIn(t, e.folder, "127.0.0.1:1").Config
	storetest.Write(t, c.Database)
	a, err := app.New(ctx, c, app.Options{Argon2: cheap})
	if err != nil {
		t.Fatal(err)
	}
	long := time.Now().UTC().Add(-100 * 24 * time.Hour)
	admin := &rekey.SystemUser{Address: "katherine@example.org", Type: rekey.TypeHybrid, Role: rekey.RoleAdministrator}
	siem := &rekey.SystemUser{Address: "siem@example.org", Type: rekey.TypeAPI,
		Sources: []rekey.EventSource{{Source: source, Names: []string{"siem.*"}}}}
	everybody := []*rekey.SystemUser{}
	for i := range people {
		u := &rekey.SystemUser{Address: fmt.Sprintf("person%d@example.org", i), FirstName: "Ada", LastName: "Lovelace"}
		e.people, everybody = append(e.people, u.Address), append(everybody, u)
	}
	insertUsers(t, a, "", long, admin, siem)
	insertUsers(t, a, e.chosen, long, everybody...)
	e.admin, e.siem = giveToken(t, a, admin.ID, time.Now().UTC()), giveToken(t, a, siem.ID, time.Now().UTC())
	for _, setting := range settings {
		params, err := json.Marshal(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.OldPassword(setting), Ceiling: 1_000_000})
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Admin.CreateAutomation(ctx, *admin, rekey.Automation{
			Name: setting, EventType: rekey.External, JobType: rekey.SendNewPassword, JobParams: params,
			EventFilter: rekey.EventFilter{Name: rekey.TextFilter{Operator: "equals", Value: "siem." + setting}},
		}, true)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return e
}

// copy copies the estate into a folder of its own.
func (e estate) copy(t testing.TB) estate {
	t.Helper()
	from := os.DirFS(e.folder)
	e.folder = filepath.Join(t.TempDir(), "estate")
	if err := os.CopyFS(e.folder, from); err != nil {
		t.Fatal(err)
	}
	// CopyFS keeps no modes, and keys that others can read are refused.
	if err := os.Chmod(filepath.Join(e.folder, "rekey.db.keys"), 0o600); err != nil {
		t.Fatal(err)
	}
	return e
}

// scene is an estate with a mail server that outlives the servers.
type scene struct {
	estate
	t    testing.TB
	peer *mailtest.Server
	http *http.Client

	mu     sync.Mutex
	parsed int               // messages of the peer that are in mails
	mails  map[string]mailed // by address
}

// mailed is the content of a mailbox.
type mailed struct {
	password string
	message  []byte
	copies   int
}

func newScene(t testing.TB, e estate, script mailtest.Script) *scene {
	t.Helper()
	return &scene{estate: e.copy(t), t: t, peer: mailtest.Start(t, script), mails: map[string]mailed{},
		http: &http.Client{Timeout: suite.Limit, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
}

// node is a server on the estate.
func (s *scene) node() rig.Node { return nodeIn(s.t, s.folder, s.peer.Addr()) }

func (s *scene) api(c *child, token string) *client.Client {
	return client.New(c.url, client.WithToken(token), client.WithAttempts(1), client.WithHTTPClient(s.http))
}

// event is one that has the passwords of people replaced, kept or revoked.
func (s *scene) event(id, setting string, people ...string) client.CloudEvent {
	return client.CloudEvent{ID: id, Source: source, Type: "siem." + setting, Data: client.EventData("", people...)}
}

// enter logs in as somebody.
func (s *scene) enter(c *child, address, password string) entry {
	s.t.Helper()
	return entryOf(s.t, newBrowser(s.t, c.url, "", s.http.Transport).logIn(address, password))
}

// look reads the mailboxes. All copies of the mail to somebody must be alike,
// byte for byte, and everybody gets one password at most (I3, I4).
func (s *scene) look() map[string]mailed {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.peer.Messages()
	for _, m := range all[s.parsed:] {
		address := strings.Join(m.To, " ")
		parsed, err := peer.ReadMail(m.Data)
		if err != nil || parsed.Password() == "" {
			s.t.Errorf("a mail to %s without a password: %v", address, err)
			continue
		}
		box, known := s.mails[address]
		if !known {
			box = mailed{parsed.Password(), m.Data, 0}
		}
		box.copies++
		s.mails[address] = box
		if string(box.message) != string(m.Data) {
			s.t.Errorf("%s was sent two mails that differ, passwords alike: %v", address, box.password == parsed.Password())
		}
	}
	s.parsed = len(all)
	return maps.Clone(s.mails)
}

// search looks for all passwords in all files (I5).
func (s *scene) search(when string) {
	s.t.Helper()
	secrets := map[string]string{s.chosen: "everybody"}
	for address, box := range s.look() {
		secrets[box.password] = address
	}
	if err := plaintext.New(secrets).Files(s.folder); err != nil {
		s.t.Errorf("%s: %v", when, err)
	}
}

// nothingSealed checks that no sealed letter is kept after all mails were sent (I5). The
// server has stopped.
func (s *scene) nothingSealed() {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.folder, "rekey.db")+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	var deliveries, sealed int
	if err := db.QueryRow(`SELECT COUNT(*), COUNT(sealed) FROM deliveries`).Scan(&deliveries, &sealed); err != nil {
		s.t.Fatal(err)
	}
	if deliveries == 0 || sealed > 0 {
		s.t.Errorf("%d letters of %d deliveries are still there", sealed, deliveries)
	}
}

// countsKept compares the kept counts of deliveries with their number. The server has
// stopped.
func (s *scene) countsKept() {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.folder, "rekey.db")+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	var runs, accepted, sent, took int
	if err := db.QueryRow(`SELECT
			(SELECT COUNT(*) FROM runs WHERE tallies <> (SELECT json_group_object(what, n) FROM (
				SELECT trim(state || ' ' || reason) AS what, COUNT(*) AS n FROM deliveries WHERE run_id = runs.id GROUP BY what ORDER BY what))),
			(SELECT COUNT(*) FROM deliveries WHERE accepted_at > 0),
			(SELECT COALESCE(SUM(sent), 0) FROM figures),
			(SELECT COALESCE(SUM(n), 0) FROM figures_took)`).Scan(&runs, &accepted, &sent, &took); err != nil {
		s.t.Fatal(err)
	}
	if runs > 0 || sent != accepted || took != accepted || accepted == 0 {
		s.t.Errorf("%d runs have lost count; of %d acceptances %d are counted, and of %d how long they took", runs, accepted, sent, took)
	}
}

// ended waits until the one run of an event has ended, and checks that its
// deliveries to these people, and no others, have been sent.
func (s *scene) ended(c *child, eventID string, people []string) {
	s.t.Helper()
	api := s.api(c, s.admin)
	var run client.Run
	eventually(s.t, "the end of the run", func() bool {
		found, err := api.Runs(s.t.Context(), client.RunFilter{EventID: eventID})
		if err != nil || len(found.Items) != 1 {
			s.t.Fatalf("%d runs of one event, %v", len(found.Items), err)
		}
		run = found.Items[0]
		return run.Ended()
	})
	found, err := api.Deliveries(s.t.Context(), run.ID, client.DeliveryFilter{Paging: client.Paging{Limit: 500}})
	if err != nil {
		s.t.Fatal(err)
	}
	sent := map[string]bool{}
	for _, d := range found.Items {
		if d.State != "sent" {
			s.t.Errorf("the delivery to %s is %s: %s", d.Subject, d.State, d.ReasonText)
		}
		sent[cmp.Or(d.Address, d.Subject)] = true
	}
	if len(found.Items) != len(people) || len(sent) != len(people) {
		s.t.Errorf("%d deliveries to %d people, want %d", len(found.Items), len(sent), len(people))
	}
}
