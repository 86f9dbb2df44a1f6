package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// AddressVariable is the environment variable with the address of one server for
// all test programs. scripts/test sets it. Without it each program starts its own
// server.
const AddressVariable = "SUITE_POSTGRES"

// shared is the server of all tests of one program.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Shared returns the server that all tests of this program share, perhaps with
// other programs. No test may stop it. A server that Shared started ends in Main,
// or with the process.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() {
		if address := os.Getenv(AddressVariable); address != "" {
			shared.server, shared.err = attach(address)
			return
		}
		shared.server, shared.err = Start(context.Background(), Options{})
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// attach returns a server that runs already, by an address of URL.
func attach(address string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", AddressVariable, err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return nil, fmt.Errorf("%s has no port: %w", AddressVariable, err)
	}
	password, _ := u.User.Password()
	return &Server{Port: port, password: password}, nil
}

// Database makes an empty database on the shared server, and returns its
// address. It is dropped when the test ends.
func Database(t testing.TB) (address string) {
	t.Helper()
	return create(t, "")
}

// template is the database that Prepared copies.
var template struct {
	once sync.Once
	name string
	err  error
}

// Prepared is Database, filled by prepare. It runs prepare once in a program and
// copies the result. All callers must pass the same function.
func Prepared(t testing.TB, prepare func(ctx context.Context, address string) error) (address string) {
	t.Helper()
	server := Shared(t)
	template.once.Do(func() {
		template.name = unique("template_")
		address, err := server.Create(context.Background(), template.name, "")
		if err == nil {
			err = prepare(context.Background(), address)
		}
		template.err = err
	})
	if template.err != nil {
		t.Fatal(template.err)
	}
	return create(t, template.name)
}

// unique is a name that no other program uses on the same server.
func unique(prefix string) string { return prefix + strings.ToLower(rand.Text()) }

func create(t testing.TB, template string) (address string) {
	t.Helper()
	server, name := Shared(t), unique("test_")
	address, err := server.Create(t.Context(), name, template)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Drop(context.WithoutCancel(t.Context()), name); err != nil {
			t.Error(err)
		}
	})
	return address
}

// Main runs the tests of a program and stops the shared server. It returns the
// status to exit with.
func Main(m *testing.M) int {
	status := m.Run()
	Stop()
	return status
}

// Stop removes this program's databases from the shared server, and stops the
// server if this program started it. It is for a program with its own Main.
func Stop() {
	if shared.server == nil {
		return
	}
	var err error
	if template.name != "" && os.Getenv(AddressVariable) != "" {
		err = shared.server.Drop(context.Background(), template.name)
	}
	if err := errors.Join(err, shared.server.Close()); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
