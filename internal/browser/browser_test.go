package browser

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"rekey/internal/suite"
)

// shared is the one browser of these tests.
var shared = sync.OnceValues(func() (*Browser, error) { return Start(context.Background()) })

func TestMain(m *testing.M) {
	status := m.Run()
	if b, err := shared(); err == nil {
		if err := b.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
	}
	os.Exit(status)
}

// policy is as strict as that of the console.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http://pictures.example.org; connect-src 'self'; form-action 'self'"

// pages are served by path. Each that is named for a fault has that fault alone.
var pages = map[string]string{
	"/clean":    document(`<label for="n">Name</label> <input id="n"> <button>Save</button>`),
	"/picture":  document(`<img src="http://pictures.example.org/logo.png" alt="Logo">`),
	"/inline":   document(`<p>One.</p><script>document.title = 'changed'</script>`),
	"/style":    document(`<p style="color: #333">One.</p>`),
	"/label":    document(`<form><input name="address"></form>`),
	"/contrast": document(`<p class="pale">Hardly to be read.</p>`),
	"/small":    document(`<button class="tiny">a</button><button class="tiny">b</button>`),
	"/night":    document(`<p class="night">Hardly to be read by night.</p><div class="narrow" id="narrow">Wide on a phone.</div>`),
	"/wide":     document(`<div class="wide" id="wide">Six hundred pixels.</div>`),
	"/scroller": document(`<div class="scroller" tabindex="0"><div class="wide">Six hundred pixels.</div></div>`),
	"/cut":      document(`<p class="cut" id="cut">A name that is much too long for the place that it has been given here.</p>`),
	"/titled":   document(`<p class="cut" title="A name that is much too long for the place.">A name that is much too long for the place.</p>`),
	"/skip":     document(`<a class="away" href="#main">To the text</a><span class="visually-hidden">Only for screen readers, and long.</span>`),
	"/error":    document(`<p>One.</p><script src="/error.js"></script>`),
	"/throw":    document(`<p>One.</p><script src="/throw.js"></script>`),
	"/missing":  document(`<p>One.</p><img src="/none.png" alt="">`),
	"/dialog":   document(`<p>One.</p><script src="/dialog.js"></script>`),
	"/act":      document(acting),
	"/late":     document(`<h2 id="top" tabindex="-1" autofocus>Top</h2><p class="far"></p><p><input id="agree" type="checkbox"> <label for="agree">I agree</label></p>`),
	"/env":      document(`<p id="says">No script.</p><script src="/env.js"></script>`),
}

// files are what the pages use.
var files = map[string]string{
	"/page.css": `
		* { box-sizing: border-box; } body { margin: 8px; font: 14px sans-serif; background: #fff; color: #111; }
		.wide { width: 600px; } .far { height: 5000px; } .scroller { overflow-x: auto; }
		.cut { width: 120px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
		.pale { color: #ccc; } .tiny { width: 12px; height: 12px; padding: 0; border: 0; margin: 0; font-size: 8px; }
		.away { position: absolute; left: -9999px; } .over { position: fixed; inset: 0; background: #fff; }
		.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
		@media (max-width: 500px) { .narrow { width: 500px; } }
		@media (prefers-color-scheme: dark) { body { background: #000; color: #eee; } .night { color: #222; } }`,
	"/error.js":  `console.error('it broke', 7); console.warn('beware'); console.log('nothing');`,
	"/throw.js":  `Promise.reject(new Error('nobody caught this')); throw new Error('it threw');`,
	"/dialog.js": `document.title = String(confirm('Really?'));`,
	"/env.js": `document.getElementById('says').textContent = [navigator.language, new Date(0).getHours(),
		matchMedia('(prefers-color-scheme: dark)').matches, innerWidth, innerHeight].join(' ');`,
	"/act.js": `
		const log = document.getElementById('log');
		const say = (text) => { log.textContent += text + ';'; };
		document.getElementById('late').addEventListener('click', () => requestAnimationFrame(() => {
			document.getElementById('cover').remove();
			const p = document.createElement('p'); p.id = 'came'; p.textContent = 'It   came late.'; document.body.append(p);
		}));
		document.getElementById('save').addEventListener('click', (e) => say('saved ' + e.isTrusted));
		document.getElementById('name').addEventListener('keydown', (e) => say(e.shiftKey ? 'shift ' + e.key : e.key));
		document.getElementById('colour').addEventListener('change', (e) => say(e.target.value));
		document.getElementById('day').addEventListener('change', (e) => say(e.target.value));
		document.getElementById('agree').addEventListener('change', (e) => say('agreed ' + e.target.checked));`,
}

const acting = `<button id="late">Lift the cover</button>
	<form action="/sent"><p><label for="name">Name *</label> <input id="name" name="name" value="Before"></p>
	<p><label for="colour">Colour</label> <select id="colour"><option value="r">Red</option><option value="b">Dark  blue</option></select></p>
	<p><label for="day">Day</label> <input id="day" type="date"></p>
	<p><input id="agree" type="checkbox"> <label for="agree">I agree</label></p>
	<ul><li id="first"><button type="button">Edit</button></li><li id="second"><button type="button">Edit</button></li></ul>
	<p class="place"><button id="save" type="button">Save</button><span id="cover" class="over"></span></p>
	<button>Send it</button></form><p id="log"></p><script src="/act.js"></script>`

// document is a document without fault around its content.
func document(content string) string {
	return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>` +
		`<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/page.css"></head>` +
		`<body><main id="main"><h1>A page</h1>` + content + `</main></body></html>`
}

func serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		switch text, isPage := pages[r.URL.Path]; {
		case isPage:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, text)
		case r.URL.Path == "/sent":
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, document("<p>Sent: "+r.FormValue("name")+"</p>"))
		case r.URL.Path == "/cookie":
			_, err := r.Cookie("seen")
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			fmt.Fprint(w, document(fmt.Sprintf("<p>New: %v, %s</p>", err != nil, r.Header.Get("Accept-Language"))))
		case files[r.URL.Path] != "":
			kind := map[bool]string{true: "text/css", false: "text/javascript"}[strings.HasSuffix(r.URL.Path, ".css")]
			w.Header().Set("Content-Type", kind)
			fmt.Fprint(w, files[r.URL.Path])
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// setup opens a tab, and a page in it.
func setup(t *testing.T, o Options, path string) (context.Context, *Tab) {
	t.Helper()
	b, err := shared()
	if errors.Is(err, ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), suite.Limit)
	t.Cleanup(cancel)
	tab, err := b.Tab(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tab.Close)
	if err := tab.Open(ctx, serve(t)+path); err != nil {
		t.Fatal(err)
	}
	return ctx, tab
}

var phone = Options{Width: 390, Height: 844}

// visit opens the next page in a tab that has just been to another.
func visit(ctx context.Context, t *testing.T, tab *Tab, path string) {
	t.Helper()
	if err := errors.Join(tab.Forget(ctx), tab.Open(ctx, path)); err != nil {
		t.Fatal(err)
	}
}

func TestAFaultyPageIsComplainedAbout(t *testing.T) {
	t.Parallel()
	ctx, tab := setup(t, Options{}, "/act")
	for _, c := range []struct {
		path  string
		kinds []Kind
		says  string
	}{
		{"/clean", nil, ""},
		{"/label", nil, ""}, // a matter for axe alone
		{"/picture", []Kind{Elsewhere}, "http://pictures.example.org/logo.png"},
		{"/inline", []Kind{Policy}, "script-src 'self'"},
		{"/style", []Kind{Policy}, "style-src 'self'"},
		{"/error", []Kind{Console, Console}, "it broke 7"},
		{"/throw", []Kind{Exception, Exception}, "it threw"},
		{"/missing", []Kind{Refused}, "404"},
		{"/dialog", []Kind{Dialog}, "Really?"},
	} {
		visit(ctx, t, tab, c.path)
		found, err := tab.Complaints(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var kinds []Kind
		for _, f := range found {
			kinds = append(kinds, f.Kind)
		}
		if !slices.Equal(kinds, c.kinds) || !strings.Contains(fmt.Sprint(found), c.says) {
			t.Errorf("%s: found %v; want %v, saying %q", c.path, found, c.kinds, c.says)
		}
	}
}

func TestWhatDoesNotFitIsFound(t *testing.T) {
	t.Parallel()
	ctx, tab := setup(t, phone, "/act")
	for _, c := range []struct{ path, finds string }{
		{"/clean", ""},
		{"/wide", "the page scrolls sideways by 218 px\nsticks out: #wide by 218 px \"Six hundred pixels.\""},
		{"/scroller", ""},
		{"/cut", "cut off: #cut by "},
		{"/titled", ""},
		{"/skip", ""},
	} {
		visit(ctx, t, tab, c.path)
		found, err := tab.Overflow(ctx)
		if err != nil {
			t.Fatal(err)
		}
		text := found.String()
		if found.None() != (c.finds == "") || !strings.HasPrefix(text, c.finds) || strings.Count(text, "\n") != strings.Count(c.finds, "\n") {
			t.Errorf("%s: found\n%s\nwant\n%s", c.path, text, c.finds)
		}
	}
}

func TestBrokenRulesOfAccessibilityAreFound(t *testing.T) {
	t.Parallel()
	ctx, tab := setup(t, phone, "/act")
	for _, c := range []struct{ path, rule string }{
		{"/clean", ""},
		{"/label", "label"},
		{"/contrast", "color-contrast"},
		{"/small", "target-size"},
	} {
		visit(ctx, t, tab, c.path)
		found, err := tab.Axe(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range found {
			if v.Rule != c.rule || v.Selector == "" || v.Summary == "" || v.Impact == "" {
				t.Errorf("%s: found %v, want %q", c.path, v, c.rule)
			}
		}
		if (len(found) > 0) != (c.rule != "") {
			t.Errorf("%s: found %v, want %q", c.path, found, c.rule)
		}
		if complaints, err := tab.Complaints(ctx); err != nil || len(complaints) > 0 {
			t.Errorf("%s: the check itself has left %v, %v", c.path, complaints, err)
		}
	}
}

func TestAnInspectionSaysInWhichViewsSomethingIsWrong(t *testing.T) {
	t.Parallel()
	ctx, tab := setup(t, Options{}, "/act")
	for _, c := range []struct {
		path     string
		thorough bool
		want     []string
	}{
		{"/clean", true, nil},
		{"/error", true, []string{"console: error it broke 7 * [everywhere]", "console: warning beware * [everywhere]"}},
		{"/night", true, []string{
			"color-contrast * [dark-1440, dark-390]",
			"the page scrolls sideways by 118 px [light-390, dark-390]",
			"sticks out: #narrow by 118 px * [light-390, dark-390]",
		}},
		{"/night", false, []string{
			"the page scrolls sideways by 118 px [light-390, dark-390]",
			"sticks out: #narrow by 118 px * [light-390, dark-390]",
		}},
		{"/contrast", false, []string{"color-contrast * [light-1440]"}},
	} {
		found, err := tab.Inspect(ctx, c.path, c.thorough)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(found, c.want, func(f, w string) bool {
			begin, end, _ := strings.Cut(w, "*")
			return strings.HasPrefix(f, strings.TrimSpace(begin)) && strings.HasSuffix(f, end)
		}) {
			t.Errorf("%s, thorough %t: found\n%s\nwant\n%s", c.path, c.thorough, strings.Join(found, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestAxeIsAsItCame(t *testing.T) {
	t.Parallel()
	sums, err := os.ReadFile("axe/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(axeCore))
	if !strings.Contains(string(sums), hex.EncodeToString(sum[:])+"  axe.min.js") {
		t.Error("axe/axe.min.js is not the file of axe/SHA256SUMS")
	}
}
