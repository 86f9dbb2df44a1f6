package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

// shared is the server of all tests of one program.
var shared struct {
	once   sync.Once
	server *Server
	err    error
	last   atomic.Int64
}

// Shared returns the server that all tests of one program have in common. It
// ends in Main, or with the process.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = Start(context.Background(), Options{}) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// Database makes an empty database on the shared server, and returns its address.
func Database(t testing.TB) (address string) {
	t.Helper()
	return create(t, "")
}

// template is the database that Prepared copies.
var template struct {
	once sync.Once
	err  error
}

// Prepared is Database with what prepare puts into one: that is done once in a
// program, and copied. All callers in a program have to pass the same function.
func Prepared(t testing.TB, prepare func(ctx context.Context, address string) error) (address string) {
	t.Helper()
	const name = "template"
	server := Shared(t)
	template.once.Do(func() {
		address, err := server.Create(context.Background(), name, "")
		if err == nil {
			err = prepare(context.Background(), address)
		}
		template.err = err
	})
	if template.err != nil {
		t.Fatal(template.err)
	}
	return create(t, name)
}

func create(t testing.TB, template string) (address string) {
	t.Helper()
	address, err := Shared(t).Create(t.Context(), fmt.Sprintf("test_%d", shared.last.Add(1)), template)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// Main runs the tests of a program and stops the shared server. It returns the
// status to exit with.
func Main(m *testing.M) int {
	status := m.Run()
	Stop()
	return status
}

// Stop stops the shared server, if a test has started it, for a program whose
// tests are run by another Main.
func Stop() {
	if shared.server == nil {
		return
	}
	if err := shared.server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
