package catcher

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"rekey/internal/rig/peer"
)

// Message is a received message.
type Message struct {
	peer.Mail

	Number   int // counts from 1, in the order of arrival
	Received time.Time
	From     string   // of the envelope
	To       []string // of the envelope
	Raw      []byte
}

func (m Message) isTo(address string) bool {
	return slices.ContainsFunc(m.To, func(to string) bool { return strings.EqualFold(to, address) })
}

// serve speaks with a mail client. The replies are those of RFC 5321 §4.2.2 with
// the enhanced codes of RFC 3463 §3.2.
func (k *Catcher) serve(conn net.Conn) {
	s := peer.New(conn)
	s.Reply = func(step, line, usual string) (string, bool) {
		switch step {
		case "RCPT":
			local, _, _ := strings.Cut(strings.ToLower(peer.Address(line)), "@")
			switch local, _, _ = strings.Cut(local, "+"); local {
			case "refuse":
				return "550 5.1.1 No such mailbox here", true
			case "defer":
				return "451 4.2.1 Mailbox busy, try again later", true
			}
		case "DOT":
			mail, err := peer.ReadMail(s.Message)
			if err != nil {
				return fmt.Sprintf("554 5.6.0 Not a message: %v", err), true
			}
			k.add(Message{Mail: mail, From: s.From, To: slices.Clone(s.To), Raw: bytes.Clone(s.Message)})
		}
		return usual, true
	}
	s.Run()
}
