package mail

import (
	"net"
	netmail "net/mail"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"rekey"
)

// Security says how the connection to the mail server is protected.
type Security string

// The kinds of security.
const (
	StartTLS    Security = "starttls" // STARTTLS is required (RFC 3207)
	ImplicitTLS Security = "tls"      // TLS from the first byte (RFC 8314)
	Plain       Security = "plain"    // none: loopback only, or with AllowPlain
)

// The presets of the password policy, as far as the mail explains them.
const (
	PolicyModern  = "modern"
	PolicyClassic = "classic"
)

// Config holds the settings of the mail. Its zero value lacks Addr, From and
// BaseURL, which have no defaults.
type Config struct {
	// Addr is the mail server's host:port. Port 465 goes with ImplicitTLS.
	Addr string
	// Security defaults to StartTLS.
	Security Security
	// AllowPlain allows Plain to a server that is not on loopback.
	AllowPlain bool
	// CAFile names a PEM file with the certificates that may have signed the
	// server's; "" means those of the operating system.
	CAFile string
	// Username and Password log in to the mail server (AUTH PLAIN or LOGIN),
	// over TLS or loopback only; "" means no AUTH.
	Username string
	Password rekey.Secret
	// HelloName is what EHLO says; by default the machine's name if it has a
	// dot, else an address literal.
	HelloName string

	// From is the sender, such as "Rekey <rekey@example.org>".
	From string
	// EnvelopeFrom is where bounces go; by default the address of From.
	EnvelopeFrom string
	// System is what readers know the system by; default "Rekey".
	System string
	// BaseURL is the address of the console, such as https://rekey.example.org.
	// The mail links to it and to nothing else.
	BaseURL string
	// LoginPath is the path of the log-in page under BaseURL; default "/login".
	LoginPath string
	// Contact is whom readers turn to, in plain text; "" is "your administrator".
	Contact string
	// Language is the system's, for readers who have none; default "en".
	Language string
	// TimeZone is the system's (IANA), for readers who have none; default "UTC".
	TimeZone string
	// Policy is the preset that the advice on choosing a password follows;
	// default PolicyModern.
	Policy string
	// Templates names a folder whose files take the place of those built in;
	// "" means none.
	Templates string

	// DKIM signs the messages where KeyFile is set.
	DKIM DKIM

	// Connections is the ceiling of open connections; default 8, at most 100.
	Connections int
	// Rate is the most messages per second; 0 means no limit.
	Rate float64
	// Idle is how long an unused connection is kept; default 30 s.
	Idle time.Duration
	// DialTimeout bounds connecting; default 10 s.
	DialTimeout time.Duration
	// CommandTimeout bounds each command with its reply, TLS and AUTH included;
	// default 30 s.
	CommandTimeout time.Duration
	// DataTimeout bounds the body with the reply to its final dot; default 60 s.
	DataTimeout time.Duration
	// AnswerGrace is how much longer the reply to a final dot is waited for
	// when the context of Send ends; default 3 s.
	AnswerGrace time.Duration
}

// DKIM says how messages are signed (RFC 6376).
type DKIM struct {
	Domain   string // of the signature; by default that of From
	Selector string // of the DNS record
	KeyFile  string // PEM with an RSA or Ed25519 private key; "" means unsigned
}

const (
	defaultConnections = 8
	maxConnections     = 100
)

// settings is a Config with everything worked out.
type settings struct {
	Config
	host     string
	loopback bool
	from     netmail.Address // as it is in the header
	envelope string
	domain   string // of the sender, in ASCII
	base     *url.URL
	loginURL string
	apiURL   string
}

// complete checks c and fills in the defaults. The fields in its error are
// those of Config in snake case, under "mail.".
func (c Config) complete() (*settings, error) {
	var p rekey.Problems
	s := &settings{Config: c}
	s.defaults()
	host, port, err := net.SplitHostPort(s.Addr)
	if n, _ := strconv.Atoi(port); err != nil || host == "" || n < 1 || n > 65535 {
		p.Add("mail.addr", "Give the mail server as host:port, such as smtp.example.org:587.")
	}
	s.host, s.loopback = host, isLoopback(host)
	s.checkSecurity(&p)
	s.checkSender(&p)
	s.checkWords(&p)
	if s.Connections < 1 || s.Connections > maxConnections {
		p.Add("mail.connections", "Whole number from 1 to 100.")
	}
	if s.Rate < 0 {
		p.Add("mail.rate", "Messages per second, or 0 for no limit.")
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"idle", s.Idle}, {"dial_timeout", s.DialTimeout}, {"command_timeout", s.CommandTimeout},
		{"data_timeout", s.DataTimeout}, {"answer_grace", s.AnswerGrace},
	} {
		if d.value < 0 {
			p.Add("mail."+d.name, "A duration is not negative.")
		}
	}
	return s, p.Err()
}

func (s *settings) defaults() {
	orDuration := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	orText := func(t *string, standard string) {
		if *t == "" {
			*t = standard
		}
	}
	if s.Security == "" {
		s.Security = StartTLS
	}
	if s.Connections == 0 {
		s.Connections = defaultConnections
	}
	orText(&s.System, "Rekey")
	orText(&s.LoginPath, "/login")
	orText(&s.Language, "en")
	orText(&s.TimeZone, "UTC")
	orText(&s.Policy, PolicyModern)
	orText(&s.HelloName, helloName())
	orDuration(&s.Idle, 30*time.Second)
	orDuration(&s.DialTimeout, 10*time.Second)
	orDuration(&s.CommandTimeout, 30*time.Second)
	orDuration(&s.DataTimeout, 60*time.Second)
	orDuration(&s.AnswerGrace, 3*time.Second)
}

func (s *settings) checkSecurity(p *rekey.Problems) {
	switch s.Security {
	case StartTLS, ImplicitTLS:
	case Plain:
		if !s.loopback && !s.AllowPlain {
			p.Add("mail.security", "Without TLS, passwords cross the network readably. Use starttls or tls, or set allow_plain.")
		}
		if !s.loopback && s.Username != "" {
			p.Add("mail.username", "Logging in to the mail server needs TLS.")
		}
	default:
		p.Add("mail.security", "Choose starttls, tls or plain.")
	}
	if (s.Username == "") != s.Password.IsZero() {
		p.Add("mail.password", "Give both user name and password of the mail account, or neither.")
	}
	if !isToken(s.HelloName) {
		p.Add("mail.hello_name", "Give a host name such as rekey.example.org.")
	}
}

func (s *settings) checkSender(p *rekey.Problems) {
	from, err := netmail.ParseAddress(s.From)
	if err != nil {
		p.Add("mail.from", "Give the sender, such as Rekey <rekey@example.org>.")
		return
	}
	address, err := rekey.ParseAddress(from.Address)
	if err != nil {
		p.Add("mail.from", "Give the sender, such as Rekey <rekey@example.org>.")
		return
	}
	s.domain = address.Domain
	s.from = netmail.Address{Name: printable(from.Name), Address: asciiAddress(address)}
	s.envelope = s.from.Address
	if s.EnvelopeFrom != "" {
		bounce, err := rekey.ParseAddress(s.EnvelopeFrom)
		if err != nil {
			p.Add("mail.envelope_from", "Give an email address, such as bounces@example.org.")
			return
		}
		s.envelope = asciiAddress(bounce)
	}
	if s.DKIM.KeyFile != "" && !isToken(s.DKIM.Selector) {
		p.Add("mail.dkim.selector", "Give the selector of the DNS record.")
	}
	if s.DKIM.Domain == "" {
		s.DKIM.Domain = s.domain
	}
	if !isToken(s.DKIM.Domain) {
		p.Add("mail.dkim.domain", "Give a domain such as example.org.")
	}
}

func (s *settings) checkWords(p *rekey.Problems) {
	base, err := url.Parse(s.BaseURL)
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" ||
		base.Scheme != "https" && base.Scheme != "http" {
		p.Add("mail.base_url", "Give the address of the console, such as https://rekey.example.org.")
	} else {
		s.base = base
		s.loginURL = base.JoinPath(s.LoginPath).String()
		s.apiURL = base.JoinPath("/api/v1/account/password").String()
	}
	const tooMuch = "At most 200 bytes of text, no line breaks."
	if printable(s.System) != s.System || len(s.System) > 200 {
		p.Add("mail.system", tooMuch)
	}
	if printable(s.Contact) != s.Contact || len(s.Contact) > 200 {
		p.Add("mail.contact", tooMuch)
	}
	if _, err := rekey.LoadZone(s.TimeZone); err != nil {
		p.Add("mail.time_zone", "Give a time zone such as Europe/Berlin.")
	}
	if s.Policy != PolicyModern && s.Policy != PolicyClassic {
		p.Add("mail.policy", "Choose modern or classic.")
	}
}

// asciiAddress is the address as it can be sent without SMTPUTF8.
func asciiAddress(a rekey.Address) string {
	if isASCII(a.Entered) {
		return a.Entered
	}
	return a.Entered[:strings.LastIndexByte(a.Entered, '@')+1] + a.Domain
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// helloName follows RFC 5321 §4.1.4: a name that can be looked up, else an
// address literal.
func helloName() string {
	if name, err := os.Hostname(); err == nil && strings.Contains(name, ".") && isToken(name) {
		return name
	}
	return "[127.0.0.1]"
}

// isToken reports printable ASCII without spaces: what may stand in a command
// or a signature.
func isToken(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == ';' || s[i] == '<' || s[i] == '>' {
			return false
		}
	}
	return s != ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
