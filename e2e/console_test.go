package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	chromium "rekey/internal/browser"
	"rekey/internal/browser/browsertest"
	"rekey/internal/catcher"
	"rekey/internal/suite"
)

// installed is the folder of the program that product has built; TestMain removes it.
var installed string

// product is the program as it is installed, not assembled by the tests.
var product = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(suite.ProgramVariable); path != "" {
		return path, nil
	}
	var err error
	if installed, err = os.MkdirTemp("", "rekey-e2e-"); err != nil {
		return "", err
	}
	path := filepath.Join(installed, "rekey")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", path, "rekey/cmd/rekey").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build rekey: %w: %s", err, out)
	}
	return path, nil
})

// office is a server on its first start, with its mail server.
type office struct {
	url    string
	setUp  string // the set-up address that the server has printed
	folder string
	mail   *catcher.Catcher
	watch  *watch
}

var (
	printedSetUp = regexp.MustCompile(`http://\S+/setup\?token=\S+`)
	printedURL   = regexp.MustCompile(`^Rekey serves (http://\S+)$`)
)

// open starts rekey serve on an empty database. It is stopped with the test.
func open(t *testing.T) *office {
	t.Helper()
	path, err := product()
	if err != nil {
		t.Fatal(err)
	}
	mail, err := catcher.Start(t.Context(), catcher.Config{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mail.Close() })
	o := &office{folder: t.TempDir(), mail: mail, watch: newWatch()}
	server := exec.Command(path, "serve",
		"--listen=127.0.0.1:0", "--database="+filepath.Join(o.folder, "rekey.db"),
		"--smtp-host=127.0.0.1", "--smtp-port="+strings.TrimPrefix(mail.Addr(), "127.0.0.1:"), "--smtp-tls=plain", "--smtp-from=rekey@example.org")
	server.Dir = o.folder
	server.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + o.folder, "TMPDIR=" + o.folder}
	server.Stderr = o.watch
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{}) // closed when the server says no more
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		hang := time.AfterFunc(suite.Limit, func() { _ = server.Process.Kill() })
		defer hang.Stop()
		<-read
		if err := server.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
		o.watch.check(t, o.folder)
	})
	lines := bufio.NewScanner(out)
	for (o.url == "" || o.setUp == "") && lines.Scan() {
		if found := printedURL.FindStringSubmatch(lines.Text()); found != nil {
			o.url = found[1]
		}
		if address := printedSetUp.FindString(lines.Text()); address != "" {
			o.setUp = address
		}
	}
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, out)
	}()
	if o.url == "" || o.setUp == "" {
		t.Fatalf("the server has not printed its addresses; it has logged\n%s", &o.watch.log)
	}
	return o
}

func TestTheFirstAdministratorIsSetUpWithTheAddressPrinted(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]chromium.Options{
		"on a desk": {}, "on a phone": {Width: 390, Height: 844, Dark: true}, "without scripts": {NoScript: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			office := open(t)
			const password = "a wardrobe of seven lamps"
			office.watch.secret(password, "ada@example.org")
			tab := browsertest.Open(t, o)

			tab.Open(office.setUp)
			tab.Type("Email address", "ada@example.org")
			tab.Type("First name", "Ada")
			tab.Type("Last name", "Byron")
			tab.Type("New password", password)
			if o.NoScript {
				tab.Type("New password again", password)
			}
			tab.Follow("Create the Administrator")
			if path := tab.Path(); path != "/setup/mail" {
				t.Errorf("setting up led to %s", path)
			}

			tab.Open("/account")
			tab.See("ada@example.org")
			tab.Open(office.setUp)
			tab.See("This set-up address is unknown, was used before, or has expired.")

			other := browsertest.Open(t, o)
			other.Open(office.url)
			other.Type("Email address", "ada@example.org")
			other.Type("Password", password)
			other.Follow("Log in")
			if path := other.Path(); path != "/" {
				t.Errorf("logging in led to %s", path)
			}
		})
	}
}
