package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"
)

// session is one connection with its mood (RFC 5321, RFC 2920).
type session struct {
	sink   *sink
	node   int
	conn   *dropping
	random *rand.Rand
	stale  atomic.Pointer[staleness]

	mood  string
	mute  string // step from which on nothing is answered
	kept  string // reply that is held back
	to    string
	count int // messages
	// most is after how many messages the server has enough of a client, so that
	// there are many connections; 0 means never.
	most int
}

// staleness counts what a node that slept brings although others have.
type staleness struct {
	since  time.Time
	copies atomic.Int32
}

// slowness is how long a slow sink takes for a reply.
const slowness = 5 * time.Second

// dialogue are the steps at which a session can become mute or refuse.
var dialogue = []string{"CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"}

func (p *session) run() {
	for _, mood := range moods {
		if p.mood == "" && p.random.Float64() < p.sink.weather.of(mood) {
			p.mood = mood
			p.sink.report.count("connections: "+mood, 1)
		}
	}
	switch p.mood {
	case closed:
		_ = p.say([]string{"554 5.7.1 go away", "421 4.3.2 not now"}[p.random.IntN(2)])
		return
	case dropped:
		p.sink.sweep.limit(p.conn)
	case silent:
		p.mute = dialogue[p.random.IntN(len(dialogue))]
	}
	in := bufio.NewReaderSize(p.conn, 16<<10)
	if p.answer("CONNECT", "220 sink.test ESMTP") != nil {
		return
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil || !p.step(in, strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

// step takes one command; it returns false when the connection is over.
func (p *session) step(in *bufio.Reader, line string) bool {
	verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
	if refusal := p.refusal(verb); refusal != "" {
		if verb == "DATA" || verb == "RCPT" {
			p.to = ""
		}
		return p.answer(verb, refusal) == nil && !strings.HasPrefix(refusal, "421")
	}
	switch verb {
	case "EHLO", "HELO":
		offer := "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES"
		if p.random.IntN(4) == 0 {
			offer = "250-sink.test\r\n250 8BITMIME"
		}
		return p.answer("EHLO", offer) == nil
	case "RCPT":
		if from, to := strings.IndexByte(line, '<'), strings.IndexByte(line, '>'); from >= 0 && to > from {
			p.to = line[from+1 : to]
		}
		if p.sink.swallows(p.to) {
			_, _ = io.Copy(io.Discard, in)
			return false
		}
		return p.answer(verb, "250 2.1.5 ok") == nil
	case "DATA":
		if p.to == "" {
			return p.answer(verb, "503 5.5.1 whom for?") == nil
		}
		early := p.mood == disorder && p.random.IntN(4) == 0
		go354 := "354 go"
		if early {
			go354 += "\r\n250 2.0.0 taken before it came" // and it keeps its word
		}
		return p.answer(verb, go354) == nil && p.message(in, early)
	case "MAIL", "RSET", "NOOP":
		if p.most > 0 && p.count >= p.most {
			if p.random.IntN(2) == 0 {
				_ = p.answer(verb, "421 4.7.0 enough")
			}
			return false
		}
		p.to = ""
		return p.answer(verb, "250 2.1.0 ok") == nil
	case "QUIT":
		_ = p.answer(verb, "221 2.0.0 bye")
		return false
	default:
		return p.answer(verb, "500 5.5.1 what?") == nil
	}
}

// refusal is what a step is refused with, or "".
func (p *session) refusal(step string) string {
	var chance float64
	switch step {
	case "MAIL":
		chance = 0.1
	case "RCPT", "DATA", "DOT":
		chance = 0.3
	}
	switch {
	case p.mood != "":
		return ""
	case step == "RCPT" && p.random.Float64() < p.sink.weather.of(alike):
		p.sink.report.count("refusals, all in the same words", 1)
		return "550 5.7.1 nothing from you"
	case p.random.Float64() >= chance*p.sink.weather.of(refusing):
		return ""
	}
	p.sink.report.count("refusals", 1)
	switch n := p.random.Uint32(); n % 8 {
	case 0:
		return fmt.Sprintf("421 4.3.2 going down %d", n)
	case 1, 2, 3:
		return fmt.Sprintf("5%d0 5.1.1 no, for the reason %d", n%6, n)
	default:
		return fmt.Sprintf("4%d1 4.2.0 later, for the reason %d", n%6, n)
	}
}

// message reads a message up to its dot, and answers. said: it was taken before
// it came.
func (p *session) message(in *bufio.Reader, said bool) bool {
	raw, ok := readMessage(in)
	if !ok {
		return false
	}
	if refusal := p.refusal("DOT"); refusal != "" && !said {
		return p.answer("DOT", refusal) == nil && !strings.HasPrefix(refusal, "421")
	}
	l := p.sink.boxes.take(p.to, raw)
	p.stalely(l)
	p.to = ""
	p.count++
	if said {
		p.taken(l)
		return true
	}
	if p.answer("DOT", fmt.Sprintf("250 2.0.0 taken as %d", p.count)) != nil {
		return false
	}
	if p.kept == "" && p.mood != garbage && (p.mute != "DOT") {
		p.taken(l)
	}
	return true
}

func (p *session) taken(l *letter) {
	if l != nil {
		p.sink.boxes.accept(l, p.node)
	}
}

// stalely counts a copy that a node brings of what others brought while it
// slept.
func (p *session) stalely(l *letter) {
	stale := p.stale.Load()
	if stale == nil || l == nil {
		return
	}
	if accepted, by := p.sink.boxes.acceptance(l); by == p.node || accepted.IsZero() || accepted.Before(stale.since) {
		return
	}
	p.sink.report.count(staleOne, 1)
	if stale.copies.Add(1) > 1 {
		p.sink.report.found(staleSent, "node %d brought %s on a connection on which it had brought one already", p.node, l.delivery)
	}
}

// readMessage reads up to the line with the dot, and undoes the stuffing.
func readMessage(in *bufio.Reader) ([]byte, bool) {
	var raw bytes.Buffer
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return nil, false
		}
		if string(line) == ".\r\n" {
			return raw.Bytes(), true
		}
		raw.Write(bytes.TrimPrefix(line, []byte(".")))
	}
}

// answer says something, as the mood is.
func (p *session) answer(step, text string) error {
	p.sink.pass(p.node, step)
	if p.mute == step {
		<-p.silence()
		return errDropped
	}
	switch p.mood {
	case slow:
		<-time.After(slowness)
	case long:
		code, rest, _ := strings.Cut(text[strings.LastIndex(text, "\n")+1:], " ")
		lead := text[:strings.LastIndex(text, "\n")+1]
		text = lead + code + " " + rest + strings.Repeat(" and so on", 64<<10/10)
	case garbage:
		if p.random.IntN(3) == 0 {
			text = nonsense[p.random.IntN(len(nonsense))]
		}
	case disorder:
		switch p.random.IntN(8) {
		case 0:
			text += "\r\n" + text
		case 1:
			if p.kept == "" {
				p.kept = text
				return nil
			}
		}
		if p.kept != "" {
			text, p.kept = text+"\r\n"+p.kept, ""
		}
	}
	return p.say(text)
}

// nonsense is what is no reply, and refuses nothing.
var nonsense = []string{"HTTP/1.1 200 OK", "\x00\xff\xfe\x01", "999 beyond", "25", "250_ok", "", "\x1b[31mred", "100 continue"}

func (p *session) say(text string) error {
	_, err := p.conn.Write([]byte(text + "\r\n"))
	return err
}

// silence ends when the client has gone. Nothing that comes is read.
func (p *session) silence() <-chan struct{} {
	left := make(chan struct{})
	go func() {
		defer close(left)
		buffer := make([]byte, 4096)
		for {
			if _, err := p.conn.Conn.Read(buffer); err != nil {
				return
			}
		}
	}()
	return left
}
