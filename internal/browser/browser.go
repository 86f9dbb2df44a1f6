package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/chromedp/chromedp"
)

// closing is how long the browser may take to end in good order.
const closing = 30 * time.Second

// Browser is a running Chromium.
type Browser struct {
	// tab returns the context of a new tab in a new private window.
	tab  func() (context.Context, context.CancelFunc)
	stop func() error
}

// flags are those that the browser is started with, besides the ones that
// chromedp adds for a profile of its own.
func flags() []chromedp.ExecAllocatorOption {
	options := []chromedp.ExecAllocatorOption{chromedp.Headless}
	for _, name := range []string{
		// Root, and most containers, have no sandbox; the pages are our own.
		"no-sandbox",
		"disable-gpu", "disable-quic",
		"no-first-run", "no-default-browser-check",
		"disable-background-networking", "disable-component-update", "disable-sync",
		"disable-default-apps", "disable-extensions", "disable-breakpad",
		// In a container /dev/shm may be too small for a page.
		"disable-dev-shm-usage",
		// A tab that is not in front works as fast as one that is.
		"disable-background-timer-throttling", "disable-backgrounding-occluded-windows", "disable-renderer-backgrounding",
		// A page that is left is gone, and the next one of the same server takes over
		// its process: starting processes costs more than all that is looked at.
		"process-per-site",
		// No page leaves this machine, whatever it asks for.
		"no-proxy-server",
	} {
		options = append(options, chromedp.Flag(name, true))
	}
	return append(options,
		chromedp.Flag("disable-features", "BackForwardCache,SpareRendererForSitePerProcess"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE ::1"),
		chromedp.Flag("password-store", "basic"),
		// The same letters and colours on every machine with the same fonts.
		chromedp.Flag("lang", "en-GB"),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("font-render-hinting", "none"),
	)
}

// Start starts a browser with a fresh profile. It ends with ctx or with Close.
// The error is ErrMissing if there is none on this machine.
func Start(ctx context.Context) (*Browser, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	// A short name: the path of a socket in it has to fit into 107 bytes.
	home, err := os.MkdirTemp("", "rekey-")
	if err != nil {
		return nil, err
	}
	options := append(flags(), chromedp.ExecPath(path), chromedp.Env(
		"HOME="+home, "TMPDIR="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home,
	))
	allocator, release := chromedp.NewExecAllocator(ctx, options...)
	root, cancel := chromedp.NewContext(allocator)
	stop := func() error {
		defer func() {
			cancel()
			release()
		}()
		inTime, done := context.WithTimeout(root, closing)
		defer done()
		return chromedp.Cancel(inTime)
	}
	if err := chromedp.Do(root); err != nil {
		cancel()
		release()
		return nil, errors.Join(fmt.Errorf("start %s: %w", path, err), os.RemoveAll(home))
	}
	return &Browser{
		tab: func() (context.Context, context.CancelFunc) {
			return chromedp.NewContext(root, chromedp.WithNewBrowserContext())
		},
		stop: func() error { return errors.Join(stop(), os.RemoveAll(home)) },
	}, nil
}

// Close ends the browser and removes what it has written.
func (b *Browser) Close() error { return b.stop() }
