package mailtest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
)

// session is one connection.
type session struct {
	server  *Server
	raw     net.Conn
	net     net.Conn
	in      *bufio.Reader
	secure  bool
	from    string
	mailing bool
	to      []string
	carried int // messages
}

func (c *session) run() {
	script := c.server.current()
	if script.ImplicitTLS && !c.startTLS() {
		return
	}
	greeting := script.Greeting
	if greeting == "" {
		greeting = "220 mailtest ESMTP"
	}
	if !c.answer("CONNECT", greeting, nil) || !strings.HasPrefix(greeting, "220") {
		return
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		c.server.heard(line)
		if !c.command(line) {
			return
		}
	}
}

// command answers one command; it returns false when the connection is over.
func (c *session) command(line string) bool {
	verb, argument, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		return c.answer(line, c.offers(), nil)
	case "STARTTLS":
		return c.answer(line, "220 go on", nil) && c.startTLS()
	case "AUTH":
		return c.authenticate(line, argument)
	case "MAIL":
		return c.mail(line)
	case "RCPT":
		if !c.mailing {
			return c.answer(line, "503 5.5.1 MAIL first", nil)
		}
		return c.answerThen(line, "250 2.1.5 ok", nil, func() { c.to = append(c.to, path(line)) })
	case "DATA":
		return c.data(line)
	case "RSET":
		c.forget()
		return c.answer(line, "250 2.0.0 ok", nil)
	case "QUIT":
		c.answer(line, "221 2.0.0 bye", nil)
		return false
	case "HELO", "NOOP":
		return c.answer(line, "250 2.0.0 ok", nil)
	default:
		return c.answer(line, "500 5.5.2 what?", nil)
	}
}

func (c *session) offers() string {
	script := c.server.current()
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
	for i := range lines {
		separator := "-"
		if i == len(lines)-1 {
			separator = " "
		}
		lines[i] = "250" + separator + lines[i]
	}
	return strings.Join(lines, "\r\n")
}

func (c *session) mail(line string) bool {
	if c.mailing { // RFC 5321 §4.1.4
		return c.answer(line, "503 5.5.1 nested MAIL", nil)
	}
	if limit := c.server.current().CloseAfter; limit > 0 && c.carried >= limit {
		c.send("421 4.4.2 that was enough")
		return false
	}
	return c.answerThen(line, "250 2.1.0 ok", nil, func() { c.from, c.mailing = path(line), true })
}

func (c *session) forget() { c.from, c.mailing, c.to = "", false, nil }

func (c *session) data(line string) bool {
	usual, ready := "354 go on", false
	if len(c.to) == 0 {
		usual = "554 5.5.1 no valid recipients"
	}
	if !c.answerThen(line, usual, nil, func() { ready = true }) {
		return false
	}
	if !ready {
		return true
	}
	message, ok := c.body()
	if !ok {
		return false
	}
	c.server.heard(".")
	m := Message{From: c.from, To: c.to, Data: message}
	c.forget()
	if len(m.To) == 0 {
		return c.answer("DOT", "554 5.5.1 no valid recipients", message)
	}
	return c.answerThen("DOT", "250 2.0.0 queued", message, func() {
		c.carried++
		c.server.record(m)
	})
}

// body reads a message up to its dot, or to where the script has something to
// say, which ends the connection.
func (c *session) body() ([]byte, bool) {
	if rule, scripted := c.server.rule("BODY"); scripted {
		if _, err := io.CopyN(io.Discard, c.in, int64(rule.AfterBytes)); err == nil {
			c.apply(rule, "", nil, func() {})
		}
		return nil, false
	}
	var message []byte
	for {
		line, err := c.in.ReadBytes('\n')
		if err != nil {
			return nil, false
		}
		if string(line) == ".\r\n" {
			return message, true
		}
		message = append(message, bytes.TrimPrefix(line, []byte("."))...)
	}
}

func (c *session) authenticate(line, argument string) bool {
	mechanism, initial, _ := strings.Cut(argument, " ")
	script := c.server.current()
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
		return c.answer(line, "535 5.7.8 wrong", nil)
	}
	return c.answer(line, "235 2.7.0 welcome", nil)
}

// bearing is what carries a token, in both forms.
func (c *session) bearing(script Script) []string {
	host, port, _ := net.SplitHostPort(c.server.Addr())
	token := "auth=Bearer " + script.Token + "\x01\x01"
	return []string{
		"user=" + script.Username + "\x01" + token,
		"n,a=" + script.Username + ",\x01host=" + host + "\x01port=" + port + "\x01" + token,
	}
}

func (c *session) ask(prompt string) string {
	c.send("334 " + base64.StdEncoding.EncodeToString([]byte(prompt)))
	line, err := c.in.ReadString('\n')
	if err != nil {
		return ""
	}
	decoded, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
	return string(decoded)
}

func (c *session) startTLS() bool {
	secure := tls.Server(c.raw, c.server.tls)
	if err := secure.HandshakeContext(c.server.t.Context()); err != nil {
		return false
	}
	c.net, c.in, c.secure = secure, bufio.NewReader(secure), true
	return true
}

func (c *session) answer(command, usual string, message []byte) bool {
	return c.answerThen(command, usual, message, func() {})
}

// answerThen answers as the script says, else as usual, and calls agreed before
// an answer that says yes.
func (c *session) answerThen(command, usual string, message []byte, agreed func()) bool {
	rule, _ := c.server.rule(command) // the zero rule changes nothing
	return c.apply(rule, usual, message, agreed)
}

func (c *session) apply(rule Rule, usual string, message []byte, agreed func()) bool {
	if rule.Wait != nil {
		select {
		case <-rule.Wait:
		case <-c.server.done:
			return false
		}
	}
	reply := usual
	if rule.Reply != "" {
		flat := strings.Join(strings.Fields(string(message)), " ")
		reply = strings.ReplaceAll(rule.Reply, "{message}", flat)
	}
	yes := strings.HasPrefix(reply, "2") || strings.HasPrefix(reply, "3")
	if rule.Record || yes && rule.Drop != DropBefore {
		agreed()
	}
	if rule.Raw != "" {
		if _, err := io.WriteString(c.net, rule.Raw); err != nil {
			return false
		}
	}
	if rule.Drop == DropBefore {
		return false
	}
	return c.send(reply) && rule.Drop == NoDrop && !strings.HasPrefix(reply, "421")
}

func (c *session) send(reply string) bool {
	if reply == "" {
		return true
	}
	_, err := io.WriteString(c.net, reply+"\r\n")
	return err == nil
}

// path is the address between the angle brackets.
func path(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
