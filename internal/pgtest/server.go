// Package pgtest runs its own PostgreSQL server for tests and measurements, also
// ones that make the server fail.
//
// The server has its own folder, port on loopback and password, so another
// PostgreSQL on the machine does not matter. The programs come from the Debian
// package postgresql. As root they run as the user postgres, because they refuse to
// run as root.
package pgtest

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"rekey/internal/suite"
)

// owner is the name of the database user who may do everything.
const owner = "rekey"

// Options of a server. The zero value is right for tests.
type Options struct {
	// Folder is where it keeps its files. It must be empty or not exist. "" makes a
	// folder, which Close removes.
	Folder string
	// Durable writes commits to the disk, as PostgreSQL does by default. Without it
	// a commit survives the end of every process, but not of the machine.
	Durable bool
	// Settings are further settings for postgresql.conf, by name.
	Settings map[string]string
}

// Server is a running PostgreSQL, or one that was stopped and can be started
// again. It is safe for concurrent use.
type Server struct {
	// Folder holds its files; the database is in Folder/data.
	Folder string
	// Port on 127.0.0.1; it stays the same.
	Port int

	bin      string
	password string
	as       *syscall.Credential
	remove   bool

	mu      sync.Mutex
	process *exec.Cmd
	ended   chan struct{} // closed when process has ended
}

// Start makes a database cluster and runs a server on it. It takes one to three
// seconds.
//
// Errors: the programs of PostgreSQL are not installed, or they failed.
func Start(ctx context.Context, o Options) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	s := &Server{Folder: o.Folder, bin: bin, password: rand.Text(), remove: o.Folder == ""}
	if s.remove {
		if s.Folder, err = os.MkdirTemp("", "rekey-postgres"); err != nil {
			return nil, err
		}
	}
	for _, step := range []func() error{
		func() error { return s.prepare() },
		func() error { return s.initialise(ctx) },
		func() error { return s.configure(o) },
		func() error { return s.Resume(ctx) },
	} {
		if err := step(); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// programs is the folder of initdb and postgres of the latest version.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("PostgreSQL is not installed here: apt-get install postgresql")
	}
	return filepath.Dir(path), nil
}

// prepare makes the folder, and chooses the user of the programs.
func (s *Server) prepare() error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return err
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.Folder, int(uid), int(gid))
}

func (s *Server) data() string { return filepath.Join(s.Folder, "data") }

func (s *Server) initialise(ctx context.Context) error {
	passwordFile := filepath.Join(s.Folder, "password")
	if err := os.WriteFile(passwordFile, []byte(s.password+"\n"), 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(passwordFile) }()
	if s.as != nil {
		if err := os.Chown(passwordFile, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return err
		}
	}
	// SCRAM computes 4,096 rounds for each connection, and tests open thousands.
	//nolint:gosec // the programs of the machine
	initdb := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "-D", s.data(), "-U", owner,
		"-A", "md5", "--pwfile", passwordFile, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.Dir = s.Folder
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) configure(o Options) error {
	var err error
	if s.Port, err = freePort(); err != nil {
		return err
	}
	settings := map[string]string{
		"listen_addresses": "127.0.0.1", "port": strconv.Itoa(s.Port), "unix_socket_directories": "",
		"max_connections": "300", "shared_buffers": "64MB", "logging_collector": "off",
	}
	if !o.Durable {
		settings["fsync"], settings["full_page_writes"] = "off", "off"
	}
	maps.Copy(settings, o.Settings)
	var text strings.Builder
	for name, value := range settings {
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.ReplaceAll(value, "'", "''"))
	}
	file, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text.String())
	return errors.Join(err, file.Close())
}

// freePort returns a free port.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is over at once
	if err != nil {
		return 0, err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil //nolint:errcheck // what else
}

// Resume starts a stopped server, and returns when it takes connections. It does
// nothing if the server runs.
func (s *Server) Resume(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		select {
		case <-s.ended:
		default:
			return nil
		}
	}
	//nolint:gosec // the programs of the machine
	process := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(s.bin, "postgres"), "-D", s.data())
	process.Dir = s.Folder
	// It always ends with this process.
	process.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Pdeathsig: syscall.SIGQUIT}
	says, err := process.StderrPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return err
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	go s.listen(says, ready, process, ended)
	s.process, s.ended = process, ended
	select {
	case <-ready:
		return nil
	case <-ended:
		return fmt.Errorf("PostgreSQL ended at once; see %s", s.Log())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// listen writes the server's output to its log, and closes ready when the server is
// ready and ended when it has ended.
func (s *Server) listen(says io.Reader, ready chan<- struct{}, process *exec.Cmd, ended chan<- struct{}) {
	defer close(ended)
	defer func() { _ = process.Wait() }()
	file, err := os.OpenFile(s.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		file = nil // the output is then lost
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(says)
	for lines.Scan() {
		if file != nil {
			_, _ = fmt.Fprintln(file, lines.Text())
		}
		if ready != nil && strings.Contains(lines.Text(), "database system is ready to accept connections") {
			close(ready)
			ready = nil
		}
	}
}

// Log is the file with the server's output.
func (s *Server) Log() string { return filepath.Join(s.Folder, "log") }

// How a server can be stopped.
const (
	// Fast rolls back transactions and writes everything to the disk.
	Fast = syscall.SIGINT
	// Immediate stops as if the power had failed: the next start recovers.
	Immediate = syscall.SIGQUIT
)

// Stop stops the server and returns when it has ended. Its files stay.
func (s *Server) Stop(how syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	if err := s.process.Process.Signal(how); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(suite.Limit):
		return errors.New("PostgreSQL does not stop")
	}
}

// Restart stops the server and starts it again.
func (s *Server) Restart(ctx context.Context, how syscall.Signal) error {
	return errors.Join(s.Stop(how), s.Resume(ctx))
}

// Close stops the server, and removes its folder if Start made it.
func (s *Server) Close() error {
	err := s.Stop(Immediate)
	if s.remove {
		err = errors.Join(err, os.RemoveAll(s.Folder))
	}
	return err
}

// URL is the address of a database of the server, with the password.
func (s *Server) URL(database string) string {
	return (&url.URL{
		Scheme: "postgres", User: url.UserPassword(owner, s.password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)), Path: "/" + database, RawQuery: "sslmode=disable",
	}).String()
}

// Create makes a database and returns its address. The database is empty, or a copy
// of a template without connections.
func (s *Server) Create(ctx context.Context, database, template string) (string, error) {
	statement := "CREATE DATABASE " + pgx.Identifier{database}.Sanitize()
	if template != "" {
		statement += " TEMPLATE " + pgx.Identifier{template}.Sanitize()
	}
	return s.URL(database), s.Exec(ctx, statement)
}

// Drop removes a database, even if it has connections.
func (s *Server) Drop(ctx context.Context, database string) error {
	return s.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{database}.Sanitize()+" WITH (FORCE)")
}

// Exec runs a statement as the owner, such as one that cuts connections:
//
//	SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'x'
func (s *Server) Exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}
