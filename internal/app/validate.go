package app

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"rekey"
	"rekey/internal/remedy"
	"rekey/internal/store"
)

// Validate checks what can be known without connecting to anything, after
// Complete. Its error, a *rekey.Error, tells all wrong settings at once by
// their key in the settings file ("smtp.host").
func (c Config) Validate() error {
	var p rekey.Problems
	p.Merge("", c.ValidateStorage())
	c.validateRoles(&p)
	c.validateAddresses(&p)
	c.validateWords(&p)
	c.validateMail(&p)
	c.DKIM.validate(&p)
	if c.KeepDays < 7 || c.KeepDays > 3650 {
		p.Add("keep_days", "Whole number from 7 to 3650.")
	}
	if c.StopTimeout < time.Second || c.StopTimeout > 10*time.Minute {
		p.Add("stop_timeout", "Give a duration from 1s to 10m.")
	}
	if c.Workers < 1 || c.Workers > 64 {
		p.Add("workers", "Whole number from 1 to 64.")
	}
	return p.Err()
}

// ValidateStorage checks the database and the keys alone, for commands that
// need nothing else.
func (c Config) ValidateStorage() error {
	var p rekey.Problems
	switch scheme, _, found := strings.Cut(c.Database, "://"); {
	case c.Database == "":
		p.Add("database", "Name a file, such as rekey.db, or give postgres://user@host/name.")
	case store.IsPostgres(c.Database):
		if u, err := url.Parse(c.Database); err != nil || u.Host == "" && !u.Query().Has("host") || strings.Trim(u.Path, "/") == "" {
			p.Add("database", "Give user, host and name of the database, such as postgres://rekey@db.example.org/rekey.")
		}
		validateTLS(&p, c.Database)
		if c.Keys == "" {
			p.Add("keys", "Name the file with the keys; all nodes have the same.")
		}
	case strings.Contains(c.Database, "="):
		p.Add("database", "Give the address of a PostgreSQL as postgres://user@host/name.")
	case found:
		p.Add("database", fmt.Sprintf("%s:// is not known here; name a file of SQLite, such as rekey.db, or give postgres://user@host/name.", scheme))
	}
	if c.Database != "" && c.Keys == c.Database {
		p.Add("keys", "Name a file other than the database.")
	}
	return p.Err()
}

// validateTLS checks the part of a PostgreSQL's address that is about TLS.
func validateTLS(p *rekey.Problems, address string) {
	u, err := url.Parse(address)
	if err != nil {
		return // told already
	}
	modes := []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	if mode := u.Query().Get("sslmode"); mode != "" && !slices.Contains(modes, mode) {
		p.Add("database", fmt.Sprintf("sslmode=%s is not known; choose verify-full, or one of %s.", mode, strings.Join(modes[:5], ", ")))
	}
	for _, name := range []string{"sslrootcert", "sslcert", "sslkey"} {
		if file := u.Query().Get(name); file != "" && file != "system" {
			readable(p, "database", file)
		}
	}
}

// mayBeRead reports whether the connection to a PostgreSQL on another machine may
// go without TLS: so it may by default.
func mayBeRead(address string) bool {
	u, err := url.Parse(address)
	if err != nil || isLoopback(u.Hostname()) || u.Hostname() == "" {
		return false
	}
	return !slices.Contains([]string{"require", "verify-ca", "verify-full"}, u.Query().Get("sslmode"))
}

func (c Config) validateRoles(p *rekey.Problems) {
	all := []string{roleConsole, roleAPI, roleEngine}
	for i, role := range c.Roles {
		oneOf(p, fmt.Sprintf("roles[%d]", i), role, all...)
	}
	if store.IsPostgres(c.Database) {
		return
	}
	for _, role := range all {
		if !c.has(role) {
			p.Add("roles", "On SQLite there is one node, which has all roles; "+role+" is missing.")
			return
		}
	}
}

func (c Config) validateAddresses(p *rekey.Problems) {
	if !isListenAddress(c.Listen) {
		p.Add("listen", "Give host:port, such as 127.0.0.1:8440.")
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" ||
			u.Scheme != "https" && u.Scheme != "http" {
			p.Add("public_url", "Give scheme and host alone, such as https://rekey.example.org.")
		}
	}
	for i, host := range c.Hosts {
		if u, err := url.Parse("//" + host); err != nil || host == "" || u.Host != host || u.Port() != "" {
			p.Add(fmt.Sprintf("hosts[%d]", i), "Give a name without scheme and port, such as rekey.internal.")
		}
	}
	for i, proxy := range c.TrustedProxies {
		if _, err := netip.ParseAddr(proxy); err == nil {
			continue
		}
		if _, err := netip.ParsePrefix(proxy); err != nil {
			p.Add(fmt.Sprintf("trusted_proxies[%d]", i), "Give an address or a network, such as 10.0.0.0/8.")
		}
	}
}

func (c Config) validateWords(p *rekey.Problems) {
	if len(c.SMTP.FromName) > 200 || strings.ContainsFunc(c.SMTP.FromName, unicode.IsControl) {
		p.Add("smtp.from_name", "At most 200 bytes of text, no line breaks.")
	}
	oneOf(p, "log_level", c.LogLevel, "debug", "info", "warn", "error")
	oneOf(p, "log_format", c.LogFormat, "text", "json")
	if c.Templates != "" {
		if _, err := os.ReadDir(c.Templates); err != nil {
			p.Add("templates", c.Templates+" is not a folder that can be read. "+remedy.File(c.Templates, err))
		}
	}
}

// validateMail checks what is handed to the mail package by that package's own
// rules, which name the settings as they stand here, and the rest here.
func (c Config) validateMail(p *rekey.Problems) {
	var wrong *rekey.Error
	told := map[string]bool{}
	if errors.As(p.Err(), &wrong) {
		for _, f := range wrong.Fields {
			told[f.Field] = true
		}
	}
	if wrong = nil; errors.As(c.mail(c.URL(c.Listen)).Validate(), &wrong) {
		for _, f := range wrong.Fields {
			if !told[f.Field] {
				p.Add(f.Field, f.Message)
			}
		}
	}
	for _, limit := range []struct {
		field string
		value time.Duration
	}{
		{"connect_timeout", c.SMTP.ConnectTimeout}, {"greeting_timeout", c.SMTP.GreetingTimeout}, {"command_timeout", c.SMTP.CommandTimeout},
		{"data_timeout", c.SMTP.DataTimeout}, {"block_timeout", c.SMTP.BlockTimeout}, {"answer_timeout", c.SMTP.AnswerTimeout},
	} {
		if limit.value >= 0 && limit.value < time.Second { // mail refuses what is negative or too long
			p.Add("smtp."+limit.field, "Give a duration from 1s to 1h, such as 5m.")
		}
	}
	c.SMTP.validateOAuth(p)
	readable(p, "smtp.ca_file", c.SMTP.CAFile)
	readable(p, "smtp.extra_ca_file", c.SMTP.ExtraCAFile)
}

func (s SMTP) validateOAuth(p *rekey.Problems) {
	if s.OAuthTokenURL == "" {
		if s.OAuthClientID != "" || !s.OAuthClientSecret.IsZero() || !s.OAuthRefreshToken.IsZero() || len(s.OAuthScopes) > 0 {
			p.Add("smtp.oauth_token_url", "Give the address that access tokens come from, or leave all of oauth out.")
		}
		return
	}
	u, err := url.Parse(s.OAuthTokenURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		p.Add("smtp.oauth_token_url", "Give the https:// address that access tokens come from.")
	}
	if s.OAuthClientID == "" {
		p.Add("smtp.oauth_client_id", "Give the id of the application that was registered with the provider.")
	}
	if s.OAuthClientSecret.IsZero() && s.OAuthRefreshToken.IsZero() {
		p.Add("smtp.oauth_client_secret_file", "Name the file with the secret of the application, or set REKEY_SMTP_OAUTH_CLIENT_SECRET; or name one with a refresh token.")
	}
}

// validate checks what the mail package does not.
func (d DKIM) validate(p *rekey.Problems) {
	if d.KeyFile == "" {
		if d.Domain != "" || d.Selector != "" {
			p.Add("dkim.key_file", "Name the file with the private key, or leave all of dkim out.")
		}
		return
	}
	readable(p, "dkim.key_file", d.KeyFile)
}

func oneOf(p *rekey.Problems, field, value string, choices ...string) {
	if !slices.Contains(choices, value) {
		last := len(choices) - 1
		p.Add(field, fmt.Sprintf("%q is not known; choose %s or %s.", value, strings.Join(choices[:last], ", "), choices[last]))
	}
}

// readable refuses a file that cannot be read; "" is none.
func readable(p *rekey.Problems, field, path string) {
	if path == "" {
		return
	}
	file, err := os.Open(path)
	if err == nil {
		_, err = file.Read(make([]byte, 1)) // a folder can be opened, and not be read
		_ = file.Close()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		p.Add(field, path+" cannot be read. "+remedy.File(path, err))
	}
}

func isListenAddress(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	n, err := strconv.Atoi(port)
	return err == nil && n >= 0 && n <= 65535
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
