package mail

import (
	"cmp"
	"fmt"
	"math"
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
	// server's; "" means those of the operating system. ExtraCAFile names one
	// with more of them, beside those of the operating system.
	CAFile, ExtraCAFile string
	// ServerName is the name that the server's certificate must have; by default
	// the host of Addr.
	ServerName string
	// Username and Password log in to the mail server (AUTH PLAIN or LOGIN),
	// over TLS or loopback only; "" means no AUTH. OAuth says that there is no
	// password: New is given WithTokens.
	Username string
	Password rekey.Secret
	OAuth    bool
	// HelloName is what EHLO says; by default the first of these that is a name
	// with a dot: the host of BaseURL, the machine's name, the domain of From.
	// Without any it is an address literal.
	HelloName string

	// From is the sender, such as "Rekey <rekey@example.org>".
	From string
	// EnvelopeFrom is where bounces go; by default the address of From.
	EnvelopeFrom string
	// ReplyTo is where answers go; by default the mails do not say.
	ReplyTo string
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

	// The longest waits for the mail server, at most an hour each. The defaults
	// are the limits of RFC 5321 §4.5.3.2, below which a client must not give
	// up: filters behind the final dot take minutes.

	ConnectTimeout  time.Duration // TCP; default 30 s, of which the RFC says nothing
	GreetingTimeout time.Duration // default 5 min
	CommandTimeout  time.Duration // EHLO, STARTTLS with its handshake, AUTH, MAIL, RCPT, each; default 5 min
	DataTimeout     time.Duration // DATA; default 2 min
	BlockTimeout    time.Duration // each block of the message, 32 KiB; default 3 min
	AnswerTimeout   time.Duration // the reply to the final dot; default 10 min
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
	maxTimeout         = time.Hour
)

// settings is a Config with everything worked out.
type settings struct {
	Config
	host     string
	port     string
	loopback bool
	from     netmail.Address // as it is in the header
	replyTo  netmail.Address // the zero value: none
	envelope string
	domain   string // of the sender, in ASCII
	base     *url.URL
	loginURL string
	apiURL   string
}

// complete checks c and fills in the defaults. The fields in its error are
// named as whoever runs the server writes them: by their keys in the settings
// file, such as smtp.hello_name.
func (c Config) complete() (*settings, error) {
	var p rekey.Problems
	s := &settings{Config: c}
	s.defaults()
	var err error
	if s.host, s.port, err = net.SplitHostPort(s.Addr); err != nil || s.host == "" || strings.ContainsAny(s.host, " /\t\r\n") {
		p.Add("smtp.host", "Name the mail server that takes the messages, such as smtp.example.org.")
	} else if n, err := strconv.Atoi(s.port); err != nil || n < 1 || n > 65535 {
		p.Add("smtp.port", "Whole number from 1 to 65535.")
	}
	s.loopback = isLoopback(s.host)
	s.checkSecurity(&p)
	s.checkSender(&p)
	s.checkWords(&p)
	s.HelloName = cmp.Or(s.HelloName, s.helloName())
	if !isToken(s.HelloName) {
		p.Add("smtp.hello_name", "Give a host name such as rekey.example.org.")
	}
	if s.Connections < 1 || s.Connections > maxConnections {
		p.Add("smtp.connections", "Whole number from 1 to 100.")
	}
	if s.Rate < 0 || math.IsNaN(s.Rate) || math.IsInf(s.Rate, 0) {
		p.Add("smtp.rate", "Messages per second, or 0 for no limit.")
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"connect_timeout", s.ConnectTimeout}, {"greeting_timeout", s.GreetingTimeout}, {"command_timeout", s.CommandTimeout},
		{"data_timeout", s.DataTimeout}, {"block_timeout", s.BlockTimeout}, {"answer_timeout", s.AnswerTimeout},
		{"idle", s.Idle}, {"answer_grace", s.AnswerGrace},
	} {
		if d.value < 0 || d.value > maxTimeout {
			p.Add("smtp."+d.name, "Give a duration of at most an hour, such as 5m.")
		}
	}
	return s, p.Err()
}

// Validate checks the settings without reading files or connecting to anything.
//
// Errors: a *rekey.Error that names what is wrong by its key in the settings
// file, such as smtp.host.
func (c Config) Validate() error {
	_, err := c.complete()
	return err
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
	orDuration(&s.Idle, 30*time.Second)
	orDuration(&s.ConnectTimeout, 30*time.Second)
	orDuration(&s.GreetingTimeout, 5*time.Minute)
	orDuration(&s.CommandTimeout, 5*time.Minute)
	orDuration(&s.DataTimeout, 2*time.Minute)
	orDuration(&s.BlockTimeout, 3*time.Minute)
	orDuration(&s.AnswerTimeout, 10*time.Minute)
	orDuration(&s.AnswerGrace, 3*time.Second)
}

func (s *settings) checkSecurity(p *rekey.Problems) {
	switch s.Security {
	case StartTLS, ImplicitTLS:
	case Plain:
		if !s.loopback && !s.AllowPlain {
			p.Add("smtp.tls", "Without TLS, passwords cross the network readably; choose starttls or tls, or set smtp.allow_plain.")
		}
		if !s.loopback && s.Username != "" {
			p.Add("smtp.username", "Logging in to the mail server needs TLS; choose starttls or tls, or leave the user name out.")
		}
	default:
		p.Add("smtp.tls", fmt.Sprintf("%q is not known; choose starttls, tls or plain.", s.Security))
	}
	switch {
	case s.OAuth && s.Username == "":
		p.Add("smtp.username", "Name the mail account that the access tokens are for.")
	case s.OAuth && !s.Password.IsZero():
		p.Add("smtp.password_file", "Leave the password out: smtp.oauth_token_url says that access tokens take its place.")
	case s.OAuth:
	case s.Username != "" && s.Password.IsZero():
		p.Add("smtp.password_file", "Name the file with the password of the mail account, or set REKEY_SMTP_PASSWORD.")
	case s.Username == "" && !s.Password.IsZero():
		p.Add("smtp.username", "A password without a mail account; name the account.")
	}
	if s.CAFile != "" && s.ExtraCAFile != "" {
		p.Add("smtp.extra_ca_file", "Leave one of smtp.ca_file and smtp.extra_ca_file out: the first takes the place of the system's certificates, the second is used beside them.")
	}
	if s.ServerName != "" && !isToken(s.ServerName) {
		p.Add("smtp.server_name", "Give the name in the server's certificate, such as smtp.example.org.")
	}
}

func (s *settings) checkSender(p *rekey.Problems) {
	sender, err := netmail.ParseAddress(s.From)
	if err != nil {
		sender = &netmail.Address{}
	}
	address, err := rekey.ParseAddress(sender.Address)
	if err != nil {
		p.Add("smtp.from", "Give the sender's address, such as rekey@example.org.")
		return
	}
	s.domain = address.Domain
	s.from = netmail.Address{Name: printable(sender.Name), Address: asciiAddress(address)}
	s.envelope = s.from.Address
	if s.EnvelopeFrom != "" {
		bounce, err := rekey.ParseAddress(s.EnvelopeFrom)
		if err != nil {
			p.Add("smtp.envelope_from", "Give an email address, such as bounces@example.org.")
		}
		s.envelope = asciiAddress(bounce)
	}
	if s.ReplyTo != "" {
		reply, err := netmail.ParseAddress(s.ReplyTo)
		if err != nil {
			reply = &netmail.Address{}
		}
		address, err := rekey.ParseAddress(reply.Address)
		if err != nil {
			p.Add("smtp.reply_to", "Give an email address, such as helpdesk@example.org.")
		}
		s.replyTo = netmail.Address{Name: printable(reply.Name), Address: asciiAddress(address)}
	}
	if s.DKIM.KeyFile != "" && !isToken(s.DKIM.Selector) {
		p.Add("dkim.selector", "Give the selector of the DNS record.")
	}
	if s.DKIM.Domain == "" {
		s.DKIM.Domain = s.domain
	}
	if !isToken(s.DKIM.Domain) {
		p.Add("dkim.domain", "Give a domain such as example.org.")
	}
}

func (s *settings) checkWords(p *rekey.Problems) {
	base, err := url.Parse(s.BaseURL)
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" ||
		base.Scheme != "https" && base.Scheme != "http" {
		p.Add("public_url", "Give the address of the console, such as https://rekey.example.org.")
	} else {
		s.base = base
		s.loginURL = base.JoinPath(s.LoginPath).String()
		s.apiURL = base.JoinPath("/api/v1/account/password").String()
	}
	const tooMuch = "At most 200 bytes of text, no line breaks."
	if printable(s.System) != s.System || len(s.System) > 200 {
		p.Add("system_name", tooMuch)
	}
	if printable(s.Contact) != s.Contact || len(s.Contact) > 200 {
		p.Add("contact", tooMuch)
	}
	if _, err := rekey.LoadZone(s.TimeZone); err != nil {
		p.Add("time_zone", "Give a time zone such as Europe/Berlin.")
	}
	if s.Policy != PolicyModern && s.Policy != PolicyClassic {
		p.Add("policy", "Choose modern or classic.")
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
// address literal. A machine in a container has no such name, so the names that
// the settings give come into it.
func (s *settings) helloName() string {
	machine, _ := os.Hostname()
	public := ""
	if s.base != nil {
		public = s.base.Hostname()
	}
	for _, name := range []string{public, machine, s.domain} {
		if strings.Contains(name, ".") && isToken(name) && net.ParseIP(name) == nil && !strings.Contains(name, ":") {
			return name
		}
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
