package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"rekey/internal/catcher"
	"rekey/internal/directory/directorytest"
	"rekey/internal/suite"
)

type serversKey struct{}

// servers are what one script has started.
type servers struct {
	mail      *catcher.Catcher
	seen      map[string]int // number of the last mail taken, by address
	directory directorytest.Real
	process   *exec.Cmd
	lines     chan string // of stdout and stderr
}

func serversOf(value any) *servers {
	s, _ := value.(*servers)
	return s
}

func (s *servers) kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
	}
	if s.mail != nil {
		_ = s.mail.Close()
	}
	if s.directory != nil {
		_ = s.directory.Close()
	}
}

// until reads the server's output up to a line that matches.
func (s *servers) until(ts *testscript.TestScript, pattern string) []string {
	re := regexp.MustCompile(pattern)
	late := time.After(suite.Limit)
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				ts.Fatalf("the server has ended before it said %s", pattern)
			}
			ts.Logf("[server] %s", line)
			if found := re.FindStringSubmatch(line); found != nil {
				return found
			}
		case <-late:
			ts.Fatalf("the server did not say %s", pattern)
		}
	}
}

func serve(ts *testscript.TestScript, neg bool, args []string) {
	s := serversOf(ts.Value(serversKey{}))
	if neg || s.process != nil {
		ts.Fatalf("usage: serve ARGS…, one at a time")
	}
	if s.mail == nil {
		k, err := catcher.Start(context.Background(), catcher.Config{Clock: time.Now})
		ts.Check(err)
		s.mail, s.seen = k, map[string]int{}
		ts.Setenv("REKEY_LISTEN", "127.0.0.1:0")
		ts.Setenv("REKEY_SMTP_HOST", "127.0.0.1")
		ts.Setenv("REKEY_SMTP_PORT", strings.TrimPrefix(k.Addr(), "127.0.0.1:"))
		ts.Setenv("REKEY_SMTP_TLS", "plain")
		ts.Setenv("REKEY_SMTP_FROM", "rekey@example.org")
	}
	_, err := exec.LookPath("rekey")
	ts.Check(err)
	program := exec.Command("rekey", append([]string{"serve"}, args...)...)
	program.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "PATH", "TMPDIR", "GOCOVERDIR", "JOURNAL_STREAM", "REKEY_LISTEN", "REKEY_DATABASE", "REKEY_CONFIG",
		"REKEY_SMTP_HOST", "REKEY_SMTP_PORT", "REKEY_SMTP_TLS", "REKEY_SMTP_FROM"} {
		if value := ts.Getenv(name); value != "" {
			program.Env = append(program.Env, name+"="+value)
		}
	}
	read, write, err := os.Pipe()
	ts.Check(err)
	if ts.Getenv("JOURNAL_STREAM") == "stderr" {
		var stat syscall.Stat_t
		ts.Check(syscall.Fstat(int(write.Fd()), &stat))
		program.Env = append(program.Env, fmt.Sprintf("JOURNAL_STREAM=%d:%d", stat.Dev, stat.Ino)) // the last one counts
	}
	program.Stdout, program.Stderr = write, write
	ts.Check(program.Start())
	ts.Check(write.Close()) // the server has it, and closes it when it ends
	// Other output is read, too, so that the server does not block.
	s.process, s.lines = program, make(chan string, 100_000)
	go func(lines chan<- string) {
		scanner := bufio.NewScanner(read)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
		close(lines)
		_ = read.Close()
	}(s.lines)
	address := s.until(ts, `Rekey serves (http://\S+)`)[1]
	ts.Setenv("REKEY_SERVER", address)
	ts.Setenv("ADDRESS", strings.TrimPrefix(address, "http://"))
}

// crash ends the server as kill -9 does.
func crash(ts *testscript.TestScript, neg bool, args []string) {
	s := serversOf(ts.Value(serversKey{}))
	if neg || len(args) > 0 || s.process == nil {
		ts.Fatalf("usage: crash, of a server that runs")
	}
	ts.Check(s.process.Process.Kill())
	_ = s.process.Wait()
	s.process = nil
}

// people writes a file of people to import.
func people(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: people FILE N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := "address,first_name,last_name,type,role\n"
	for i := range n {
		text += "person." + strconv.Itoa(i) + "@example.org,Person," + strconv.Itoa(i) + ",ui,member\n"
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// says waits for a line of the server's, and fails if a set-up address is printed
// before it.
func says(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: says RE")
	}
	line := serversOf(ts.Value(serversKey{})).until(ts, "^.*("+args[0]+`|/setup\?token=).*$`)[0]
	if strings.Contains(line, "/setup?token=") {
		ts.Fatalf("a set-up address is printed")
	}
}

func setUp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: setup")
	}
	s := serversOf(ts.Value(serversKey{}))
	link, err := url.Parse(s.until(ts, `(http://\S+/setup\?token=\S+)`)[1])
	ts.Check(err)
	const password = "a wardrobe of seven lamps"
	path := visit(ts, "/setup", url.Values{
		"token": link.Query()["token"], "address": {"root@example.org"}, "first_name": {"Rosa"}, "last_name": {"Root"},
		"new_password": {password}, "repeated_password": {password},
	})
	if path != "/setup/mail" {
		ts.Fatalf("setting up led to %s", path)
	}
	ts.Setenv("REKEY_USER", "root@example.org")
	ts.Setenv("REKEY_PASSWORD", password)
}

// visit sends a form as a browser would, and returns where it leads.
func visit(ts *testscript.TestScript, path string, form url.Values) string {
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	browser := &http.Client{Jar: jar, Timeout: suite.Limit}
	defer browser.CloseIdleConnections()
	answer, err := browser.PostForm(ts.Getenv("REKEY_SERVER")+path, form)
	ts.Check(err)
	_ = answer.Body.Close()
	return answer.Request.URL.Path
}

func logIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: login ADDRESS PASSWORD PATH")
	}
	if path := visit(ts, "/login", url.Values{"address": {args[0]}, "password": {args[1]}}); path != args[2] {
		ts.Fatalf("it led to %s, not %s", path, args[2])
	}
}

func mail(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mail VARIABLE ADDRESS")
	}
	s := serversOf(ts.Value(serversKey{}))
	ctx, cancel := context.WithTimeout(context.Background(), suite.Limit)
	defer cancel()
	m, err := s.mail.WaitFor(ctx, args[1], s.seen[args[1]])
	ts.Check(err)
	s.seen[args[1]] = m.Number
	password := m.Password()
	if password == "" {
		ts.Fatalf("no password in %s", m.Text)
	}
	ts.Setenv(args[0], password)
	searchFiles(ts, password)
}

// searchFiles fails if the server wrote a mailed password down.
func searchFiles(ts *testscript.TestScript, password string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs("."), "*"))
	ts.Check(err)
	for _, path := range files {
		if strings.Contains(filepath.Base(path), "rekey.db") && strings.Contains(ts.ReadFile(path), password) {
			ts.Fatalf("%s holds a mailed password", path)
		}
	}
}

func reload(ts *testscript.TestScript, _ bool, _ []string) {
	s := serversOf(ts.Value(serversKey{}))
	ts.Check(s.process.Process.Signal(syscall.SIGHUP))
	s.until(ts, "keys reloaded")
}

func shutdown(ts *testscript.TestScript, _ bool, _ []string) {
	s := serversOf(ts.Value(serversKey{}))
	ts.Check(s.process.Process.Signal(syscall.SIGTERM))
	err := s.process.Wait()
	s.process = nil
	ts.Check(err)
}
