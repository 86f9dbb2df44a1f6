package peer

import (
	"context"
	"net"
	"sync"
)

// Server serves connections on loopback.
type Server struct {
	listener net.Listener
	work     sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// Listen takes a free port. It calls serve for each connection, each on a
// goroutine of its own, and closes the connection when serve returns.
func Listen(ctx context.Context, serve func(net.Conn)) (*Server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{listener: listener, conns: map[net.Conn]bool{}}
	s.work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.work.Go(func() {
				if s.add(conn) {
					serve(conn)
				}
				s.remove(conn)
			})
		}
	})
	return s, nil
}

// Addr is where the server listens, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

func (s *Server) add(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[conn] = true
	return !s.closed
}

func (s *Server) remove(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
	_ = conn.Close()
}

// Break closes all connections without a reply. The server goes on.
func (s *Server) Break() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		_ = conn.Close()
	}
}

// Close ends the server and all connections, and waits for what serves them. It
// may be called again.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	_ = s.listener.Close()
	s.Break()
	s.work.Wait()
}
