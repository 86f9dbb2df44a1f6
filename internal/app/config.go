package app

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"rekey"
	"rekey/internal/mail"
	"rekey/internal/remedy"
	"rekey/internal/store"
)

// Config holds all settings of a server. Complete replaces zero values by the
// defaults. The tags name the flag, the REKEY_* variable and the key in the
// settings file.
type Config struct {
	Listen    string `name:"listen" env:"REKEY_LISTEN" yaml:"listen" default:"127.0.0.1:8440" placeholder:"HOST:PORT" help:"Host and port where the server listens; port 0 takes a free port."`
	PublicURL string `name:"public-url" env:"REKEY_PUBLIC_URL" yaml:"public_url" placeholder:"URL" help:"The address at which people reach the server; links in mails begin with it. Default: http:// and the value of listen."`
	// Hosts counts only where PublicURL is set.
	Hosts []string `name:"hosts" env:"REKEY_HOSTS" yaml:"hosts" placeholder:"NAME" help:"Further host names that the server answers to, besides that of public_url, such as rekey.internal. Without public_url the server answers to any name."`

	Database string `name:"database" env:"REKEY_DATABASE" yaml:"database" aliases:"database-url" default:"rekey.db" placeholder:"FILE|URL" help:"The database: a SQLite file, created at the first start, or postgres://user@host/name. Put a password in REKEY_DATABASE, the settings file or PGPASSFILE, because ps shows flags."`
	// Migrate is for PostgreSQL: SQLite is always migrated.
	Migrate bool   `name:"migrate" env:"REKEY_MIGRATE" yaml:"migrate" help:"Bring a PostgreSQL database up to date at the start."`
	Keys    string `name:"keys" env:"REKEY_KEYS" yaml:"keys" placeholder:"FILE" help:"The file of the keys that seal mailed passwords, created with the database. All nodes need the same keys. Default: the name of the SQLite file and .keys."`
	// Roles are some of console, api and engine.
	Roles []string `name:"roles" env:"REKEY_ROLES" yaml:"roles" default:"console,api,engine" placeholder:"ROLE" help:"What this node does: console, api, engine. Nodes on one PostgreSQL can share the work."`

	SystemName string `name:"system-name" env:"REKEY_SYSTEM_NAME" yaml:"system_name" default:"Rekey" placeholder:"TEXT" help:"The name of the system for people, such as Acme Back Office."`
	Language   string `name:"language" env:"REKEY_LANGUAGE" yaml:"language" default:"en" placeholder:"TAG" help:"The language of people who have not chosen one: en, de, fr, es, or another of the templates."`
	TimeZone   string `name:"time-zone" env:"REKEY_TIME_ZONE" yaml:"time_zone" default:"UTC" placeholder:"ZONE" help:"The time zone of people who have not chosen one, such as Europe/Berlin."`
	Contact    string `name:"contact" env:"REKEY_CONTACT" yaml:"contact" placeholder:"TEXT" help:"The person or team to ask, as the mails name it, such as the help desk."`
	// Policy is modern or classic, see the package password.
	Policy string `name:"policy" env:"REKEY_POLICY" yaml:"policy" default:"modern" placeholder:"NAME" help:"The rules for chosen passwords: modern or classic."`

	SMTP mail.SMTP `embed:"" prefix:"smtp-" envprefix:"REKEY_SMTP_" yaml:"smtp"`
	DKIM mail.DKIM `embed:"" prefix:"dkim-" envprefix:"REKEY_DKIM_" yaml:"dkim"`

	Directories Directories `name:"directories" env:"REKEY_DIRECTORIES" yaml:"directories,omitempty" placeholder:"YAML" help:"The directories where system users live, such as Active Directory: see docs/directories.md. Write them in the settings file."`

	// NotifyDomains are the domains in which the job Notify Address may write to people who are
	// no system users.
	NotifyDomains []string `name:"notify-domains" env:"REKEY_NOTIFY_DOMAINS" yaml:"notify_domains" placeholder:"DOMAIN" help:"Domains to whose addresses the job Notify Address may write, such as example.org. Without any, it writes to system users only."`

	Templates string `name:"templates" env:"REKEY_TEMPLATES" yaml:"templates" placeholder:"FOLDER" help:"A folder with mail templates that replace the built-in ones."`

	// TrustedProxies are addresses or networks whose X-Forwarded-For is believed.
	TrustedProxies []string `name:"trusted-proxies" env:"REKEY_TRUSTED_PROXIES" yaml:"trusted_proxies" placeholder:"NETWORK" help:"Addresses or networks of the proxies whose X-Forwarded-For header is trusted."`

	LogLevel  string `name:"log-level" env:"REKEY_LOG_LEVEL" yaml:"log_level" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat string `name:"log-format" env:"REKEY_LOG_FORMAT" yaml:"log_format" default:"text" placeholder:"FORMAT" help:"text or json."`

	// KeepDays is 7 to 3650: more than a mailed password lives.
	KeepDays int `name:"keep-days" env:"REKEY_KEEP_DAYS" yaml:"keep_days" default:"400" placeholder:"N" help:"How many days events and runs are kept after the last run of an event ended."`
	// KeepEventDataDays is 7 to 3650.
	KeepEventDataDays int `name:"keep-event-data-days" env:"REKEY_KEEP_EVENT_DATA_DAYS" yaml:"keep_event_data_days" default:"90" placeholder:"N" help:"How many days the data of events is kept."`

	// StopTimeout is how long a stop waits for work in flight; 1 s to 10 min.
	StopTimeout time.Duration `name:"stop-timeout" env:"REKEY_STOP_TIMEOUT" yaml:"stop_timeout" default:"30s" placeholder:"DURATION" help:"How long a stop waits for running work."`
	// Workers is how many jobs run at once; 1 to 64.
	Workers int `name:"workers" env:"REKEY_WORKERS" yaml:"workers" default:"4" placeholder:"N" help:"How many jobs run at once."`
}

// SMTP holds the settings of the mail server and of the sender.
type SMTP = mail.SMTP

// The roles of a node.
const (
	roleConsole = "console"
	roleAPI     = "api"
	roleEngine  = "engine"
)

// secret is a setting that comes from a variable or a file.
type secret struct {
	key      string // "smtp.password"; key + "_file" names the file
	variable string
	what     string
	value    *rekey.Secret
	file     string
}

// secrets are the settings without a flag or a key in the file: everybody on the
// machine can see flags.
func (c *Config) secrets() []secret {
	s := &c.SMTP
	list := []secret{
		{"smtp.password", "REKEY_SMTP_PASSWORD", "the password of the mail account", &s.Password, s.PasswordFile},
		{"smtp.oauth_client_secret", "REKEY_SMTP_OAUTH_CLIENT_SECRET", "the secret of the application", &s.OAuthClientSecret, s.OAuthClientSecretFile},
		{"smtp.oauth_refresh_token", "REKEY_SMTP_OAUTH_REFRESH_TOKEN", "the refresh token", &s.OAuthRefreshToken, s.OAuthRefreshTokenFile},
	}
	for i := range c.Directories {
		d := &c.Directories[i]
		list = append(list, secret{"directories." + d.Name + ".password", directoryVariable(d.Name), "the password of Rekey's account in the directory", &d.Password, d.PasswordFile})
	}
	return list
}

// SecretVariables lists the variables of the secrets.
func SecretVariables() []string {
	var names []string
	for _, s := range new(Config).secrets() {
		names = append(names, s.variable)
	}
	return names
}

// ReadSecrets takes each secret from its variable, such as REKEY_SMTP_PASSWORD, or
// else from its file, without the last line break.
//
// Errors: a *rekey.Error that names a field such as smtp.password_file, if the file
// cannot be read or is empty.
func (c *Config) ReadSecrets(getenv func(string) string) error {
	for _, s := range c.secrets() {
		if text := getenv(s.variable); text != "" {
			*s.value = rekey.NewSecret(text)
			continue
		}
		if s.file == "" {
			continue
		}
		data, err := os.ReadFile(s.file)
		if err != nil {
			return rekey.Invalid(s.key+"_file", "Cannot be read. "+remedy.File(s.file, err))
		}
		text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
		if text == "" {
			return rekey.Invalid(s.key+"_file", s.file+" is empty; it holds "+s.what+".")
		}
		*s.value = rekey.NewSecret(text)
	}
	return nil
}

// Complete sets the defaults. It may be called more than once.
func (c *Config) Complete() {
	setDefaults(c)
	if rest, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		c.Database = strings.TrimPrefix(rest, "//")
	}
	if c.Keys == "" && c.Database != "" && !store.IsPostgres(c.Database) {
		c.Keys = c.Database + ".keys"
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	c.Language, c.TimeZone = rekey.TypedLanguage(c.Language), rekey.TypedZone(c.TimeZone)
	c.SMTP.Complete(c.SystemName)
	c.DKIM.Complete(c.SMTP.From)
}

// has reports whether the node has a role.
func (c Config) has(role string) bool { return slices.Contains(c.Roles, role) }

// DatabaseName returns the database without its password.
func (c Config) DatabaseName() string { return withoutPassword(c.Database) }

// withoutPassword masks passwords in the address of a database, even in one that
// is mistyped.
func withoutPassword(address string) string {
	if !strings.Contains(address, "://") {
		if strings.Contains(strings.ToLower(address), "password") {
			return "…"
		}
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "…"
	}
	query := u.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "password") {
			query.Set(name, "xxxxx")
			u.RawQuery = query.Encode()
		}
	}
	return u.Redacted()
}

// URL is the address under which people reach the server: PublicURL, or else
// http:// and the address at which it listens.
func (c Config) URL(listening string) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	return "http://" + listening
}
