package directorytest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"rekey/internal/directory"
)

// Operation is the kind of a request, by its tag (RFC 4511 §4.2 to §4.14).
type Operation byte

// The operations that Rekey sends.
const (
	Bind     Operation = 0
	Unbind   Operation = 2
	Search   Operation = 3
	Modify   Operation = 6
	Extended Operation = 23 // password modify
)

// Write reports whether the request changes something.
func (o Operation) Write() bool { return o == Modify || o == Extended }

// Verdict is what a proxy does with a request.
type Verdict int

// The verdicts.
const (
	PassOn      Verdict = iota
	LoseReply           // the server does it, and the connection breaks before its reply
	LoseRequest         // the connection breaks before the server gets it
	SayYes              // the server does not get it, and the proxy answers success
	Hold                // the server gets it, and nothing more comes back
)

// Proxy stands between Rekey and a directory server, and sees each request. It ends TLS
// on both sides, with a certificate of its own authority.
type Proxy struct {
	listener net.Listener
	admin    admin // of the server behind
	folder   string
	work     sync.WaitGroup

	own *tls.Certificate

	mu       sync.Mutex
	foreign  *tls.Certificate // shown instead of own; nil if that is shown
	rule     func(n int, o Operation) Verdict
	rewrite  func(message []byte)
	requests int
	conns    map[net.Conn]bool
	closed   bool
}

// StartProxy starts a proxy in front of a server. Without a rule it passes everything on.
func StartProxy(server Real) (*Proxy, error) {
	folder, err := os.MkdirTemp("", "rekey-proxy")
	if err != nil {
		return nil, err
	}
	p := &Proxy{admin: server.behind(), folder: folder, conns: map[net.Conn]bool{}}
	if p.own, err = proxyCertificate(folder); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.foreign != nil {
			return p.foreign, nil
		}
		return p.own, nil
	}}
	if p.listener, err = tls.Listen("tcp", "127.0.0.1:0", config); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	p.work.Go(p.accept)
	return p, nil
}

// proxyCertificate writes a certificate for the proxy and its authority into a folder.
func proxyCertificate(folder string) (*tls.Certificate, error) {
	if err := writeCertificates(folder, "proxy.rekey.test", net.IPv4(127, 0, 0, 1)); err != nil {
		return nil, err
	}
	certificate, err := tls.LoadX509KeyPair(filepath.Join(folder, certificateFile), filepath.Join(folder, keyFile))
	return &certificate, err
}

// Impersonate has the proxy show a certificate of another authority from now on, as an
// attacker would, or its own again.
func (p *Proxy) Impersonate(on bool) error {
	var foreign *tls.Certificate
	if on {
		folder, err := os.MkdirTemp(p.folder, "foreign")
		if err != nil {
			return err
		}
		if foreign, err = proxyCertificate(folder); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.foreign = foreign
	return nil
}

// Settings returns those of the server behind, with the proxy's address and authority.
func (p *Proxy) Settings(s directory.Settings) directory.Settings {
	s.Addresses = []string{"ldaps://" + p.listener.Addr().String()}
	s.CAFile = filepath.Join(p.folder, caFile)
	return s
}

// Rule sets what happens to the requests from now on. The first has the number 1.
func (p *Proxy) Rule(rule func(n int, o Operation) Verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rule, p.requests = rule, 0
}

// Rewrite sets a function that sees each message in both directions. It may change its
// bytes, but not their number.
func (p *Proxy) Rewrite(rewrite func(message []byte)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rewrite = rewrite
}

// change applies the function of Rewrite.
func (p *Proxy) change(message []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rewrite != nil {
		p.rewrite(message)
	}
}

// Requests is how many requests there were since Rule.
func (p *Proxy) Requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// Cut ends all connections. Those who wait for a reply then wait for none.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		_ = conn.Close()
	}
}

// Close ends the proxy and its connections.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.Cut()
	err := p.listener.Close()
	p.work.Wait()
	return errors.Join(err, os.RemoveAll(p.folder))
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(conn) })
	}
}

// keep remembers a connection, so that Close can end it.
func (p *Proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[conn] = true
	return !p.closed
}

func (p *Proxy) forget(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
	_ = conn.Close()
}

// judge counts a request and returns what to do with it.
func (p *Proxy) judge(o Operation) Verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	if p.rule == nil {
		return PassOn
	}
	return p.rule(p.requests, o)
}

// serve passes messages on between a client and the server.
func (p *Proxy) serve(client net.Conn) {
	defer p.forget(client)
	if !p.keep(client) {
		return
	}
	server, err := p.admin.dialTLS(context.Background())
	if err != nil {
		return
	}
	defer p.forget(server)
	if !p.keep(server) {
		return
	}
	replies := &replies{}
	p.work.Go(func() {
		defer func() { _ = client.Close() }() // the client then waits for nothing
		in := bufio.NewReader(server)
		for {
			m, err := readMessage(in)
			if err != nil || !replies.wanted(m.id) {
				return
			}
			if replies.held() {
				continue
			}
			p.change(m.bytes)
			if _, err := client.Write(m.bytes); err != nil {
				return
			}
		}
	})
	in := bufio.NewReader(client)
	for {
		m, err := readMessage(in)
		if err != nil {
			return
		}
		p.change(m.bytes)
		switch p.judge(m.operation) {
		case LoseRequest:
			return
		case SayYes:
			if _, err := client.Write(success(m)); err != nil {
				return
			}
			continue
		case LoseReply:
			replies.lose(m.id)
		case Hold:
			replies.hold()
		case PassOn:
		}
		if _, err := server.Write(m.bytes); err != nil {
			return
		}
	}
}

// replies knows which replies are lost.
type replies struct {
	mu   sync.Mutex
	lost map[byte]bool // by the last byte of the message's number
	all  bool
}

func (r *replies) lose(id byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = map[byte]bool{id: true}
}

func (r *replies) hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = true
}

func (r *replies) wanted(id byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.lost[id]
}

func (r *replies) held() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}

// message is one LDAP message.
type message struct {
	bytes     []byte
	number    []byte // its number, with tag and length
	id        byte   // the last byte of its number
	operation Operation
}

// readMessage reads one message: a sequence of a number and an operation (RFC 4511
// §4.1.1). It reads as much of BER as that needs.
func readMessage(in *bufio.Reader) (message, error) {
	head, err := read(in, nil, 2)
	if err != nil {
		return message{}, err
	}
	length := int(head[1])
	if length >= 0x80 { // that many bytes of length follow
		if head, err = read(in, head, length-0x80); err != nil {
			return message{}, err
		}
		length = 0
		for _, b := range head[2:] {
			length = length<<8 | int(b)
		}
	}
	all, err := read(in, head, length)
	if err != nil {
		return message{}, err
	}
	body := all[len(head):]
	if len(body) < 2 || len(body) < int(body[1])+3 {
		return message{}, errors.New("this is no LDAP message")
	}
	number := body[:2+int(body[1])]
	return message{
		bytes: all, number: number, id: number[len(number)-1],
		operation: Operation(body[len(number)] & 0x1f),
	}, nil
}

// read returns bytes with the next n of a connection.
func read(in io.Reader, bytes []byte, n int) ([]byte, error) {
	next := make([]byte, n)
	_, err := io.ReadFull(in, next)
	return slices.Concat(bytes, next), err
}

// success is the answer to a message that says that it was done.
func success(m message) []byte {
	tag := byte(m.operation) + 1
	if m.operation == Search {
		tag = 5 // done, with nothing found
	}
	result := []byte{0x60 | tag, 7, 0x0a, 1, 0, 4, 0, 4, 0}
	body := append(append([]byte{}, m.number...), result...)
	return append([]byte{0x30, byte(len(body))}, body...)
}
