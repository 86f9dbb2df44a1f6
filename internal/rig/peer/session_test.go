package peer

import (
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
)

// listen starts a server whose sessions are changed by a test.
func listen(t *testing.T, change func(*Session)) *Server {
	t.Helper()
	server, err := Listen(t.Context(), func(conn net.Conn) {
		s := New(conn)
		change(s)
		s.Run()
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

func TestAMessageIsTakenWithoutTheDotsThatWereStuffed(t *testing.T) {
	t.Parallel()
	taken := make(chan string, 1)
	server := listen(t, func(s *Session) {
		s.Reply = func(step, _, usual string) (string, bool) {
			if step == "DOT" {
				taken <- s.From + " " + strings.Join(s.To, ",") + " " + string(s.Message)
			}
			return usual, true
		}
	})
	if err := smtp.SendMail(server.Addr(), nil, "a@example.org", []string{"b@example.org", "c@example.org"}, []byte(".one\r\n..two\r\n")); err != nil {
		t.Fatal(err)
	}
	if got := <-taken; got != "a@example.org b@example.org,c@example.org .one\r\n..two\r\n" {
		t.Errorf("%q", got)
	}
}

func TestRepliesToWhatIsSentAheadComeTogether(t *testing.T) {
	t.Parallel()
	written := make(chan struct{}, 10)
	server := listen(t, func(s *Session) { s.Said = func() { written <- struct{}{} } })
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	text := textproto.NewReader(textproto.NewConn(conn).R)
	if _, _, err := text.ReadResponse(220); err != nil {
		t.Fatal(err)
	}
	<-written
	if _, err := io.WriteString(conn, "RCPT TO:<b@example.org>\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\nDATA\r\nwhat\r\nQUIT\r\n"); err != nil {
		t.Fatal(err)
	}
	for _, code := range []int{503, 250, 503, 554, 500, 221} {
		if _, _, err := text.ReadResponse(code); err != nil {
			t.Error(err)
		}
	}
	if server.Close(); len(written) != 1 {
		t.Errorf("the replies were written in %d parts", len(written))
	}
}

func TestAStepThatIsRefusedHasNoEffect(t *testing.T) {
	t.Parallel()
	server := listen(t, func(s *Session) {
		s.Reply = func(_, line, usual string) (string, bool) {
			if Address(line) == "bob@example.org" {
				return "550 5.1.1 unknown", true
			}
			return usual, true
		}
	})
	err := smtp.SendMail(server.Addr(), nil, "a@example.org", []string{"bob@example.org"}, []byte("x"))
	if err == nil || !strings.HasPrefix(err.Error(), "550") {
		t.Errorf("%v", err)
	}
}
