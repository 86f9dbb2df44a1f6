package server

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// listening is a server on a real connection, which answers with what it read.
func listening(t *testing.T) string {
	t.Helper()
	s := New(Config{
		Address: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler), NewID: func() string { return "request-1" },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, err := io.ReadAll(r.Body)
			_, _ = fmt.Fprintf(w, "%s %q %v", r.URL.Path, text, err)
		}),
	})
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		if err := s.Shutdown(t.Context()); err != nil {
			_ = s.http.Close()
		}
		<-served //nolint:errcheck // it was ended on purpose
	})
	return s.Address()
}

// exchange sends a text in pieces of that many bytes, and returns the answers
// until the server closes the connection or there are as many as wanted.
func exchange(t *testing.T, address, text string, piece, wanted int) (answers []string, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	go func() {
		for rest := text; rest != ""; {
			n := min(piece, len(rest))
			if _, err := io.WriteString(c, rest[:n]); err != nil {
				return // the server has closed it
			}
			rest = rest[n:]
		}
	}()
	in := bufio.NewReader(c)
	for len(answers) < wanted {
		answer, err := http.ReadResponse(in, nil) //nolint:bodyclose // it is read whole, and the connection closed
		if err != nil {
			return answers, true
		}
		body, _ := io.ReadAll(answer.Body)
		answers = append(answers, fmt.Sprintf("%d %s", answer.StatusCode, body))
		if answer.Close {
			return answers, true
		}
	}
	return answers, false
}

func TestRequestWhoseEndIsDoubtfulIsRefusedAndItsConnectionClosed(t *testing.T) {
	t.Parallel()
	address := listening(t)
	const (
		good    = "POST /good HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
		chunked = "POST /chunked HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\na\nc\r\n1A\r\n" +
			"Content-Length: 1234567890\r\n0\r\nTrailer: t\r\n\r\n"
		// A body may say what it likes.
		text  = "Content-Length: 1\nTransfer-Encoding: chunked\n\n"
		smell = "GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	)
	body := fmt.Sprintf("POST /text HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
	for name, c := range map[string]struct {
		sent    string
		refused bool
	}{
		"one after the other":   {good + chunked + body + good + "\r\n" + good, false},
		"both":                  {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + smell, true},
		"both, in another case": {"POST /a HTTP/1.1\r\nHost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n0\r\n\r\n" + smell, true},
		"both, later":           {good + chunked + "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smell, true},
		"a length twice":        {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc" + smell, true},
		"a folded line":         {"GET /a HTTP/1.1\r\nHost: x\r\nX: y\r\n\tz\r\n\r\n" + smell, true},
		// Read as a header of its own, it would hide the request after it.
		"a folded length": {"GET /a HTTP/1.1\r\nHost: x\r\nX: y\r\n Content-Length: 1000\r\n\r\n" +
			"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smell, true},
		"HTTP/1.0, no length": {"POST /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smell, true},
		"HTTP/1.0":            {"POST /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smell, true},
	} {
		for _, piece := range []int{1, 7, len(c.sent)} {
			answers, closed := exchange(t, address, c.sent, piece, 5)
			all := strings.Join(answers, "\n")
			switch {
			case !c.refused && (len(answers) != 5 || strings.Contains(all, "400") || strings.Count(all, "200 ") != 5):
				t.Errorf("%s, in pieces of %d: %v", name, piece, answers)
			case c.refused && (!closed || strings.Count(all, "400 ") != 1 || !strings.HasPrefix(answers[len(answers)-1], "400 ") || strings.Contains(all, "smuggled")):
				t.Errorf("%s, in pieces of %d: closed %t, %v", name, piece, closed, answers)
			}
		}
	}
}

// A second answer, after the client has gone, leaves no warning in the log.
func TestOnlyTheFirstStatusCounts(t *testing.T) {
	t.Parallel()
	below := &statuses{ResponseWriter: httptest.NewRecorder()}
	a := &answer{ResponseWriter: below}
	for _, status := range []int{http.StatusEarlyHints, http.StatusOK, http.StatusInternalServerError} {
		a.WriteHeader(status)
	}
	if !slices.Equal(below.written, []int{103, 200}) || a.status != 200 {
		t.Errorf("written: %v, remembered: %d", below.written, a.status)
	}
}

// statuses keeps the statuses that are written.
type statuses struct {
	http.ResponseWriter

	written []int
}

// WriteHeader implements http.ResponseWriter.
func (s *statuses) WriteHeader(status int) { s.written = append(s.written, status) }
