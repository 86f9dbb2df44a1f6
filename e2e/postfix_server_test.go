package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/internal/app"
)

// The programs of Debian's package.
const (
	postfixProgram = "/usr/sbin/postfix"
	postfixDaemons = "/usr/lib/postfix/sbin"
	// nobody is the user who owns the mailboxes.
	nobody = 65534
)

// postfixSettings are those of an instance that listens on loopback, delivers
// to folders of its own and reaches no network.
const postfixSettings = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = %[2]s
mail_owner = postfix
setgid_group = postdrop
maillog_file = /dev/stdout
myhostname = mail.test.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = %[1]s/etc/certificate.pem
smtpd_tls_key_file = %[1]s/etc/key.pem
default_transport = error:this server reaches no network
relay_transport = error:this server reaches no network
disable_dns_lookups = yes
alias_maps =
alias_database =
virtual_mailbox_domains = test.example
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = texthash:%[1]s/etc/mailboxes
virtual_uid_maps = static:%[3]d
virtual_gid_maps = static:%[3]d
`

//nolint:dupword // it is a table
const postfixServices = `127.0.0.1:%d inet n - n - - smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
proxymap  unix - - n - - proxymap
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
`

// postfix is a real mail server, with settings, queue and mailboxes in a
// folder of its own.
type postfix struct {
	t      testing.TB
	folder string
	port   int
	log    *buffer
}

// buffer can be written to and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String implements fmt.Stringer.
func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// startPostfix starts a server with these mailboxes at test.example. It ends
// with the test.
func startPostfix(t *testing.T, mailboxes ...string) *postfix {
	t.Helper()
	if _, err := os.Stat(postfixProgram); err != nil {
		t.Skip("Postfix is not installed: apt-get install postfix, or run make test as root")
	}
	if os.Geteuid() != 0 {
		t.Skip("Postfix can only be started by root: run make test as root")
	}
	// Its processes, which are not root's, must reach it; a test's folder is
	// closed to them.
	folder, err := os.MkdirTemp("", "rekey-postfix-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	p := &postfix{t: t, folder: folder, port: freePort(t), log: &buffer{}}
	p.write(mailboxes)

	server := exec.Command(postfixProgram, "-c", p.path("etc"), "start-fg")
	server.Stdout, server.Stderr = p.log, p.log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	var how error
	go func() {
		defer close(ended)
		how = server.Wait()
	}()
	t.Cleanup(func() {
		stop := exec.Command(postfixProgram, "-c", p.path("etc"), "stop")
		if out, err := stop.CombinedOutput(); err != nil {
			t.Errorf("postfix stop: %v: %s", err, out)
			_ = server.Process.Kill()
		}
		<-ended
	})
	eventually(t, "Postfix to listen", func() bool {
		select {
		case <-ended:
			t.Fatalf("Postfix has ended: %v\n%s", how, p.log)
		default:
		}
		c, err := net.Dial("tcp", p.address())
		if err != nil {
			return false
		}
		defer c.Close()
		greeting := make([]byte, 3)
		_, err = c.Read(greeting)
		return err == nil && string(greeting) == "220"
	})
	return p
}

func (p *postfix) path(elements ...string) string {
	return filepath.Join(append([]string{p.folder}, elements...)...)
}

func (p *postfix) address() string { return fmt.Sprintf("127.0.0.1:%d", p.port) }

// write writes the settings.
func (p *postfix) write(mailboxes []string) {
	p.t.Helper()
	must := func(err error) {
		p.t.Helper()
		if err != nil {
			p.t.Fatal(err)
		}
	}
	must(os.Chmod(p.folder, 0o755))
	for _, name := range []string{"etc", "queue", "data", "mail"} {
		must(os.Mkdir(p.path(name), 0o755))
	}
	must(os.Chown(p.path("mail"), nobody, nobody))
	owner, err := exec.Command("id", "-u", "postfix").Output()
	must(err)
	var uid int
	_, err = fmt.Sscan(string(owner), &uid)
	must(err)
	must(os.Chown(p.path("data"), uid, -1))
	var table strings.Builder
	for _, name := range mailboxes {
		fmt.Fprintf(&table, "%s@test.example %s/\n", name, name)
	}
	certificate, key := selfSigned(p.t)
	for name, text := range map[string]string{
		"main.cf":         fmt.Sprintf(postfixSettings, p.folder, postfixDaemons, nobody),
		"master.cf":       fmt.Sprintf(postfixServices, p.port),
		"mailboxes":       table.String(),
		"certificate.pem": certificate,
		"key.pem":         key,
	} {
		must(os.WriteFile(p.path("etc", name), []byte(text), 0o644))
	}
	must(os.Chmod(p.path("etc", "key.pem"), 0o600))
}

// smtp are the settings with which mail goes there.
func (p *postfix) smtp() *app.SMTP {
	return &app.SMTP{Host: "127.0.0.1", Port: p.port, TLS: "starttls", CAFile: p.path("etc", "certificate.pem"), From: "rekey@test.example"}
}

// mailbox returns the messages in somebody's mailbox, once there are so many.
func (p *postfix) mailbox(name string, n int) [][]byte {
	p.t.Helper()
	var files []string
	eventually(p.t, "the mail to "+name, func() bool {
		files, _ = filepath.Glob(p.path("mail", name, "new", "*"))
		return len(files) >= n
	})
	var messages [][]byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			p.t.Fatal(err)
		}
		messages = append(messages, data)
	}
	return messages
}

// freePort returns a port that is not in use now.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal("not a TCP address")
	}
	return address.Port
}

// selfSigned makes a self-signed certificate for loopback and for names, and its key.
func selfSigned(t testing.TB, names ...string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: names,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}
