package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"rekey/internal/rig/peer"
)

// session is one connection with its mood.
type session struct {
	*peer.Session

	sink   *sink
	node   int
	conn   *moody
	random *rand.Rand
	stale  atomic.Pointer[staleness]

	count int // messages
	// most is the number of messages after which the server closes the connection, so
	// that there are many connections; 0 means never.
	most  int
	early bool    // the message was accepted before it came
	taken *letter // the reply to it is still to be written
}

// staleness counts messages of a node that slept, which other nodes have sent.
type staleness struct {
	since  time.Time
	copies atomic.Int32
}

// newSession gives a connection a mood by the chances of the weather.
func newSession(s *sink, node int, c net.Conn, number uint64) *session {
	random := rand.New(rand.NewPCG(s.seed, number)) //nolint:gosec // nothing secret
	conn := &moody{dropping: &dropping{Conn: c, reads: -1, writes: -1}, random: random, pass: func(step string) { s.pass(node, step) }}
	p := &session{Session: peer.New(conn), sink: s, node: node, conn: conn, random: random}
	p.Reply, p.Said = p.reply, p.said
	if s.weather.of(refusing) > 0 {
		p.most = 1 + random.IntN(4)
	}
	for _, mood := range moods {
		if conn.mood == "" && random.Float64() < s.weather.of(mood) {
			conn.mood = mood
			s.report.count("connections: "+mood, 1)
		}
	}
	switch conn.mood {
	case dropped:
		s.sweep.limit(conn.dropping)
	case silent:
		conn.mute = dialogue[random.IntN(len(dialogue))]
	}
	return p
}

// dialogue are the steps at which a session can become mute or refuse.
var dialogue = []string{"CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"}

// reply is what the sink says to a step, before the mood changes that.
func (p *session) reply(step, line, usual string) (string, bool) {
	if p.Flush() != nil { // each reply is written by itself
		return "", false
	}
	p.conn.step = step
	if refusal := p.refusal(step); refusal != "" {
		return refusal, true
	}
	switch step {
	case "CONNECT":
		if p.conn.mood == closed {
			return []string{"554 5.7.1 go away", "421 4.3.2 not now"}[p.random.IntN(2)], false
		}
	case "EHLO":
		if p.random.IntN(4) == 0 {
			usual = "250-sink.test\r\n250 8BITMIME"
		}
	case "MAIL", "RSET", "NOOP":
		if p.most > 0 && p.count >= p.most {
			return []string{"421 4.7.0 enough", ""}[p.random.IntN(2)], false
		}
	case "RCPT":
		if p.sink.swallows(peer.Address(line)) {
			_, _ = io.Copy(io.Discard, p.Conn)
			return "", false
		}
	case "DATA":
		p.early = p.conn.mood == disorder && len(p.To) > 0 && p.random.IntN(4) == 0
		if p.early {
			usual += "\r\n250 2.0.0 taken before it came" // and it takes the message
		}
	case "DOT":
		return p.take(), true
	}
	return usual, true
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
	case p.conn.mood != "":
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

// take puts a message into its mailbox and returns the reply.
func (p *session) take() string {
	l := p.sink.boxes.take(p.To[0], p.Message)
	p.stalely(l)
	p.count++
	if p.early {
		p.accept(l)
		return ""
	}
	p.taken = l
	return fmt.Sprintf("250 2.0.0 taken as %d", p.count)
}

// said is called when a reply was written.
func (p *session) said() {
	if p.conn.kept == "" && p.conn.mood != garbage {
		p.accept(p.taken)
	}
	p.taken = nil
}

// accept notes that the client was told that a letter is taken.
func (p *session) accept(l *letter) {
	if l != nil {
		p.sink.boxes.accept(l, p.node)
	}
}

// stalely counts a copy that a node sends of a message that another node sent while it
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
