package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Options of a tab. The zero value is a wide window with light pages.
type Options struct {
	Width, Height int    // of the visible part of a page, in CSS pixels; default: 1440 × 900
	Dark          bool   // the reader prefers dark pages
	NoScript      bool   // the reader has switched scripts off
	Locale        string // BCP 47, also asked for from the server; default: en-GB
	TimeZone      string // IANA; default: UTC
}

// Tab is a window with cookies of its own. Its methods are for one goroutine
// at a time.
type Tab struct {
	target *chromedp.Target
	close  context.CancelFunc
	record record
	at     *url.URL // the address that was opened last
	// noScript is whether the reader has switched scripts off.
	noScript bool
}

// Tab opens a window. It stays open until it is closed, or the browser.
//
//nolint:contextcheck // a window lives with its browser; ctx is for the opening alone
func (b *Browser) Tab(ctx context.Context, o Options) (*Tab, error) {
	living, end := b.tab()
	stop := context.AfterFunc(ctx, end)
	if err := chromedp.Do(living); err != nil {
		end()
		return nil, fmt.Errorf("open a tab: %w", cmp.Or(ctx.Err(), err))
	}
	if !stop() {
		end()
		return nil, ctx.Err()
	}
	t := &Tab{target: chromedp.FromContext(living).Target, close: end, noScript: o.NoScript}
	err := chromedp.Listen(living, func(event any) {
		t.record.hear(event)
		if _, ok := event.(*page.EventJavascriptDialogOpening); ok {
			// A listener must not wait for the browser.
			go func() {
				_ = call(living, t, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			}()
		}
	})
	if err == nil {
		err = t.prepare(ctx, o)
	}
	if err != nil {
		end()
		return nil, err
	}
	return t, nil
}

// Close closes the window and forgets its cookies.
func (t *Tab) Close() { t.close() }

func (t *Tab) prepare(ctx context.Context, o Options) error {
	locale := cmp.Or(o.Locale, "en-GB")
	version, err := cdp.Call(ctx, t.target, browser.GetVersion, cdp.Empty{})
	if err != nil {
		return err
	}
	return errors.Join(
		call(ctx, t, log.Enable, cdp.Empty{}),
		call(ctx, t, network.Enable, network.EnableParams{}),
		call(ctx, t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		t.scripts(ctx, !o.NoScript),
		call(ctx, t, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: cmp.Or(o.TimeZone, "UTC")}),
		call(ctx, t, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: locale}),
		call(ctx, t, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
			UserAgent: version.UserAgent, AcceptLanguage: locale,
		}),
		t.Size(ctx, cmp.Or(o.Width, 1440), cmp.Or(o.Height, 900)),
		t.Dark(ctx, o.Dark),
	)
}

// call is cdp.Call for commands whose answer does not matter.
func call[P, R any](ctx context.Context, t *Tab, command cdp.Command[P, R], params P) error {
	if _, err := cdp.Call(ctx, t.target, command, params); err != nil {
		return fmt.Errorf("%s: %w", command.Method, err)
	}
	return nil
}

// scripts says whether scripts may run.
func (t *Tab) scripts(ctx context.Context, may bool) error {
	return call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !may})
}

// Size sets the size of the window, in CSS pixels.
func (t *Tab) Size(ctx context.Context, width, height int) error {
	return call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(width), Height: int64(height), DeviceScaleFactor: 1,
	})
}

// Dark sets whether the reader prefers dark pages. Animations are always off, so that
// elements stay where a test sees them.
func (t *Tab) Dark(ctx context.Context, dark bool) error {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	return call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// Open goes to a page and waits until the page and its files are loaded. A path
// without a host belongs to the server that was opened before. From now on a request
// to another origin is a complaint.
func (t *Tab) Open(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	if !u.IsAbs() {
		if t.at == nil {
			return fmt.Errorf("%s is a path, and there is no page yet whose server could have it: open a URL first", address)
		}
		u = t.at.ResolveReference(u)
	}
	t.at = u
	t.record.belong(origin(u))
	if _, err := chromedp.Navigate(u.String())(ctx, t.target); err != nil {
		return fmt.Errorf("open %s: %w", u, err)
	}
	return nil
}

// Address is the URL of the page that is shown.
func (t *Tab) Address(ctx context.Context) (string, error) {
	history, err := cdp.Call(ctx, t.target, page.GetNavigationHistory, cdp.Empty{})
	if err != nil {
		return "", err
	}
	return history.Entries[history.CurrentIndex].URL, nil
}

// origin is scheme, host and port of a URL; "" if it is not fetched from a
// server.
func origin(u *url.URL) string {
	switch u.Scheme {
	case "http", "ws":
		return "http://" + u.Host
	case "https", "wss":
		return "https://" + u.Host
	}
	return ""
}
