package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"rekey/client"
)

// poster posts events over one kept-open connection. It writes each request in
// one piece and reads no more of the answer than it must, since what it uses
// of the machine is taken from what it measures.
type poster struct {
	conn net.Conn
	in   *bufio.Reader
	head []byte
	out  []byte
}

// poster opens a connection to post over, see setUp.
func (s *server) poster(ctx context.Context) (*poster, error) {
	host := strings.TrimPrefix(s.ready.URL, "http://")
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	head := "POST " + client.Prefix + "/events HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + s.place.token +
		"\r\nContent-Type: application/cloudevents+json\r\nContent-Length: "
	return &poster{conn: c, in: bufio.NewReaderSize(c, 4096), head: []byte(head)}, nil
}

func (p *poster) close() error { return p.conn.Close() }

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
	status, err := p.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	accepted := bytes.HasPrefix(status, []byte("HTTP/1.1 202 "))
	said := string(status[:min(len(status), 40)])
	length := 0
	for {
		line, err := p.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		const name = "Content-Length: "
		if len(line) > len(name) && string(line[:len(name)]) == name {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))); err != nil {
				return err
			}
		}
	}
	if accepted {
		_, err = p.in.Discard(length)
		return err
	}
	text, err := io.ReadAll(io.LimitReader(p.in, int64(length)))
	return fmt.Errorf("the event was not accepted: %s %s %w", strings.TrimSpace(said), text, err)
}

// event is an event's body.
func event(id, name string, people ...string) ([]byte, error) {
	return json.Marshal(client.CloudEvent{
		SpecVersion: "1.0", ID: id, Source: source, Type: "external", DataContentType: "application/json", Data: client.EventData(name, people...),
	})
}
