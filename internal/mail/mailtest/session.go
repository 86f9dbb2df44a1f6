package mailtest

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"

	"rekey/internal/rig/peer"
)

// session is one connection.
type session struct {
	*peer.Session

	server  *Server
	secure  bool
	carried int // messages
}

// reply returns the reply of the script to a step, or else the usual one.
func (c *session) reply(step, line, usual string) (string, bool) {
	_ = c.Flush() // a rule may wait, and the replies before it must not
	script := c.server.current()
	switch step {
	case "CONNECT":
		if script.Greeting != "" {
			usual = script.Greeting
		}
		reply, more := c.follow(line, usual)
		return reply, more && strings.HasPrefix(usual, "220")
	case "BODY":
		return c.cutOff()
	case "DOT":
		c.server.heard(".")
		return c.follow(line, usual)
	}
	c.server.heard(line)
	switch step {
	case "EHLO":
		usual = c.offers(script)
	case "STARTTLS":
		reply, more := c.follow(line, "220 go on")
		if !more || !strings.HasPrefix(reply, "220") {
			return reply, more
		}
		c.Write(reply)
		return "", c.Flush() == nil && c.startTLS()
	case "AUTH":
		usual = c.authenticate(script, line)
	case "MAIL":
		if script.CloseAfter > 0 && c.carried >= script.CloseAfter {
			return "421 4.4.2 that was enough", false
		}
	}
	return c.follow(line, usual)
}

func (c *session) offers(script Script) string {
	offers := script.Extensions
	if offers == nil {
		offers = []string{"PIPELINING", "8BITMIME", "DSN"}
	}
	lines := append([]string{"mailtest"}, offers...)
	if script.StartTLS && !c.secure {
		lines = append(lines, "STARTTLS")
	}
	if script.Username != "" {
		mechanisms := script.Mechanisms
		if mechanisms == nil {
			mechanisms = []string{"PLAIN", "LOGIN"}
		}
		if len(mechanisms) > 0 {
			lines = append(lines, "AUTH "+strings.Join(mechanisms, " "))
		}
	}
	for i := range lines[:len(lines)-1] {
		lines[i] = "250-" + lines[i]
	}
	lines[len(lines)-1] = "250 " + lines[len(lines)-1]
	return strings.Join(lines, "\r\n")
}

// cutOff ends the connection in the middle of a message, if the script says so.
func (c *session) cutOff() (string, bool) {
	rule, scripted := c.server.rule("BODY")
	if !scripted {
		return "", true
	}
	if err := c.Discard(rule.AfterBytes); err != nil {
		return "", false
	}
	reply, _ := c.apply(rule, "")
	return reply, false
}

// authenticate returns the reply to AUTH.
func (c *session) authenticate(script Script, line string) string {
	_, argument, _ := strings.Cut(line, " ")
	mechanism, initial, _ := strings.Cut(argument, " ")
	good := false
	switch strings.ToUpper(mechanism) {
	case "PLAIN":
		decoded, _ := base64.StdEncoding.DecodeString(initial)
		good = string(decoded) == "\x00"+script.Username+"\x00"+script.Password
	case "LOGIN":
		username := c.ask("Username:")
		good = username == script.Username && c.ask("Password:") == script.Password
	case "XOAUTH2", "OAUTHBEARER":
		if initial == "" {
			initial = base64.StdEncoding.EncodeToString([]byte(c.ask("")))
		}
		decoded, _ := base64.StdEncoding.DecodeString(initial)
		good = slices.Contains(c.bearing(script), string(decoded))
		if !good {
			c.server.heard("answer " + strconv.Quote(c.ask(`{"status":"401","schemes":"bearer","scope":"https://mail.example.org/"}`)))
		}
	}
	if !good {
		return "535 5.7.8 wrong"
	}
	return "235 2.7.0 welcome"
}

// bearing returns the texts that carry the token, for both mechanisms.
func (c *session) bearing(script Script) []string {
	host, port, _ := net.SplitHostPort(c.server.Addr())
	token := "auth=Bearer " + script.Token + "\x01\x01"
	return []string{
		"user=" + script.Username + "\x01" + token,
		"n,a=" + script.Username + ",\x01host=" + host + "\x01port=" + port + "\x01" + token,
	}
}

func (c *session) ask(prompt string) string {
	c.Write("334 " + base64.StdEncoding.EncodeToString([]byte(prompt)))
	line, err := c.ReadLine()
	if err != nil {
		return ""
	}
	decoded, _ := base64.StdEncoding.DecodeString(line)
	return string(decoded)
}

func (c *session) startTLS() bool {
	secure := tls.Server(c.Conn, c.server.tls)
	if err := secure.HandshakeContext(c.server.t.Context()); err != nil {
		return false
	}
	c.Switch(secure)
	c.secure = true
	return true
}

// follow returns the reply of the rule for a command, or else the usual one.
func (c *session) follow(command, usual string) (string, bool) {
	rule, _ := c.server.rule(command) // the zero rule changes nothing
	reply, more := c.apply(rule, usual)
	taken := strings.HasPrefix(reply, "2") && rule.Drop != DropBefore
	if command == "DOT" && len(c.To) > 0 && (taken || rule.Record) {
		c.carried++
		m := Message{From: c.From, To: slices.Clone(c.To), Data: bytes.Clone(c.Message)}
		c.server.note(func() { c.server.messages = append(c.server.messages, m) })
	}
	return reply, more
}

// apply carries out a rule and returns its reply.
func (c *session) apply(rule Rule, usual string) (string, bool) {
	if rule.Wait != nil {
		select {
		case <-rule.Wait:
		case <-c.server.done:
			return "", false
		}
	}
	reply := usual
	if rule.Reply != "" {
		flat := strings.Join(strings.Fields(string(c.Message)), " ")
		reply = strings.ReplaceAll(rule.Reply, "{message}", flat)
	}
	if rule.Raw != "" {
		if _, err := io.WriteString(c.Conn, rule.Raw); err != nil {
			return "", false
		}
	}
	if rule.Drop == DropBefore {
		return "", false
	}
	return reply, rule.Drop == NoDrop
}
