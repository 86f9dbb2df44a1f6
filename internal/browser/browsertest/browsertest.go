// Package browsertest gives the tests of a package one browser, and each test a tab of
// its own. If the variable REKEY_TEST_FILM names a folder, each tab leaves pictures there:
// every page as it looks when the test leaves it. So a test of a whole story is a film.
//
//	func TestMain(m *testing.M) { os.Exit(browsertest.Main(m)) }
//
//	func TestTheFirstAdministratorIsSetUp(t *testing.T) {
//		tab := browsertest.Open(t, browser.Options{})
//		tab.Open(printed)
//		tab.Type("Email address", "ada@example.org")
//		tab.Follow("Create account")
//		tab.See("Ada")
//	}
//
// Every failure fails the test, and so does a complaint of a page at the end of the
// test. A test that provokes complaints takes them with Complaints.
package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"rekey/internal/browser"
	"rekey/internal/suite"
)

// shared is the browser of the package's tests. It is started when the first
// of them asks for a tab.
var shared struct {
	once    sync.Once
	browser *browser.Browser
	err     error
}

// Main runs the tests of a package, and ends their browser after them.
func Main(m *testing.M) int {
	status := m.Run()
	if shared.browser == nil {
		return status
	}
	if err := shared.browser.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "end the browser:", err)
		return 1
	}
	return status
}

// Tab is a browser.Tab of a test; its methods are described there.
type Tab struct {
	*browser.Tab // for calls that a test expects to fail

	t testing.TB
}

// Open opens a tab, which is closed when the test ends. Open it after the server has
// started, so that it closes before the server. Without a browser on the machine the
// test is skipped.
func Open(t testing.TB, o browser.Options) *Tab {
	t.Helper()
	shared.once.Do(func() { shared.browser, shared.err = browser.Start(context.Background()) })
	if errors.Is(shared.err, browser.ErrMissing) {
		t.Skip(shared.err)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), suite.Limit)
	defer cancel()
	tab, err := shared.browser.Tab(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	opened := &Tab{tab, t}
	t.Cleanup(func() {
		defer tab.Close()
		if t.Failed() {
			return
		}
		opened.film()
		for _, c := range opened.Complaints() {
			t.Error(c)
		}
	})
	return opened
}

// do fails the test if what it does fails, or takes too long.
func (b *Tab) do(what func(context.Context) error) {
	b.t.Helper()
	// Not the test's own context, which ends before the complaints are read.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.t.Context()), suite.Limit)
	defer cancel()
	if err := what(ctx); err != nil {
		b.t.Fatal(err)
	}
}

// Open goes to a page.
func (b *Tab) Open(address string) {
	b.t.Helper()
	b.film()
	b.do(func(ctx context.Context) error { return b.Tab.Open(ctx, address) })
}

// pictures counts those of the film.
var pictures atomic.Int32

// film takes a picture of the page before the test leaves it, if there is a film.
func (b *Tab) film() {
	b.t.Helper()
	folder := os.Getenv("REKEY_TEST_FILM")
	if folder == "" {
		return
	}
	b.do(func(ctx context.Context) error {
		picture, err := b.Screenshot(ctx)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s-%03d.png", strings.ReplaceAll(b.t.Name(), "/", "_"), pictures.Add(1))
		return os.WriteFile(filepath.Join(folder, name), picture, 0o600) //nolint:gosec // whoever runs the test names the folder
	})
}

// Click clicks what has a name.
func (b *Tab) Click(what string) {
	b.t.Helper()
	b.do(func(ctx context.Context) error { return b.Tab.Click(ctx, what) })
}

// Follow clicks what leads to another page.
func (b *Tab) Follow(what string) {
	b.t.Helper()
	b.film()
	b.do(func(ctx context.Context) error { return b.Tab.Follow(ctx, what) })
}

// Type types into the field with a label.
func (b *Tab) Type(field, text string) {
	b.t.Helper()
	b.do(func(ctx context.Context) error { return b.Tab.Type(ctx, field, text) })
}

// Choose takes an option of the list with a label.
func (b *Tab) Choose(field, option string) {
	b.t.Helper()
	b.do(func(ctx context.Context) error { return b.Tab.Choose(ctx, field, option) })
}

// Press presses keys where the focus is.
func (b *Tab) Press(keys ...string) {
	b.t.Helper()
	b.do(func(ctx context.Context) error { return b.Tab.Press(ctx, keys...) })
}

// See waits for a text.
func (b *Tab) See(text string) {
	b.t.Helper()
	b.do(func(ctx context.Context) error { return b.Tab.See(ctx, text) })
}

// WaitFor waits for an element.
func (b *Tab) WaitFor(selector string) {
	b.t.Helper()
	b.do(func(ctx context.Context) error { return b.Tab.WaitFor(ctx, selector) })
}

// WaitUntil waits for a condition in JavaScript.
func (b *Tab) WaitUntil(condition string) {
	b.t.Helper()
	b.do(func(ctx context.Context) error { return b.Tab.WaitUntil(ctx, condition) })
}

// Eval evaluates JavaScript.
func (b *Tab) Eval(expression string, into any) {
	b.t.Helper()
	b.do(func(ctx context.Context) error { return b.Tab.Eval(ctx, expression, into) })
}

// Path is that of the page which is shown, with its query.
func (b *Tab) Path() (path string) {
	b.t.Helper()
	b.Eval("location.pathname + location.search", &path)
	return path
}

// Complaints takes what went wrong so far.
func (b *Tab) Complaints() (list []browser.Complaint) {
	b.t.Helper()
	b.do(func(ctx context.Context) (err error) {
		list, err = b.Tab.Complaints(ctx)
		return errors.Join(err, b.Forget(ctx))
	})
	return list
}

// Inspect fails the test if anything is wrong with a page in any of its views.
func (b *Tab) Inspect(address string) {
	b.t.Helper()
	b.do(func(ctx context.Context) error {
		found, err := b.Tab.Inspect(ctx, address, suite.Thorough())
		for _, f := range found {
			b.t.Error(f)
		}
		return errors.Join(err, b.Forget(ctx))
	})
}

// InspectAll inspects the pages of a server, two at a time, with a test of the
// page's name for each.
func InspectAll(t *testing.T, server string, names []string) {
	t.Helper()
	tabs := make(chan *Tab, 2)
	for range cap(tabs) {
		tabs <- Open(t, browser.Options{})
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := <-tabs
			defer func() { tabs <- tab }()
			(&Tab{tab.Tab, t}).Inspect(server + "/" + name)
		})
	}
}
