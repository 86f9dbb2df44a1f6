package browser

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// Kind is the kind of a complaint.
type Kind string

// The kinds of complaints.
const (
	Console   Kind = "console"        // console.error, console.warn or console.assert
	Exception Kind = "exception"      // an uncaught exception
	Policy    Kind = "policy"         // blocked by the Content-Security-Policy
	Elsewhere Kind = "other origin"   // a request to another server than the page's
	Refused   Kind = "refused"        // a status of 400 or more for anything but a page
	Broken    Kind = "broken request" // a request without an answer
	Warning   Kind = "browser"        // what the browser itself warns about
	Dialog    Kind = "dialog"         // alert and the like, which was accepted
)

// Complaint is a fault of a page.
type Complaint struct {
	Kind  Kind
	Text  string
	Where string // URL, with the line after a colon if there is one
}

func (c Complaint) String() string {
	if c.Where == "" {
		return fmt.Sprintf("%s: %s", c.Kind, c.Text)
	}
	return fmt.Sprintf("%s: %s (%s)", c.Kind, c.Text, c.Where)
}

// record holds the complaints and requests of a tab.
type record struct {
	mu         sync.Mutex
	origin     string // of the page that was opened
	complaints []Complaint
	requests   map[network.RequestID]string // URLs of requests without an answer
}

// belong sets the origin that requests may go to.
func (r *record) belong(origin string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.origin = origin
}

// Complaints returns the complaints since the tab was opened, or since Forget, each
// once. It first waits until all events of the page have arrived.
func (t *Tab) Complaints(ctx context.Context) ([]Complaint, error) {
	// The browser sends events before the answer to a later call.
	if err := t.settle(ctx); err != nil {
		return nil, err
	}
	t.record.mu.Lock()
	defer t.record.mu.Unlock()
	return slices.Clone(t.record.complaints), nil
}

// Forget forgets the complaints so far, for a test that has provoked them.
func (t *Tab) Forget(ctx context.Context) error {
	if err := t.settle(ctx); err != nil {
		return err
	}
	t.record.mu.Lock()
	defer t.record.mu.Unlock()
	t.record.complaints = nil
	return nil
}

func (r *record) complain(kind Kind, text, where string) {
	c := Complaint{kind, strings.TrimSpace(text), where}
	if !slices.Contains(r.complaints, c) {
		r.complaints = append(r.complaints, c)
	}
}

// hear records an event.
func (r *record) hear(event any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		r.console(e)
	case *runtime.EventExceptionThrown:
		r.exception(e.ExceptionDetails)
	case *log.EventEntryAdded:
		r.entry(e.Entry)
	case *network.EventRequestWillBeSent:
		r.request(e.RequestID, e.Request.URL)
	case *network.EventWebSocketCreated:
		r.request(e.RequestID, e.URL)
	case *network.EventResponseReceived:
		r.response(e)
	case *network.EventLoadingFailed:
		r.failure(e)
	case *page.EventJavascriptDialogOpening:
		r.complain(Dialog, fmt.Sprintf("%s %q", e.Type, e.Message), e.URL)
	}
}

func (r *record) console(e *runtime.EventConsoleAPICalled) {
	switch e.Type {
	case runtime.ConsoleAPICalledTypeError, runtime.ConsoleAPICalledTypeWarning, runtime.ConsoleAPICalledTypeAssert:
	default:
		return
	}
	words := []string{string(e.Type)}
	for _, a := range e.Args {
		words = append(words, said(a))
	}
	where := ""
	if e.StackTrace != nil && len(e.StackTrace.CallFrames) > 0 {
		frame := e.StackTrace.CallFrames[0]
		where = line(frame.URL, frame.LineNumber)
	}
	r.complain(Console, strings.Join(words, " "), where)
}

// said is a value in the form that the console shows.
func said(o *runtime.RemoteObject) string {
	if o.Description != "" {
		return o.Description
	}
	return strings.Trim(string(o.Value), `"`)
}

func (r *record) exception(d *runtime.ExceptionDetails) {
	text := d.Text
	if d.Exception != nil {
		text += " " + said(d.Exception)
	}
	r.complain(Exception, text, line(d.URL, d.LineNumber))
}

func (r *record) entry(e *log.Entry) {
	if e.Level != log.EntryLevelError && e.Level != log.EntryLevelWarning {
		return
	}
	switch e.Source {
	case log.EntrySourceNetwork:
		// The requests themselves say more, and an error page may be the expected one.
	case log.EntrySourceSecurity:
		r.complain(Policy, e.Text, line(e.URL, e.LineNumber))
	default:
		r.complain(Warning, e.Text, line(e.URL, e.LineNumber))
	}
}

func (r *record) request(id network.RequestID, address string) {
	u, err := url.Parse(address)
	if err != nil {
		r.complain(Broken, err.Error(), address)
		return
	}
	if r.requests == nil {
		r.requests = map[network.RequestID]string{}
	}
	r.requests[id] = address
	if o := origin(u); o != "" && o != r.origin {
		r.complain(Elsewhere, address, "")
	}
}

func (r *record) response(e *network.EventResponseReceived) {
	delete(r.requests, e.RequestID)
	if e.Response.Status < 400 || e.Type == network.ResourceTypeDocument {
		return
	}
	// The browser asks for the icon by itself, at any moment.
	if e.Response.URL != r.origin+"/favicon.ico" {
		r.complain(Refused, fmt.Sprint(e.Response.Status), e.Response.URL)
	}
}

func (r *record) failure(e *network.EventLoadingFailed) {
	address := r.requests[e.RequestID]
	delete(r.requests, e.RequestID)
	u, err := url.Parse(address)
	switch {
	case err != nil, e.Canceled, e.BlockedReason == network.BlockedReasonCsp:
		// The page does not wait for it, or the policy's own complaint says more.
	case address == "" || origin(u) != r.origin:
		// It was blocked, and already has a complaint.
	default:
		r.complain(Broken, e.ErrorText, address)
	}
}

// line adds a line number, counted from 0, to an address.
func line(address string, number int64) string {
	if address == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", address, number+1)
}

// settle waits until the page is at rest: its fonts are loaded, and it has reacted to
// a change of the window, also where it watches what comes into sight. When settle
// returns, all events until then are recorded.
func (t *Tab) settle(ctx context.Context) error {
	rest := "document.fonts.ready.then(() => new Promise(requestAnimationFrame)).then(() => new Promise((inSight) => " +
		"new IntersectionObserver(inSight).observe(document.documentElement))).then(() => true)"
	if t.noScript {
		rest = "document.fonts.ready.then(() => true)"
	}
	return t.WaitUntil(ctx, "await "+rest)
}
