package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/console/static"
	"rekey/internal/server"
)

func TestEveryAnswerKeepsBrowsersSafe(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	check := func(a answer) {
		t.Helper()
		where := a.Request.Method + " " + a.Request.URL.Path
		csp := a.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'", "script-src 'self'", "style-src 'self'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: the policy lacks %s: %q", where, part, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
			t.Errorf("%s: the policy is lax: %q", where, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", where, name, got)
			}
		}
		if keeps := strings.HasPrefix(a.Request.URL.Path, static.Prefix) && a.StatusCode == http.StatusOK; strings.Contains(a.Header.Get("Cache-Control"), "no-store") == keeps {
			t.Errorf("%s: Cache-Control is %q", where, a.Header.Values("Cache-Control"))
		}
		if strings.Contains(a.body, " style=") || strings.Contains(a.body, " onclick=") || regexp.MustCompile(`<script[^>]*>[^<]`).MatchString(a.body) {
			t.Errorf("%s: inline style or script", where)
		}
	}
	for range 2 { // as a stranger, and logged in
		for _, r := range f.console.routes {
			if r.path == "/logout" {
				continue
			}
			var form url.Values
			if r.method == "POST" {
				form = url.Values{}
			}
			check(f.send(r.method, f.example(r), form))
		}
		check(f.get("/nowhere"))
		check(f.get("/static/nothing.css"))
		check(f.send("PUT", "/login", url.Values{}))
		f.logIn(u, chosen)
	}
	check(f.send("POST", "/logout", url.Values{}))
}

func TestFormOfAnotherOriginIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.logIn(u, chosen)
	for _, r := range f.console.routes {
		if r.method != "POST" {
			continue
		}
		form := url.Values{"current_password": {chosen}, "new_password": {chosen2}, "address": {u.Address}, "password": {chosen}}
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
			got := f.send(r.method, f.example(r), form, headers...)
			got.shows(t, http.StatusForbidden, "<h1>", "another site")
		}
	}
	f.get("/account").shows(t, http.StatusOK) // still logged in
	f.browser = newBrowser(t)
	f.logIn(u, chosen) // and nothing changed
}

func TestCookieOfASessionIsKeptFromScriptAndOtherSites(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.console.Sessions = f.access.NewSessions(true)
	got := f.direct("POST", "/login", url.Values{"address": {u.Address}, "password": {chosen}}).Result()
	cookies := got.Cookies()
	if len(cookies) != 1 || !strings.HasPrefix(cookies[0].Name, "__Host-") || !cookies[0].Secure || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Errorf("cookies: %v", cookies)
	}
}

func TestUnknownPathsAndMethodsSaySo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.get("/nowhere").shows(t, http.StatusNotFound, "Page not found", "This page does not exist")
	f.get("/login/").shows(t, http.StatusNotFound)
	got := f.send("DELETE", "/login", nil)
	got.shows(t, http.StatusMethodNotAllowed)
	if allow := got.Header.Get("Allow"); allow != "GET, POST" {
		t.Errorf("Allow is %q", allow)
	}
}

func TestFailureOfOursIsNotShown(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.logIn(u, chosen)
	f.ok(f.db.Close())
	got := f.get("/")
	got.shows(t, http.StatusInternalServerError, "Something went wrong here", "Reference in the log:")
	if strings.Contains(got.body, "sql") || strings.Contains(got.body, "database") {
		t.Error("the cause is shown")
	}
}

func TestFormsAreBounded(t *testing.T) {
	t.Parallel()
	f := setup(t)
	got := f.send("POST", "/login", url.Values{"address": {strings.Repeat("x", 20_000)}, "password": {"y"}})
	got.shows(t, http.StatusRequestEntityTooLarge)
	f.send("POST", "/login?%zz", url.Values{"address": {"x"}}).shows(t, http.StatusBadRequest)
}

// Every page has its own line in the metrics, and is named in the log.
func TestPagesAreCountedByTheirRoute(t *testing.T) {
	t.Parallel()
	f := setup(t)
	metrics := server.NewMetrics()
	web := server.New(server.Config{Handler: f.console.Handler(), Logger: f.console.Logger, Metrics: metrics, NewID: f.newID})
	for _, path := range []string{"/login", "/", staticPath(t, "rekey.css")} {
		web.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	mux, w := http.NewServeMux(), httptest.NewRecorder()
	metrics.Register(mux)
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, labels := range []string{`route="GET /login",status="200"`, `route="GET /{$}",status="303"`, `route="GET /static/{file}",status="200"`} {
		if !strings.Contains(w.Body.String(), "rekey_http_requests_total{"+labels+"} 1\n") {
			t.Errorf("no request is counted with %s", labels)
		}
	}
}

// A password in the address of a page would be in histories and logs.
func TestOnlyTheBodyOfAFormCounts(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	got := f.send("POST", "/login?password="+chosen, url.Values{"address": {u.Address}})
	got.shows(t, http.StatusUnauthorized)
}

func TestFilesAreKeptByTheirContent(t *testing.T) {
	t.Parallel()
	f := setup(t)
	page := f.get("/login")
	for _, name := range []string{"rekey.css", "tabler.css", "theme.js", "password.js", "icon.svg"} {
		path := staticPath(t, name)
		if !strings.Contains(page.body, path) {
			t.Errorf("the page does not use %s", path)
		}
		got := f.get(path)
		got.shows(t, http.StatusOK)
		if got.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || got.Header.Get("Content-Type") == "" {
			t.Errorf("%s: %v", name, got.Header)
		}
	}
}

// staticPath is where a file is served.
func staticPath(t *testing.T, name string) string {
	t.Helper()
	path, err := static.Path(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// What a page says to be described, focused or linked must be there.
func TestIDsThatAreReferredToExist(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	token, err := f.access.MakeSetupLink(t.Context(), "")
	f.ok(err)
	pages := []answer{
		f.get("/login"), f.get("/forgot-password"), f.get("/setup?token=" + token.Reveal()),
		f.send("POST", "/setup", url.Values{"token": {token.Reveal()}, "first_name": {"www.example.org"}, "new_password": {"short"}}),
	}
	f.logIn(u, chosen)
	pages = append(pages, f.get(changePath), f.send("POST", changePath, url.Values{"new_password": {"short"}}))
	references := regexp.MustCompile(`(?:aria-describedby|aria-controls|for|data-reveals)="([^"]+)"|href="#([^"]+)"`)
	for _, page := range pages {
		for _, match := range references.FindAllStringSubmatch(page.body, -1) {
			for id := range strings.FieldsSeq(match[1] + " " + match[2]) {
				if strings.Count(page.body, `id="`+id+`"`) != 1 {
					t.Errorf("%s: %d elements with id %s", page.Request.URL.Path, strings.Count(page.body, `id="`+id+`"`), id)
				}
			}
		}
		if !strings.Contains(page.body, `<html lang="en"`) || strings.Count(page.body, "<h1>") != 1 {
			t.Errorf("%s: language or heading", page.Request.URL.Path)
		}
	}
}

func TestNoPageNamesAnOutsideAddress(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"view/*.html", "view/parts/*.html", "static/*.js", "static/*.css"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "://") {
				t.Errorf("%s names an outside address", name)
			}
		}
	}
}
