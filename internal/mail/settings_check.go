package mail

import (
	"fmt"
	"math"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"rekey"
)

func (s *settings) checkBase(p *rekey.Problems) {
	base, err := url.Parse(s.BaseURL)
	if err != nil || base.Host == "" || base.User != nil || base.Path != "" || base.RawQuery != "" || base.Fragment != "" ||
		base.Scheme != "https" && base.Scheme != "http" {
		p.Add("public_url", "Give scheme and host alone, such as https://rekey.example.org.")
		return
	}
	s.base = base
	s.loginURL = base.JoinPath("/login").String()
	s.apiURL = base.JoinPath("/api/v1/account/password").String()
}

func (s *settings) checkServer(p *rekey.Problems) {
	s.addr = net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
	if host, _, err := net.SplitHostPort(s.addr); err != nil || host == "" || strings.ContainsAny(host, " /\t\r\n") {
		p.Add("smtp.host", "Name the mail server that takes the messages, such as smtp.example.org.")
	} else if s.Port < 1 || s.Port > 65535 {
		p.Add("smtp.port", "Give a whole number from 1 to 65535.")
	}
	switch s.TLS {
	case StartTLS, ImplicitTLS:
	case Plain:
		if !IsLoopback(s.Host) && !s.AllowPlain {
			p.Add("smtp.tls", "Without TLS, passwords cross the network without encryption; choose starttls or tls, or set smtp.allow_plain.")
		}
		if !IsLoopback(s.Host) && s.Username != "" {
			p.Add("smtp.username", "Logging in to the mail server needs TLS; choose starttls or tls, or leave the user name out.")
		}
	default:
		p.Add("smtp.tls", fmt.Sprintf("%q is not known; choose starttls, tls or plain.", s.TLS))
	}
	if s.CAFile != "" && s.ExtraCAFile != "" {
		p.Add("smtp.extra_ca_file", "Set only one of smtp.ca_file and smtp.extra_ca_file: the first replaces the system's certificates, the second adds to them.")
	}
	if s.ServerName != "" && !isToken(s.ServerName) {
		p.Add("smtp.server_name", "Give the name in the server's certificate, such as smtp.example.org.")
	}
}

func (s *settings) checkAccount(p *rekey.Problems) {
	switch tokens := s.OAuthTokenURL != ""; {
	case tokens && s.Username == "":
		p.Add("smtp.username", "Name the mail account that the access tokens are for.")
	case tokens && !s.Password.IsZero():
		p.Add("smtp.password_file", "Leave the password out, because smtp.oauth_token_url is set: access tokens replace the password.")
	case tokens:
	case s.Username != "" && s.Password.IsZero():
		p.Add("smtp.password_file", "Name the file with the password of the mail account, or set REKEY_SMTP_PASSWORD.")
	case s.Username == "" && !s.Password.IsZero():
		p.Add("smtp.username", "There is a password but no mail account. Name the account.")
	}
}

func (s *settings) checkTokens(p *rekey.Problems) {
	if s.OAuthTokenURL == "" {
		if s.OAuthClientID != "" || !s.OAuthClientSecret.IsZero() || !s.OAuthRefreshToken.IsZero() || len(s.OAuthScopes) > 0 {
			p.Add("smtp.oauth_token_url", "Give the address that access tokens come from, or leave all of oauth out.")
		}
		return
	}
	u, err := url.Parse(s.OAuthTokenURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !IsLoopback(u.Hostname())) {
		p.Add("smtp.oauth_token_url", "Give the https:// address that access tokens come from.")
	}
	if s.OAuthClientID == "" {
		p.Add("smtp.oauth_client_id", "Give the id of the application that was registered with the provider.")
	}
	if s.OAuthClientSecret.IsZero() && s.OAuthRefreshToken.IsZero() {
		p.Add("smtp.oauth_client_secret_file", "Name the file with the secret of the application, or set REKEY_SMTP_OAUTH_CLIENT_SECRET; or name one with a refresh token.")
	}
}

func (s *settings) checkSender(p *rekey.Problems) {
	address, err := rekey.ParseAddress(s.From)
	if err != nil {
		p.Add("smtp.from", "Give the sender's address, such as rekey@example.org.")
		return
	}
	s.domain = address.Domain
	s.from = netmail.Address{Name: printable(s.FromName), Address: asciiAddress(address)}
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
}

func (s *settings) checkSignature(p *rekey.Problems) {
	if s.DKIM.KeyFile != "" && !isToken(s.DKIM.Selector) {
		p.Add("dkim.selector", "Give the selector of the DNS record.")
	}
	if s.DKIM.Domain != "" && !isToken(s.DKIM.Domain) {
		p.Add("dkim.domain", "Give a domain such as example.org.")
	}
	if s.DKIM.KeyFile == "" && s.DKIM != (DKIM{}) {
		p.Add("dkim.key_file", "Name the file with the private key, or leave out all settings of dkim.")
	}
}

func (s *settings) checkWords(p *rekey.Problems) {
	const tooMuch = "At most 200 bytes of text, no line breaks."
	if len(s.FromName) > 200 || strings.ContainsFunc(s.FromName, unicode.IsControl) {
		p.Add("smtp.from_name", tooMuch)
	}
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

func (s *settings) checkLimits(p *rekey.Problems) {
	if s.Connections < 1 || s.Connections > 100 {
		p.Add("smtp.connections", "Give a whole number from 1 to 100.")
	}
	if s.Rate < 0 || math.IsNaN(s.Rate) || math.IsInf(s.Rate, 0) {
		p.Add("smtp.rate", "Give a number of messages per second, or 0 for no limit.")
	}
	for _, limit := range []struct {
		field string
		value time.Duration
	}{
		{"connect_timeout", s.ConnectTimeout}, {"greeting_timeout", s.GreetingTimeout}, {"command_timeout", s.CommandTimeout},
		{"data_timeout", s.DataTimeout}, {"block_timeout", s.BlockTimeout}, {"answer_timeout", s.AnswerTimeout},
	} {
		if limit.value < time.Second || limit.value > time.Hour {
			p.Add("smtp."+limit.field, "Give a duration from 1s to 1h, such as 5m.")
		}
	}
}
