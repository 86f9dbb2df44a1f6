package mailtest

import "strings"

// Script says how the server behaves. The zero value accepts everything,
// without TLS.
type Script struct {
	// Greeting replaces "220 mailtest ESMTP". A greeting that is not 220 ends
	// the connection.
	Greeting string
	// Extensions replaces what EHLO offers: PIPELINING, 8BITMIME, DSN.
	// STARTTLS and AUTH are added as the fields below say.
	Extensions []string
	// StartTLS offers STARTTLS; ImplicitTLS begins with TLS. See Server.CAFile.
	StartTLS, ImplicitTLS bool
	// Username and Password are the account for AUTH; "" offers no AUTH.
	Username, Password string
	// Token is the token of Username for XOAUTH2 and OAUTHBEARER. Another token is
	// refused as in RFC 7628 §3.2.2.
	Token string
	// Mechanisms are offered for AUTH; default PLAIN and LOGIN. An empty list
	// leaves the line out of what EHLO offers.
	Mechanisms []string
	// CloseAfter is how many messages a connection carries; the MAIL after
	// that is answered 421 and the connection is closed. 0 means any number.
	CloseAfter int
	// MaxConnections is how many connections may be open; further ones are
	// answered 421. 0 means any number.
	MaxConnections int
	// Rules are tried in order. The first that fits a command decides.
	Rules []Rule
}

// Rule is something other than the usual answer to a command.
type Rule struct {
	// On is the beginning of the command, without regard to case: "CONNECT",
	// "EHLO", "RCPT TO:<bob@", "DATA", "BODY" while the message arrives, or
	// "DOT" when it has arrived.
	On string
	// Times is how often the rule applies; 0 means always.
	Times int
	// Wait delays the answer until the channel is closed.
	Wait <-chan struct{}
	// Reply is sent instead of the usual one, CRLF excepted; lines of a long
	// one are joined by "\r\n". {message} stands for the message on one line.
	// A message is recorded only if the reply to its DOT begins with 2.
	Reply string
	// Raw is sent as it is, before Reply.
	Raw string
	// Record records the message whatever the reply says, like a server that loses
	// the connection after it has accepted.
	Record bool
	// Drop closes the connection: before the reply, or after it.
	Drop Drop
	// AfterBytes is, for BODY, how many bytes of the message arrive before the
	// rule applies.
	AfterBytes int
}

// Drop says when a connection is broken.
type Drop int

// The drops.
const (
	NoDrop     Drop = iota
	DropBefore      // instead of a reply
	DropAfter       // after the reply
)

func (r *Rule) fits(command string) bool {
	return len(command) >= len(r.On) && strings.EqualFold(command[:len(r.On)], r.On)
}
