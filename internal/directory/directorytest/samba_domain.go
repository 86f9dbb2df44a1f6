package directorytest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// The names of the domain of every Samba of this package.
const (
	sambaDomain = "DC=ad,DC=rekey,DC=test"
	sambaPeople = "OU=People," + sambaDomain
	sambaBind   = "rekey-svc"
	sambaHost   = "dc1.ad.rekey.test"
)

// sambaRights are what Rekey's bind account may do, inherited to the users of the
// unit: reset passwords, and read and write pwdLastSet and lockoutTime. %[1]s is
// the SID of the account.
const sambaRights = "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;%[1]s)" +
	"(OA;CIIO;RPWP;bf967a0a-0de6-11d0-a285-00aa003049e2;bf967aba-0de6-11d0-a285-00aa003049e2;%[1]s)" +
	"(OA;CIIO;RPWP;28630ebf-41d5-11d1-a9c1-0000f80367c1;bf967aba-0de6-11d0-a285-00aa003049e2;%[1]s)"

// sambaPolicyRights let Rekey's bind account read the policies of some accounts (password
// settings objects), which only administrators can by default.
const (
	sambaPolicies     = "CN=Password Settings Container,CN=System," + sambaDomain
	sambaPolicyRights = "(A;CI;GR;;;%s)"
)

// sambaConfiguration is smb.conf. {folder} and {address} are replaced.
const sambaConfiguration = `[global]
realm = AD.REKEY.TEST
workgroup = REKEY
netbios name = DC1
server role = active directory domain controller
server services = ldap
interfaces = {address}/8
bind interfaces only = yes
private dir = {folder}/private
state directory = {folder}/state
cache directory = {folder}/cache
lock directory = {folder}
pid directory = {folder}
ncalrpc dir = {folder}/ncalrpc
binddns dir = {folder}/bind-dns
log file = {folder}/log.samba
ldap server require strong auth = yes
ldb:nosync = true
tls enabled = yes
tls keyfile = {folder}/tls/` + keyFile + `
tls certfile = {folder}/tls/` + certificateFile + `
tls cafile = {folder}/tls/` + caFile + `
`

// sambaConfigure writes smb.conf into a folder.
func sambaConfigure(folder, address string) error {
	file := filepath.Join(folder, "etc", "smb.conf")
	text := strings.NewReplacer("{folder}", folder, "{address}", address).Replace(sambaConfiguration)
	return errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600))
}

// sambaArchive returns a tar file with a new domain. The first call on a machine
// makes it, which takes fifteen seconds of CPU; later calls find it in the cache.
// Several processes may call it at once: one makes it, and the others wait.
func sambaArchive(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	cache = filepath.Join(cache, "rekey-test")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	version, err := exec.CommandContext(ctx, "/usr/sbin/samba", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("Samba is not installed here, see scripts/install-test-servers: %w", err)
	}
	recipe := sha256.Sum256([]byte(string(version) + sambaConfiguration + sambaRights + sambaPolicyRights + adminPassword + bindPassword))
	archive := filepath.Join(cache, "samba-"+hex.EncodeToString(recipe[:8])+".tar.gz")

	lock, err := os.OpenFile(archive+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }() // and with it the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	if _, err := os.Stat(archive); err == nil {
		return archive, nil
	}
	return archive, sambaProvision(ctx, archive)
}

// sambaProvision makes a domain with the unit of people and Rekey's bind account,
// and packs it.
func sambaProvision(ctx context.Context, archive string) error {
	folder, err := os.MkdirTemp("", "rekey-samba-new")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	configuration := filepath.Join(folder, "etc", "smb.conf")
	database := filepath.Join(folder, "private", "sam.ldb")
	tool := func(arguments ...string) (string, error) {
		//nolint:gosec // a program of the machine
		out, err := exec.CommandContext(ctx, "samba-tool", arguments...).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("samba-tool %s: %w\n%s", arguments[0], err, out)
		}
		return string(out), nil
	}
	here := func(arguments ...string) (string, error) {
		return tool(append(arguments, "-H", database, "-s", configuration)...)
	}
	if _, err := tool("domain", "provision", "--realm=AD.REKEY.TEST", "--domain=REKEY", "--server-role=dc",
		"--dns-backend=NONE", "--adminpass="+adminPassword, "--host-name=dc1", "--host-ip=127.0.0.1",
		"--targetdir="+folder, "--quiet"); err != nil {
		return err
	}
	if err := sambaConfigure(folder, "127.0.0.1"); err != nil {
		return err
	}
	if _, err := here("ou", "create", sambaPeople); err != nil {
		return err
	}
	if _, err := here("user", "create", sambaBind, bindPassword); err != nil {
		return err
	}
	shown, err := here("user", "show", sambaBind, "--attributes=objectSid")
	if err != nil {
		return err
	}
	_, sid, _ := strings.Cut(shown, "objectSid: ")
	sid, _, _ = strings.Cut(sid, "\n")
	for object, rights := range map[string]string{sambaPeople: sambaRights, sambaPolicies: sambaPolicyRights} {
		if _, err := here("dsacl", "set", "--objectdn="+object, "--action=allow", "--sddl="+fmt.Sprintf(rights, sid)); err != nil {
			return err
		}
	}
	//nolint:gosec // a program of the machine
	pack := exec.CommandContext(ctx, "tar", "--create", "--gzip", "--sparse", "--file", archive+".new", "--directory", folder, "private", "state")
	if out, err := pack.CombinedOutput(); err != nil {
		return fmt.Errorf("tar: %w\n%s", err, out)
	}
	return os.Rename(archive+".new", archive)
}
