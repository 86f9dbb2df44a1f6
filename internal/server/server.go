package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"
)

// Limits of a connection.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 90 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10

	// DefaultRequestTimeout is how long a handler may work on a request.
	DefaultRequestTimeout = 60 * time.Second
)

// Config holds what New needs. Address, Handler, Logger and NewID are required.
type Config struct {
	Address string // "127.0.0.1:8080"; port 0 takes any that is free
	// PublicURL is the address under which people reach the server: scheme and
	// host, such as https://rekey.example.org. Requests for other hosts are
	// refused. With https, browsers are told to use only TLS. Default: neither.
	PublicURL *url.URL
	// Hosts are other names that the server answers to, without a port.
	Hosts []string
	// TrustedProxies are those whose X-Forwarded-For and X-Forwarded-Proto are
	// believed. Default: none.
	TrustedProxies []netip.Prefix
	Handler        http.Handler
	// Denied answers requests that are refused before Handler: a write from a page
	// of another origin, or a request for another host. Default: a problem.
	Denied  func(w http.ResponseWriter, r *http.Request, err error)
	Logger  *slog.Logger
	Metrics *Metrics // nil counts nothing
	NewID   func() string
	Clock   func() time.Time // default: time.Now
	// RequestTimeout ends the context of a request. Default:
	// DefaultRequestTimeout.
	RequestTimeout time.Duration
}

// Server listens for HTTP.
type Server struct {
	config   Config
	names    []string // the server's host names, in the form of hostname
	proxies  proxies
	unknown  sync.Once     // the warning of tellOfProxy
	stopping chan struct{} // closed by Shutdown
	http     *http.Server
	listener net.Listener
}

// New returns a server that does not listen yet.
func New(c Config) *Server {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Denied == nil {
		c.Denied = func(w http.ResponseWriter, r *http.Request, err error) { Answer(w, r, c.Logger, err) }
	}
	if c.RequestTimeout == 0 {
		c.RequestTimeout = DefaultRequestTimeout
	}
	s := &Server{config: c, names: namesOf(c), proxies: c.TrustedProxies, stopping: make(chan struct{})}
	s.http = &http.Server{
		Handler:           s.wrap(c.Handler),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       withFraming,
		ErrorLog:          slog.NewLogLogger(c.Logger.Handler(), slog.LevelWarn),
	}
	s.http.RegisterOnShutdown(sync.OnceFunc(func() { close(s.stopping) }))
	return s
}

// ServeHTTP answers one request, for tests and other listeners.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.http.Handler.ServeHTTP(w, r) }

// Listen begins to listen, so that Address is known before Serve.
func (s *Server) Listen(ctx context.Context) error {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", s.config.Address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.config.Address, err)
	}
	s.listener = listener
	if tcp, ok := listener.(*net.TCPListener); ok {
		s.listener = watchedListener{tcp}
	}
	return nil
}

// Address returns the address of the listener, such as "127.0.0.1:41234"; "" before
// Listen.
func (s *Server) Address() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// URL returns the address as a browser takes it.
func (s *Server) URL() string {
	return "http://" + s.Address()
}

// Serve answers requests until Shutdown; then it returns nil.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Release closes the listener if Serve does not run: clients that have connected
// are refused instead of waiting for an answer. After Shutdown it does nothing.
func (s *Server) Release() error {
	if s.listener == nil {
		return nil
	}
	if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Shutdown takes no more connections, ends long answers through Stopping, and waits
// for the requests under way. When ctx ends, it breaks them off.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}
