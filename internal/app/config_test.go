package app

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rekey"
	"rekey/internal/mail"
)

// valid is a Config that Validate has nothing against.
func valid() Config {
	c := Config{SMTP: SMTP{Host: "smtp.example.org", From: "rekey@example.org"}}
	c.Complete()
	return c
}

func TestDefaultsFitTheirFields(t *testing.T) {
	t.Parallel()
	for _, s := range settingsOf(&Config{}) {
		if s.standard != "" && s.set(s.standard) != nil {
			t.Errorf("%s: the default %q does not fit", s.key, s.standard)
		}
	}
	if err := valid().Validate(); err != nil {
		t.Errorf("the defaults with host and sender are refused: %v", err)
	}
}

func TestEverySettingHasAFlagAndAVariableThatFollowItsKey(t *testing.T) {
	t.Parallel()
	var c Config
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]*kong.Flag{}
	for _, flag := range parser.Model.Flags {
		flags[flag.Name] = flag
	}
	for _, s := range settingsOf(&c) {
		flag := flags[strings.NewReplacer(".", "-", "_", "-").Replace(s.key)]
		if flag == nil {
			t.Errorf("%s has no flag", s.key)
			continue
		}
		want := "REKEY_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
		if len(flag.Envs) != 1 || flag.Envs[0] != want {
			t.Errorf("%s: variable %v, want %s", s.key, flag.Envs, want)
		}
	}
	if flags["smtp-password"] != nil {
		t.Error("a flag shows the password to everybody on the machine")
	}
}

func TestExampleSettingsAreAccepted(t *testing.T) {
	t.Parallel()
	if _, err := ReadSettings("../../deploy/rekey.yaml"); err != nil {
		t.Error(err)
	}
}

func TestPrintedSettingsGiveTheSameSettings(t *testing.T) {
	t.Parallel()
	c := valid()
	c.TrustedProxies, c.Hosts = []string{"10.0.0.0/8", "::1"}, []string{"rekey.internal"}
	c.SystemName = `Acme: "accounts"`
	c.SMTP.Rate = 2.5
	c.SMTP.Password, c.SMTP.OAuthClientSecret, c.SMTP.OAuthRefreshToken = rekey.NewSecret("hunter2-hunter2"), rekey.NewSecret("hunter2"), rekey.NewSecret("hunter2")
	var printed bytes.Buffer
	if err := c.Print(&printed); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(printed.String(), "hunter2") || !strings.Contains(printed.String(), "# password: [redacted]") ||
		!strings.Contains(printed.String(), "# oauth_client_secret: [redacted]") || !strings.Contains(printed.String(), "# oauth_refresh_token: [redacted]") {
		t.Errorf("the password is not masked:\n%s", &printed)
	}
	path := filepath.Join(t.TempDir(), "rekey.yaml")
	if err := os.WriteFile(path, printed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := ReadSettings(path)
	if err != nil {
		t.Fatalf("%v:\n%s", err, &printed)
	}
	var again Config
	parser, err := kong.New(&again, kong.Resolvers(file))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(nil); err != nil {
		t.Fatal(err)
	}
	c.SMTP.Password, c.SMTP.OAuthClientSecret, c.SMTP.OAuthRefreshToken = rekey.Secret{}, rekey.Secret{}, rekey.Secret{}
	if diff := cmp.Diff(c, again, cmp.AllowUnexported(rekey.Secret{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestWrongSettingsFilesAreRefusedByKeyAndLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"listen: 127.0.0.1:1\nlisten: 127.0.0.1:2": "listen: (line 2) This key appears twice.",
		"smtp:\n  pasword_file: x":                 "smtp.pasword_file: (line 2) Unknown setting",
		"public-url: https://x":                    "Unknown setting; did you mean public_url?",
		"host: smtp.example.org":                   "did you mean hosts or smtp.host?",
		"smtp: {user: x}":                          "did you mean smtp.username?",
		"smtp: {pass: x}":                          "did you mean smtp.password_file?",
		"lang: de":                                 "did you mean language?",
		"url: https://x":                           "did you mean public_url or smtp.oauth_token_url?",
		"smtp: {o: x}":                             "; rekey serve --print-config lists them.",
		"smtp: smtp.example.org":                   "smtp: (line 1) Write settings as key: value.",
		"smtp:\n  password: secret":                "smtp.password: (line 2) Not allowed in this file",
		"smtp:\n  port: many":                      `smtp.port: (line 2) "many" is not a whole number.`,
		"stop_timeout: 30":                         `"30" is not a duration such as 30s`,
		"workers: [1, 2]":                          "workers: (line 1) write one value.",
		"a: [":                                     "Not YAML",
		"- a":                                      "the file: (line 1) Write settings as key: value.",
	} {
		_, err := parseSettings([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error quotes a password: %v", err)
		}
	}
}

func TestEmptySettingsFileLeavesTheDefaults(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "smtp:\nlisten:\n"} {
		if file, err := parseSettings([]byte(text)); err != nil || len(file.values) != 0 {
			t.Errorf("%q: %v, %v", text, file.values, err)
		}
	}
}

// withTokens sets what an account with access tokens needs.
func withTokens(s *SMTP) {
	s.Username, s.OAuthTokenURL, s.OAuthClientID, s.OAuthClientSecret = "rekey@example.org", "https://login.example.org/token", "id", rekey.NewSecret("x")
}

func TestWrongSettingsAreNamed(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing")
	for field, spoil := range map[string]func(*Config){
		"listen":               func(c *Config) { c.Listen = "8440" },
		"public_url":           func(c *Config) { c.PublicURL = "rekey.example.org" },
		"database":             func(c *Config) { c.Database = "mysql://localhost/rekey" },
		"keys":                 func(c *Config) { c.Keys = c.Database },
		"roles":                func(c *Config) { c.Roles = []string{"console", "engine"} },
		"roles[1]":             func(c *Config) { c.Roles = []string{"console", "engin"} },
		"system_name":          func(c *Config) { c.SystemName = "a\nb" },
		"time_zone":            func(c *Config) { c.TimeZone = "Local" },
		"policy":               func(c *Config) { c.Policy = "strict" },
		"templates":            func(c *Config) { c.Templates = missing },
		"hosts[0]":             func(c *Config) { c.Hosts = []string{"https://rekey.internal"} },
		"hosts[1]":             func(c *Config) { c.Hosts = []string{"rekey.internal", "other:8440"} },
		"trusted_proxies[1]":   func(c *Config) { c.TrustedProxies = []string{"::1", "proxy"} },
		"log_level":            func(c *Config) { c.LogLevel = "loud" },
		"log_format":           func(c *Config) { c.LogFormat = "xml" },
		"keep_days":            func(c *Config) { c.KeepDays = 6 },
		"keep_event_data_days": func(c *Config) { c.KeepEventDataDays = 6 },
		"stop_timeout":         func(c *Config) { c.StopTimeout = 1 },
		"workers":              func(c *Config) { c.Workers = 65 },
		"smtp.host":            func(c *Config) { c.SMTP.Host = "" },
		"smtp.port":            func(c *Config) { c.SMTP.Port = 65536 },
		"smtp.tls":             func(c *Config) { c.SMTP.TLS = mail.Plain },
		"smtp.ca_file":         func(c *Config) { c.SMTP.CAFile = missing },
		"smtp.username":        func(c *Config) { c.SMTP.Password = rekey.NewSecret("x") },
		"smtp.password_file":   func(c *Config) { c.SMTP.Username = "rekey" },
		"smtp.from":            func(c *Config) { c.SMTP.From = "rekey" },
		"smtp.from_name":       func(c *Config) { c.SMTP.FromName = "a\r\nBcc: b" },
		"smtp.connections":     func(c *Config) { c.SMTP.Connections = 101 },
		"smtp.rate":            func(c *Config) { c.SMTP.Rate = math.NaN() },
		"dkim.selector":        func(c *Config) { c.DKIM.KeyFile = missing },
		"dkim.key_file":        func(c *Config) { c.DKIM.Selector = "s1" },

		"smtp.oauth_token_url":          func(c *Config) { c.SMTP.OAuthClientID = "rekey" },
		"smtp.oauth_client_id":          func(c *Config) { withTokens(&c.SMTP); c.SMTP.OAuthClientID = "" },
		"smtp.oauth_client_secret_file": func(c *Config) { withTokens(&c.SMTP); c.SMTP.OAuthClientSecret = rekey.Secret{} },

		"smtp.extra_ca_file":    func(c *Config) { c.SMTP.ExtraCAFile = missing },
		"smtp.server_name":      func(c *Config) { c.SMTP.ServerName = "two names" },
		"smtp.hello_name":       func(c *Config) { c.SMTP.HelloName = "two names" },
		"smtp.envelope_from":    func(c *Config) { c.SMTP.EnvelopeFrom = "bounces" },
		"smtp.reply_to":         func(c *Config) { c.SMTP.ReplyTo = "help desk" },
		"smtp.connect_timeout":  func(c *Config) { c.SMTP.ConnectTimeout = time.Millisecond },
		"smtp.greeting_timeout": func(c *Config) { c.SMTP.GreetingTimeout = -1 },
		"smtp.command_timeout":  func(c *Config) { c.SMTP.CommandTimeout = 2 * time.Hour },
		"smtp.data_timeout":     func(c *Config) { c.SMTP.DataTimeout = 1 },
		"smtp.block_timeout":    func(c *Config) { c.SMTP.BlockTimeout = 1 },
		"smtp.answer_timeout":   func(c *Config) { c.SMTP.AnswerTimeout = 24 * time.Hour },
	} {
		c := valid()
		spoil(&c)
		err := c.Validate()
		var wrong *rekey.Error
		if !errors.As(err, &wrong) || wrong.Fields[0].Field != field || len(wrong.Fields) > 1 && wrong.Fields[1].Field == field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestNodesOnPostgreSQLMayShareTheWork(t *testing.T) {
	t.Parallel()
	c := valid()
	c.Database, c.Keys, c.Roles = "postgres://rekey:hunter2@db/rekey?sslmode=require", "all.keys", []string{"engine"}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*Config){
		"database: ": func(c *Config) { c.Database = "postgres://db" },
		"keys: ":     func(c *Config) { c.Keys = "" },
		"roles[0]: ": func(c *Config) { c.Roles = []string{"sleep"} },
	} {
		wrong := c
		spoil(&wrong)
		if err := wrong.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

func TestThePasswordOfTheDatabaseIsNotShown(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"postgres://rekey:hunter2@db/rekey", "postgres://db/rekey?user=rekey&password=hunter2", "postgres://rekey:hunter2@db:x/rekey",
		"postgress://rekey:hunter2@db/rekey", "POSTGRES://rekey:hunter2@db/rekey", "host=db password=hunter2 dbname=rekey", "postgres://db/rekey?sslpassword=hunter2"} {
		c := valid()
		c.Database, c.Keys = address, ""
		c.Complete()
		var printed strings.Builder
		if err := c.Print(&printed); err != nil {
			t.Fatal(err)
		}
		said := printed.String() + c.DatabaseName()
		if err := c.Validate(); err != nil {
			said += err.Error()
		}
		if strings.Contains(said, "hunter2") {
			t.Errorf("%s is shown:\n%s", address, said)
		}
	}
}

func TestDatabaseMayCarryItsScheme(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sqlite:a/b.db", "sqlite://a/b.db", "a/b.db"} {
		c := Config{Database: name}
		c.Complete()
		c.Complete()
		if c.Database != "a/b.db" || c.Keys != "a/b.db.keys" {
			t.Errorf("%s: database %s, keys %s", name, c.Database, c.Keys)
		}
	}
}

func TestPasswordOfTheMailAccountComesFromVariableOrFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(" from file \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Config{SMTP: SMTP{PasswordFile: path}}
	if err := c.ReadSecrets(func(string) string { return "" }); err != nil || c.SMTP.Password.Reveal() != " from file " {
		t.Errorf("from the file: %q, %v", c.SMTP.Password.Reveal(), err)
	}
	if err := c.ReadSecrets(func(string) string { return "from variable" }); err != nil || c.SMTP.Password.Reveal() != "from variable" {
		t.Errorf("from the variable: %q, %v", c.SMTP.Password.Reveal(), err)
	}
	c = Config{SMTP: SMTP{PasswordFile: path + ".missing"}}
	if err := c.ReadSecrets(func(string) string { return "" }); err == nil {
		t.Error("a missing file is not told")
	}
}

func TestSenderMayCarryItsName(t *testing.T) {
	t.Parallel()
	c := Config{SMTP: SMTP{From: "Accounts <rekey@example.org>"}}
	c.Complete()
	if c.SMTP.From != "rekey@example.org" || c.SMTP.FromName != "Accounts" {
		t.Errorf("%q %q", c.SMTP.From, c.SMTP.FromName)
	}
}
