package app

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"rekey"
	"rekey/internal/mail"
	"rekey/internal/remedy"
	"rekey/internal/store"
)

// Validate checks the settings after Complete, without connecting to anything. Its
// error, a *rekey.Error, lists all wrong settings by their key in the settings file
// ("smtp.host").
func (c Config) Validate() error {
	var p rekey.Problems
	p.Merge("", c.ValidateStorage())
	c.validateRoles(&p)
	c.validateAddresses(&p)
	c.validateWords(&p)
	c.validateDirectories(&p)
	p.Merge("", rekey.Domains(c.NotifyDomains).Validate())
	p.Merge("", c.mail(c.URL(c.Listen)).Validate())
	if c.KeepDays < 7 || c.KeepDays > 3650 {
		p.Add("keep_days", "Give a whole number from 7 to 3650.")
	}
	if c.KeepEventDataDays < 7 || c.KeepEventDataDays > 3650 {
		p.Add("keep_event_data_days", "Give a whole number from 7 to 3650.")
	}
	if c.StopTimeout < time.Second || c.StopTimeout > 10*time.Minute {
		p.Add("stop_timeout", "Give a duration from 1s to 10m.")
	}
	if c.Workers < 1 || c.Workers > 64 {
		p.Add("workers", "Give a whole number from 1 to 64.")
	}
	return p.Err()
}

// ValidateStorage checks only the settings of database and keys, for commands that
// need no others.
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
			p.Add("keys", "Name the file with the keys; all nodes need the same keys.")
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

// validateTLS checks the TLS parameters of a PostgreSQL address.
func validateTLS(p *rekey.Problems, address string) {
	u, err := url.Parse(address)
	if err != nil {
		return // reported already
	}
	modes := []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	if mode := u.Query().Get("sslmode"); mode != "" && !slices.Contains(modes, mode) {
		p.Add("database", fmt.Sprintf("sslmode=%s is not known; choose verify-full, or one of %s.", mode, strings.Join(modes[:5], ", ")))
	}
	for _, name := range []string{"sslrootcert", "sslcert", "sslkey"} {
		if file := u.Query().Get(name); file != "" && file != "system" {
			p.Merge("", remedy.Readable("database", file))
		}
	}
}

// mayBeRead reports whether the connection to a PostgreSQL on another machine may
// be without TLS, as it may by default.
func mayBeRead(address string) bool {
	u, err := url.Parse(address)
	if err != nil || mail.IsLoopback(u.Hostname()) || u.Hostname() == "" {
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
			p.Add("roles", "A SQLite database has only one node, which needs all roles; "+role+" is missing.")
			return
		}
	}
}

func (c Config) validateAddresses(p *rekey.Problems) {
	if !isListenAddress(c.Listen) {
		p.Add("listen", "Give host:port, such as 127.0.0.1:8440.")
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
	oneOf(p, "log_level", c.LogLevel, "debug", "info", "warn", "error")
	oneOf(p, "log_format", c.LogFormat, "text", "json")
	if c.Templates != "" {
		if _, err := os.ReadDir(c.Templates); err != nil {
			p.Add("templates", c.Templates+" is not a readable folder. "+remedy.File(c.Templates, err))
		}
	}
}

func oneOf(p *rekey.Problems, field, value string, choices ...string) {
	if !slices.Contains(choices, value) {
		last := len(choices) - 1
		p.Add(field, fmt.Sprintf("%q is not known; choose %s or %s.", value, strings.Join(choices[:last], ", "), choices[last]))
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
