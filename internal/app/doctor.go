package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail"
	"rekey/internal/oauth"
	"rekey/internal/seal"
	"rekey/internal/store"
)

func finding(check string, health rekey.Health, found, advice string) rekey.Finding {
	return rekey.Finding{Check: check, Health: health, Found: found, Advice: advice}
}

// Doctor says which checks to make besides the usual ones.
type Doctor struct {
	SendTo string // sends a test message there, unless it is ""
	DNS    bool   // looks up the records of the sender's domain
	Now    func() time.Time
	// Text describes wrong settings. Default: error.Error, which names keys.
	Text func(error) string
	// Resolver defaults to the system's.
	Resolver Resolver
}

// Examine checks what a server with these settings needs, and reports each finding
// at once. The server may be running. Examine changes nothing, except that it may
// send the test message and renew a refresh token.
func (d Doctor) Examine(ctx context.Context, c Config, report func(rekey.Finding)) {
	if d.Text == nil {
		d.Text = error.Error
	}
	c.Complete()
	report(d.settings(c))
	report(d.modes(c)) // before the database: opening it may create files
	db, found := d.database(ctx, c)
	report(found)
	report(d.keys(ctx, c, db))
	report(d.clock(ctx, db))
	report(d.disk(c))
	if db != nil {
		report(d.records(ctx, db))
	}
	d.mail(ctx, c, db, report)
	d.directories(ctx, c, db, report)
	if db != nil {
		_ = db.Close()
	}
	if d.DNS {
		d.dns(ctx, c, report)
	}
}

func (d Doctor) settings(c Config) rekey.Finding {
	if err := c.Validate(); err != nil {
		return finding("settings", rekey.Ill, d.Text(err), "Correct them; rekey serve --print-config shows all settings.")
	}
	if c.PublicURL == "" {
		return finding("settings", rekey.Doubtful, "public_url is not set: links in mails lead to http://"+c.Listen+".",
			"Set it to the address at which people reach the server.")
	}
	return finding("settings", rekey.Well, "complete, for "+c.PublicURL, "")
}

func (d Doctor) database(ctx context.Context, c Config) (*store.DB, rekey.Finding) {
	const check = "database"
	if _, err := os.Stat(c.Database); errors.Is(err, fs.ErrNotExist) && !store.IsPostgres(c.Database) {
		return nil, finding(check, rekey.Doubtful, c.Database+" does not exist yet.", "rekey serve creates it at its first start.")
	}
	db, err := store.OpenInUse(ctx, c.Database)
	if err != nil {
		if store.IsPostgres(c.Database) {
			return nil, finding(check, rekey.Ill, rootCause(err), "Check the address, the password, and that PostgreSQL accepts this machine (pg_hba.conf).")
		}
		if code := rekey.CodeOf(err); code == rekey.CodeInvalid || code == rekey.CodeConflict {
			return nil, finding(check, rekey.Ill, rootCause(err), "") // the error says what to do
		}
		return nil, finding(check, rekey.Ill, rootCause(err), "Run this as the user that the server runs as; restore "+c.DatabaseName()+" if it is damaged.")
	}
	current, known, err := db.SchemaVersion(ctx)
	switch {
	case err != nil:
		return db, finding(check, rekey.Ill, c.DatabaseName()+": "+rootCause(err), "It may be damaged, or not a Rekey database. Name the right file, or restore it.")
	case current > known:
		return db, finding(check, rekey.Ill, fmt.Sprintf("Schema version %d belongs to a newer rekey; this one knows only %d.", current, known), "Use the newer rekey.")
	case current < known:
		return db, finding(check, rekey.Doubtful, fmt.Sprintf("Schema version %d; this program knows %d.", current, known), "Run rekey migrate; on SQLite the server does it at its start, on PostgreSQL with --migrate.")
	}
	if err := db.NotMoved(ctx); err != nil {
		return db, finding(check, rekey.Ill, rootCause(err), "Name the new one with --database, or REKEY_DATABASE.")
	}
	if err := db.Damaged(ctx); err != nil {
		return db, finding(check, rekey.Ill, rootCause(err), "Stop the server, and restore the latest backup: rekey restore FILE.")
	}
	return db, finding(check, rekey.Well, fmt.Sprintf("%s, schema version %d", c.DatabaseName(), current), "")
}

func (d Doctor) keys(ctx context.Context, c Config, db *store.DB) rekey.Finding {
	const check = "keys"
	keys, err := seal.Open(c.Keys)
	if errors.Is(err, seal.ErrNoKeys) && !d.hadKeys(ctx, db) {
		return finding(check, rekey.Doubtful, c.Keys+" does not exist yet.", "rekey serve creates it at its first start.")
	}
	if err != nil {
		return finding(check, rekey.Ill, rootCause(keyError(err)), "Restore a lost key file from its backup; a new key file cannot replace it.")
	}
	if d.hadKeys(ctx, db) {
		if err := errors.Join(proveKeys(ctx, db, c.Keys), suffice(ctx, db, keys, d.Now())); err != nil {
			return finding(check, rekey.Ill, rootCause(err), "Restore the key file that belongs to this database.")
		}
		return finding(check, rekey.Well, fmt.Sprintf("%s belongs to the database, fingerprint %s", c.Keys, keys.Fingerprint()), "")
	}
	return finding(check, rekey.Doubtful, c.Keys+" exists, but the database has never had keys.", "Check that both files belong together.")
}

func (d Doctor) hadKeys(ctx context.Context, db *store.DB) bool {
	if db == nil {
		return false
	}
	proof, err := db.Setting(ctx, keyProof)
	return err == nil && proof != nil
}

// clock finds a clock that is wrong or was set back, and missing time zones. With such
// a clock, mailed passwords would be valid for longer than their mails say.
func (d Doctor) clock(ctx context.Context, db *store.DB) rekey.Finding {
	const check = "clock"
	const advice = "Set the clock, and keep it right with NTP."
	now := d.Now()
	if now.Year() < 2025 {
		return finding(check, rekey.Ill, "It shows "+now.Format(time.RFC3339)+".", advice)
	}
	if _, err := rekey.LoadZone("Europe/Berlin"); err != nil {
		return finding(check, rekey.Ill, "The data of time zones is missing.", "Install tzdata.")
	}
	if db != nil {
		latest, _, err := db.Events(ctx, "", "", "", 1)
		if err == nil && len(latest) == 1 && latest[0].Received.After(now.Add(5*time.Minute)) {
			return finding(check, rekey.Ill, fmt.Sprintf("It shows %s, and the latest event came in at %s.",
				now.Format(time.RFC3339), latest[0].Received.Format(time.RFC3339)), advice)
		}
	}
	return finding(check, rekey.Well, now.UTC().Format(time.RFC3339), "")
}

// modes finds files that others on the machine can read.
func (d Doctor) modes(c Config) rekey.Finding {
	const check = "file modes"
	private := []string{c.Keys}
	if !store.IsPostgres(c.Database) {
		private = append(private, c.Database, c.Database+"-wal")
	}
	if c.DKIM.KeyFile != "" {
		private = append(private, c.DKIM.KeyFile)
	}
	for _, path := range private {
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			return finding(check, rekey.Ill, fmt.Sprintf("%s can be read by others (%#o).", path, info.Mode().Perm()), "chmod 600 "+path)
		}
	}
	folder := c.folder()
	info, err := os.Stat(folder)
	if err != nil {
		return finding(check, rekey.Ill, "The folder "+folder+" does not exist.", "Create it, for the server's user only: install -d -m 700 "+folder)
	}
	if info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
		return finding(check, rekey.Ill, "Everybody can write to "+folder+".", "chmod o-w "+folder)
	}
	return finding(check, rekey.Well, "only the server can read the database and the keys", "")
}

func (d Doctor) mail(ctx context.Context, c Config, db *store.DB, report func(rekey.Finding)) {
	if c.mail(c.URL(c.Listen)).Validate() != nil { // reported with the settings
		report(finding("smtp", rekey.Ill, "Not tried, because its settings are wrong.", "Correct the settings first."))
		return
	}
	server := fmt.Sprintf("%s:%d, %s", c.SMTP.Host, c.SMTP.Port, c.SMTP.TLS)
	if c.SMTP.Username != "" {
		server += ", logged in as " + c.SMTP.Username
	}
	var options []mail.Option
	if c.SMTP.OAuthTokenURL != "" {
		source, found := d.token(ctx, c, db)
		report(found)
		if found.Health != rekey.Well {
			return
		}
		options = append(options, mail.WithTokens(source))
	}
	mailer, err := mail.New(c.mail(c.URL(c.Listen)), options...)
	if err != nil {
		report(finding("smtp", rekey.Ill, rootCause(err), "Correct the settings of smtp, dkim and templates."))
		return
	}
	defer func() { _ = mailer.Close() }()
	if err := mailer.Probe(ctx, ""); err != nil { // the error names the cause
		report(finding("smtp", rekey.Ill, err.Error(), "Check smtp.host, smtp.port, smtp.tls and the account, and that no firewall stops the server."))
		return
	}
	report(finding("smtp", rekey.Well, server, ""))
	if d.SendTo == "" {
		return
	}
	outcome := mailer.SendTest(ctx, d.SendTo, c.Language)
	reply := outcome.Reply.Text
	if outcome.Reply.Code != 0 {
		reply = fmt.Sprintf("%d %s", outcome.Reply.Code, reply)
	}
	if outcome.Verdict != engine.Accepted {
		report(finding("test mail", rekey.Ill, d.SendTo+": "+reply, "This is the reply of the mail server; ask its administrator what it means."))
		return
	}
	report(finding("test mail", rekey.Well, d.SendTo+": "+reply, ""))
}

// token gets an access token as the server would. It may renew the stored refresh
// token.
func (d Doctor) token(ctx context.Context, c Config, db *store.DB) (*oauth.Source, rekey.Finding) {
	const check = "smtp token"
	keys, err := seal.Open(c.Keys)
	if !c.SMTP.OAuthRefreshToken.IsZero() && (db == nil || err != nil) {
		return nil, finding(check, rekey.Doubtful, "Not tried: the refresh token is kept in the database, sealed by its keys.", "Try again when both exist.")
	}
	source := c.tokens(db, keys, "doctor-"+newID(), d.Now)
	if _, err := source.Token(ctx); err != nil {
		return nil, finding(check, rekey.Ill, err.Error(), "Check the settings smtp.oauth_…, and the application at the provider.")
	}
	return source, finding(check, rekey.Well, "given by "+c.SMTP.OAuthTokenURL, "")
}

// rootCause returns the text of err, and of its cause if that says more. Only the
// operator sees it.
func rootCause(err error) string {
	text := err.Error()
	var e *rekey.Error
	if errors.As(err, &e) && len(e.Fields) == 1 && e.Fields[0].Message == e.Message {
		return e.Message // it also says what to do
	}
	if errors.As(err, &e) && e.Cause != nil {
		last := e.Cause
		for next := errors.Unwrap(last); next != nil; next = errors.Unwrap(last) {
			last = next
		}
		if !strings.Contains(text, last.Error()) {
			text += " (" + e.Cause.Error() + ")"
		}
	}
	return text
}
