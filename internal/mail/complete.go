package mail

import (
	"cmp"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"rekey"
	"rekey/internal/remedy"
)

// The presets of the password policy, for the advice in mails.
const (
	PolicyModern  = "modern"
	PolicyClassic = "classic"
)

// Config holds what New needs. SMTP.Complete and DKIM.Complete set their defaults.
type Config struct {
	SMTP

	// DKIM signs the messages where KeyFile is set.
	DKIM DKIM
	// System is the name of the system for readers.
	System string
	// BaseURL is the address of the console, such as https://rekey.example.org.
	// Mails link only to it.
	BaseURL string
	// Contact says whom readers can ask, as plain text; "" means "your
	// administrator".
	Contact string
	// Language is the default for readers without one.
	Language string
	// TimeZone (IANA) is the default for readers without one.
	TimeZone string
	// Policy is the preset that the advice on choosing a password follows,
	// PolicyModern or PolicyClassic.
	Policy string
	// Templates names a folder whose files replace built-in templates; "" means
	// none.
	Templates string

	// Idle is how long an unused connection is kept; default 30 s.
	Idle time.Duration
	// AnswerGrace is how long Send still waits for the reply to the final dot
	// after its context has ended; default 3 s.
	AnswerGrace time.Duration
}

// settings is a checked Config with what follows from it.
type settings struct {
	Config
	addr     string          // host:port of the mail server
	from     netmail.Address // as it is in the header
	replyTo  netmail.Address // the zero value: none
	envelope string
	domain   string // of the sender, in ASCII
	base     *url.URL
	loginURL string
	apiURL   string
}

// Validate checks the settings, without connecting to anything.
//
// Errors: a *rekey.Error that names keys of the settings file, such as smtp.host.
func (c Config) Validate() error {
	_, err := c.complete()
	return err
}

// complete checks c and fills in the defaults.
func (c Config) complete() (*settings, error) {
	s := &settings{Config: c}
	s.Idle = cmp.Or(s.Idle, 30*time.Second)
	s.AnswerGrace = cmp.Or(s.AnswerGrace, 3*time.Second)
	s.Complete(s.System) // the SMTP in it
	s.DKIM.Complete(s.From)
	var p rekey.Problems
	s.checkBase(&p)
	s.checkServer(&p)
	s.checkAccount(&p)
	s.checkTokens(&p)
	s.checkSender(&p)
	s.checkSignature(&p)
	s.checkWords(&p)
	s.HelloName = cmp.Or(s.HelloName, s.helloName())
	if !isToken(s.HelloName) {
		p.Add("smtp.hello_name", "Give a host name such as rekey.example.org.")
	}
	s.checkLimits(&p)
	p.Merge("", remedy.Readable("smtp.ca_file", s.CAFile))
	p.Merge("", remedy.Readable("smtp.extra_ca_file", s.ExtraCAFile))
	p.Merge("", remedy.Readable("dkim.key_file", s.DKIM.KeyFile))
	return s, p.Err()
}

// asciiAddress returns the address in the form for servers without SMTPUTF8.
func asciiAddress(a rekey.Address) string {
	if isASCII(a.Entered) {
		return a.Entered
	}
	return a.Entered[:strings.LastIndexByte(a.Entered, '@')+1] + a.Domain
}

// IsLoopback reports whether a host, without a port, is this machine.
func IsLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.Unmap().IsLoopback()
}

// helloName returns a name that can be looked up, or else an address literal (RFC
// 5321 §4.1.4). A machine in a container has no such name, so the host of BaseURL
// comes first, and the sender's domain last.
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

// isToken reports whether s is printable ASCII without spaces, semicolons and angle
// brackets, and not empty: such a text is safe in a command and a signature.
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
