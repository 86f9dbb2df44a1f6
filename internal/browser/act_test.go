package browser

import (
	"bytes"
	"context"
	"errors"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/internal/suite"
)

// refused says why Click goes on waiting.
func refused(ctx context.Context, t *testing.T, tab *Tab, what string) string {
	t.Helper()
	var f finding
	if err := tab.ask(ctx, &f, "aim", what, true); err != nil {
		t.Fatal(err)
	}
	return f.Why
}

func TestAPageIsUsedAsByAPerson(t *testing.T) {
	t.Parallel()
	ctx, tab := setup(t, Options{}, "/act")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if why := refused(ctx, t, tab, "Save"); why != "it is covered by #cover" {
		t.Errorf("what is covered is not clicked because %q", why)
	}
	must(tab.Eval(ctx, `document.getElementById('late').click()`, nil))
	must(tab.See(ctx, "It came late."))
	must(tab.WaitFor(ctx, "#came"))
	must(tab.WaitUntil(ctx, `document.getElementById('cover') === null`))
	must(tab.Click(ctx, "Save"))
	must(tab.Type(ctx, "Name", "Zoë"))
	must(tab.Press(ctx, "Shift+Tab"))
	must(tab.Choose(ctx, "Colour", "Dark blue"))
	must(tab.Type(ctx, "Day", "2026-11-22"))
	must(tab.Click(ctx, "I agree"))
	log, err := tab.Text(ctx, "#log")
	must(err)
	if want := "saved true;shift Z;o;Unidentified;shift Tab;b;2026-11-22;agreed true;"; log != want {
		t.Errorf("the page has seen\n%s\nwant\n%s", log, want)
	}
	must(tab.Follow(ctx, "Send it"))
	must(tab.See(ctx, "Sent: Zoë"))
	address, err := tab.Address(ctx)
	must(err)
	if !strings.HasSuffix(address, "/sent?name=Zo%C3%AB") {
		t.Errorf("at %s", address)
	}
	if complaints, err := tab.Complaints(ctx); err != nil || len(complaints) > 0 {
		t.Errorf("a page that says no is not a fault: %v, %v", complaints, err)
	}
}

func TestANameThatTwoHaveIsRefused(t *testing.T) {
	t.Parallel()
	ctx, tab := setup(t, Options{}, "/act")
	if err := tab.Eval(ctx, `document.getElementById('cover').remove()`, nil); err != nil {
		t.Fatal(err)
	}
	if why := refused(ctx, t, tab, "Edit"); !strings.HasPrefix(why, "2 are called so") {
		t.Errorf("one of two is not clicked because %q", why)
	}
	if err := tab.Click(ctx, "#second >> Edit"); err != nil {
		t.Error(err)
	}
}

func TestAReaderIsWhoTheyAreSaidToBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		Options
		want string
	}{
		{"as usual", Options{}, "en-GB 0 false 1440 900"},
		{"elsewhere", Options{Width: 390, Height: 844, Dark: true, Locale: "de-DE", TimeZone: "Asia/Tokyo"}, "de-DE 9 true 390 844"},
		{"without scripts", Options{NoScript: true}, "No script."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, tab := setup(t, c.Options, "/env")
			if says, err := tab.Text(ctx, "#says"); err != nil || says != c.want {
				t.Errorf("the page says %q, %v; want %q", says, err, c.want)
			}
			if complaints, err := tab.Complaints(ctx); err != nil || len(complaints) > 0 {
				t.Errorf("complaints %v, %v", complaints, err)
			}
			if found, err := tab.Axe(ctx); err != nil || len(found) > 0 {
				t.Errorf("axe: %v, %v", found, err)
			}
		})
	}
}

func TestTabsShareNoCookies(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"en-GB", "fr-FR"} {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			ctx, tab := setup(t, Options{Locale: locale}, "/cookie")
			if err := tab.See(ctx, "New: true, "+locale); err != nil {
				t.Error(err)
			}
			if err := tab.Open(ctx, "/cookie"); err != nil {
				t.Error(err)
			}
			if err := tab.See(ctx, "New: false"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAScreenshotShowsTheWholePage(t *testing.T) {
	t.Parallel()
	ctx, tab := setup(t, phone, "/clean")
	if err := tab.Eval(ctx, `document.querySelector('main').style.height = '2000px'`, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dark  bool
		width int
		at    color.Color
	}{{false, 390, color.White}, {true, 1440, color.Black}} {
		if err := tab.Dark(ctx, c.dark); err != nil {
			t.Fatal(err)
		}
		if err := tab.Size(ctx, c.width, 844); err != nil {
			t.Fatal(err)
		}
		data, err := tab.Screenshot(ctx)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		size := picture.Bounds().Size()
		if size.X != c.width || size.Y < 2000 {
			t.Errorf("the picture is %v", size)
		}
		r, g, b, _ := picture.At(size.X-1, size.Y-1).RGBA()
		if wr, wg, wb, _ := c.at.RGBA(); r != wr || g != wg || b != wb {
			t.Errorf("dark %v: the last point is %v", c.dark, picture.At(size.X-1, size.Y-1))
		}
	}
}

// running lists the command lines of processes that name a folder.
func running(t *testing.T, folder string) (lines []string) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		if line, err := os.ReadFile(p); err == nil && strings.Contains(string(line), folder) {
			lines = append(lines, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return lines
}

func TestNothingIsLeftBehind(t *testing.T) {
	// The path of a socket must be short, which that of t.TempDir is not.
	folder, err := os.MkdirTemp("", "rekey-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	t.Setenv("TMPDIR", folder)
	b, err := Start(t.Context())
	if errors.Is(err, ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	tab, err := b.Tab(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := tab.Open(t.Context(), serve(t)+"/clean"); err != nil {
		t.Fatal(err)
	}
	tab.Close()
	if files, err := filepath.Glob(folder + "/*"); err != nil || len(files) == 0 {
		t.Errorf("the browser has written elsewhere than into %v, %v", files, err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if files, err := filepath.Glob(folder + "/*"); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	// Its helpers end by themselves, when they see that it has.
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for begun := time.Now(); ; <-again.C {
		left := running(t, folder)
		if len(left) == 0 {
			return
		}
		if time.Since(begun) > suite.Limit {
			t.Fatalf("still running: %q", left)
		}
	}
}

func TestAMissingBrowserIsNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv(PathVariable, "")
	if _, err := Start(t.Context()); err == nil || !strings.Contains(err.Error(), "apt-get install chromium") {
		t.Errorf("the error is %v", err)
	}
	t.Setenv(PathVariable, "/nowhere/chromium")
	if _, err := Start(t.Context()); err == nil || !strings.Contains(err.Error(), PathVariable) {
		t.Errorf("the error is %v", err)
	}
}

func TestNoPageLeavesThisMachine(t *testing.T) {
	t.Parallel()
	ctx, tab := setup(t, Options{}, "/clean")
	here, err := tab.Address(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// Every name under localhost is this machine, if names are looked up at all.
	err = tab.Open(ctx, strings.Replace(here, "127.0.0.1", "other.localhost", 1))
	if err == nil || !strings.Contains(err.Error(), "ERR_NAME_NOT_RESOLVED") {
		t.Errorf("a name was looked up: %v", err)
	}
}

// A page that is loaded scrolls to its autofocus with its first frame, which may come
// after the end of the loading.
func TestClickHitsOnAPageThatScrollsToItsAutofocus(t *testing.T) {
	t.Parallel()
	ctx, tab := setup(t, Options{}, "/late")
	for range suite.Times(30, 1000) {
		var agreed bool
		err := errors.Join(tab.Open(ctx, "/late"), tab.Click(ctx, "I agree"), tab.Eval(ctx, "document.getElementById('agree').checked", &agreed))
		if err != nil || !agreed {
			t.Fatalf("the click missed: %v", err)
		}
	}
}
