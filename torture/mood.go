package main

import (
	"math/rand/v2"
	"strings"
	"time"
)

// moody is a connection whose replies are changed as its mood is. Each Write is
// one reply.
type moody struct {
	*dropping

	random *rand.Rand
	mood   string
	mute   string // step from which on nothing is answered
	step   string // whose reply is written next
	kept   string // reply that is held back
	pass   func(step string)
}

// slowness is how long a slow sink takes for a reply.
const slowness = 5 * time.Second

// Write implements io.Writer.
func (m *moody) Write(reply []byte) (int, error) {
	m.pass(m.step)
	if m.mute == m.step {
		m.untilTheClientLeaves()
		return 0, errDropped
	}
	text := m.changed(string(reply))
	if text == "" {
		return len(reply), nil
	}
	_, err := m.dropping.Write([]byte(text))
	return len(reply), err
}

// changed is what is said in place of a reply; "" if it is held back.
func (m *moody) changed(text string) string {
	switch m.mood {
	case slow:
		<-time.After(slowness)
	case long:
		text = strings.TrimSuffix(text, "\r\n") + strings.Repeat(" and so on", 64<<10/10) + "\r\n"
	case garbage:
		if m.random.IntN(3) == 0 {
			text = nonsense[m.random.IntN(len(nonsense))] + "\r\n"
		}
	case disorder:
		switch m.random.IntN(8) {
		case 0:
			text += text
		case 1:
			if m.kept == "" {
				m.kept = text
				return ""
			}
		}
		text, m.kept = text+m.kept, ""
	}
	return text
}

// nonsense is what is no reply, and refuses nothing.
var nonsense = []string{"HTTP/1.1 200 OK", "\x00\xff\xfe\x01", "999 beyond", "25", "250_ok", "", "\x1b[31mred", "100 continue"}

// untilTheClientLeaves waits, and forgets what comes meanwhile.
func (m *moody) untilTheClientLeaves() {
	buffer := make([]byte, 4096)
	for {
		if _, err := m.Conn.Read(buffer); err != nil {
			return
		}
	}
}
