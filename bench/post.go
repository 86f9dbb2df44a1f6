package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rekey/client"
)

// patience is the time to wait for an answer, which then counts as lost.
const patience = time.Minute

// poster posts events over one open connection. It writes each request in one piece,
// because its own CPU time is missing from the measured server.
type poster struct {
	conn net.Conn
	in   *bufio.Reader
	head []byte
	out  []byte
}

// newPoster opens a connection to post over.
func (s *server) newPoster(ctx context.Context) (*poster, error) {
	host := strings.TrimPrefix(s.url, "http://")
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	head := "POST " + client.Prefix + "/events HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + s.place.poster +
		"\r\nContent-Type: application/cloudevents+json\r\nContent-Length: "
	return &poster{conn: c, in: bufio.NewReaderSize(c, 4096), head: []byte(head)}, nil
}

// post posts one event and returns when it was accepted. Anything but 202 is
// an error.
func (p *poster) post(body []byte) error {
	p.out = append(append(p.out[:0], p.head...), strconv.Itoa(len(body))...)
	p.out = append(append(p.out, "\r\n\r\n"...), body...)
	if err := p.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := p.conn.Write(p.out); err != nil {
		return err
	}
	answer, err := http.ReadResponse(p.in, nil)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("the event was not accepted: %s %s", answer.Status, text)
	}
	return err
}

// event is an event's body.
func event(id, name string, people ...string) ([]byte, error) {
	return json.Marshal(client.CloudEvent{
		SpecVersion: "1.0", ID: id, Source: source, Type: "external", DataContentType: "application/json", Data: client.EventData(name, people...),
	})
}
