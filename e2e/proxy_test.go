package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/suite"
)

// publicURL is the address that the samples in deploy/ serve.
const publicURL = "https://rekey.example.org"

// proxy is one of the samples in deploy/, and the real program that runs it.
type proxy struct {
	program, sample string
	// settings adapts the sample to run in a folder, at a port of loopback, in front of
	// a server.
	settings func(sample, folder string, port int, server string) string
	args     func(folder string) []string
}

// replaceAll replaces texts that must be there, so that a change of the sample is
// noticed.
func replaceAll(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the sample does not have %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func TestTheSampleForNginxCarriesEverything(t *testing.T) {
	t.Parallel()
	throughProxy(t, proxy{
		program: "/usr/sbin/nginx", sample: "nginx.conf",
		settings: func(sample, folder string, port int, server string) string {
			sample = replaceAll(t, sample, "server 127.0.0.1:8440;", "server "+server+";",
				"\tlisten [::]:443 ssl http2;\n", "", "listen 443 ssl", fmt.Sprintf("listen 127.0.0.1:%d ssl", port),
				"\tlisten [::]:80;\n", "", "listen 80;", "listen unix:"+folder+"/http;", "/etc/ssl/rekey/", folder+"/")
			user := ""
			if os.Geteuid() == 0 {
				user = "user root;\n"
			}
			var places strings.Builder
			for _, place := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
				fmt.Fprintf(&places, "%s_temp_path %s/%s;\n", place, folder, place)
			}
			return user + "daemon off;\nworker_processes 1;\npid " + folder + "/pid;\nevents {}\nhttp {\n" + places.String() + sample + "}\n"
		},
		args: func(folder string) []string {
			return []string{"-p", folder, "-e", "stderr", "-c", folder + "/settings"}
		},
	})
}

func TestTheSampleForCaddyCarriesEverything(t *testing.T) {
	t.Parallel()
	throughProxy(t, proxy{
		program: "/usr/bin/caddy", sample: "Caddyfile",
		settings: func(sample, folder string, port int, server string) string {
			sample = replaceAll(t, sample, "127.0.0.1:8440", server,
				"\nrekey.example.org {\n", fmt.Sprintf("\n%s:%d {\n\tbind 127.0.0.1\n\ttls %s/certificate.pem %s/key.pem\n", publicURL, port, folder, folder))
			return "{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system " + folder + "\n}\n" + sample
		},
		args: func(folder string) []string {
			return []string{"run", "--adapter", "caddyfile", "--config", folder + "/settings"}
		},
	})
}

// throughProxy uses Rekey through a proxy as the samples set it up.
func throughProxy(t *testing.T, p proxy) {
	t.Helper()
	if _, err := os.Stat(p.program); err != nil {
		t.Skipf("%s is not installed; scripts/install-test-servers, as root, does that", p.program)
	}
	w := setup(t, options{change: func(c *app.Config) { c.Listen, c.PublicURL = fmt.Sprintf("127.0.0.1:%d", freePort(t)), publicURL }})
	direct := func(caller string) *client.Client {
		return client.New("http://"+w.app.Config.Listen, client.WithToken(giveToken(t, w.app, caller, w.now())),
			client.WithHTTPClient(&http.Client{Timeout: suite.Limit}))
	}
	w.admin, w.siem = direct(w.callers[0]), direct(w.callers[1])
	b := newBrowser(t, publicURL, "192.0.2.66", w.behind(p))

	person := w.person(client.User{Address: "ada@example.org", Role: "administrator"})
	if got := entryOf(t, b.logIn(person.Address, person.password)); got != asOwner {
		t.Fatalf("the log-in led to %s", got)
	}
	address, err := url.Parse(publicURL)
	if err != nil {
		t.Fatal(err)
	}
	if cookies := b.http.Jar.Cookies(address); len(cookies) == 0 || !strings.HasPrefix(cookies[0].Name, "__Host-") {
		t.Errorf("cookies %v: Rekey was not told of TLS", cookies)
	}
	if got := b.get("/metrics"); got.status != http.StatusNotFound {
		t.Errorf("/metrics is open to everybody: %d", got.status)
	}
	// A body of the largest size that Rekey takes reaches Rekey, which decides.
	large := b.post("/users/import", url.Values{"text": {strings.Repeat("x", 5<<20)}})
	if strings.Contains(large.body, "nginx") || !strings.Contains(large.body, "Rekey") {
		t.Errorf("5 MiB did not reach Rekey: %d", large.status)
	}
	w.watch.mu.Lock()
	log := w.watch.log.String()
	w.watch.mu.Unlock()
	if strings.Contains(log, `"source":"192.0.2.66"`) || !strings.Contains(log, `"source":"127.0.0.1"`) {
		t.Error("who calls can make up where they come from")
	}
	w.watchedThrough(b)
}

// watchedThrough checks that the page of a run gets a change while the answer goes on.
func (w *world) watchedThrough(b *browser) {
	w.t.Helper()
	w.automation(w.admin, rekey.SendParams{}, func(a *client.Automation) { a.Delay = rekey.Delay{Value: 1, Unit: "days"} })
	run := w.run(w.leaked(w.people("grace")...), func(r client.Run) bool { return r.State == "waiting" })
	ctx, leave := context.WithTimeout(w.t.Context(), suite.Limit)
	defer leave()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, publicURL+"/runs/"+run.ID+"/live", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	answer, err := b.http.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	until := func(text string) {
		w.t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		w.t.Fatalf("the stream ended before %q: %v", text, lines.Err())
	}
	until("event: state")
	if _, err := w.admin.CancelRun(ctx, run.ID); err != nil {
		w.t.Fatal(err)
	}
	until("event: over")
}

// behind starts a proxy in front of the server, and returns a transport that reaches it
// under publicURL.
func (w *world) behind(p proxy) http.RoundTripper {
	w.t.Helper()
	folder, port := w.t.TempDir(), freePort(w.t)
	sample, err := os.ReadFile(filepath.Join("..", "deploy", p.sample))
	if err != nil {
		w.t.Fatal(err)
	}
	certificate, key := selfSigned(w.t, "rekey.example.org")
	for name, text := range map[string]string{
		"certificate.pem": certificate, "key.pem": key, "settings": p.settings(string(sample), folder, port, w.app.Config.Listen),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	said := &buffer{}
	program := exec.Command(p.program, p.args(folder)...)
	program.Stdout, program.Stderr = said, said
	program.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
	if err := program.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	w.t.Cleanup(func() {
		_ = program.Process.Signal(os.Interrupt)
		<-ended //nolint:errcheck // it was ended on purpose
	})
	at := fmt.Sprintf("127.0.0.1:%d", port)
	eventually(w.t, p.program+" to listen", func() bool {
		select {
		case err := <-ended:
			ended <- err
			w.t.Fatalf("%s has ended: %v\n%s", p.program, err, said)
		default:
		}
		conn, err := net.Dial("tcp", at)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(certificate))
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, ResponseHeaderTimeout: time.Minute,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", at)
		},
	}
	w.t.Cleanup(transport.CloseIdleConnections)
	return transport
}
