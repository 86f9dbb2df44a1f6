package directorytest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"

	"rekey/internal/directory"
)

// Samba is a running domain controller of a new Active Directory domain. Its bind
// account has exactly the rights that Rekey needs over the users of one unit. It is
// safe for concurrent use.
type Samba struct {
	*process
	admin

	folder string
}

// ErrNotRoot is the error of StartSamba for a process that may not listen at port
// 636.
var ErrNotRoot = errors.New("Samba runs as root only")

// StartSamba starts a domain controller, which takes two to four seconds. The first
// call on a machine takes a quarter of a minute longer.
//
// Errors: Samba is not installed, or it failed; ErrNotRoot.
func StartSamba(ctx context.Context) (*Samba, error) {
	if os.Geteuid() != 0 {
		return nil, ErrNotRoot
	}
	archive, err := sambaArchive(ctx)
	if err != nil {
		return nil, err
	}
	ip, err := ownAddress(389, 636)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "rekey-samba")
	if err != nil {
		return nil, err
	}
	plain, tls := net.JoinHostPort(ip.String(), "389"), net.JoinHostPort(ip.String(), "636")
	s := &Samba{
		folder: folder,
		process: &process{
			program: "/usr/sbin/samba", log: filepath.Join(folder, "log"), ports: []string{plain, tls},
			// Interactive, it ends when its standard input does.
			arguments: []string{"-s", filepath.Join(folder, "etc", "smb.conf"), "-i", "-M", "single", "--debug-stdout"},
		},
		admin: admin{
			address: tls, ca: filepath.Join(folder, "tls", caFile), dn: "Administrator@ad.rekey.test",
			password: adminPassword, base: sambaDomain, login: "sAMAccountName",
		},
	}
	for _, step := range []func() error{
		func() error { return unpack(ctx, archive, folder) },
		func() error { return writeCertificates(filepath.Join(folder, "tls"), sambaHost, ip) },
		func() error { return sambaConfigure(folder, ip.String()) },
		func() error { return s.Start(ctx) },
	} {
		if err := step(); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func unpack(ctx context.Context, archive, folder string) error {
	//nolint:gosec // a program of the machine
	out, err := exec.CommandContext(ctx, "tar", "--extract", "--gzip", "--file", archive, "--directory", folder).CombinedOutput()
	if err != nil {
		return fmt.Errorf("tar: %w\n%s", err, out)
	}
	return nil
}

// Close stops the server and removes its files.
func (s *Samba) Close() error { return errors.Join(s.Stop(), os.RemoveAll(s.folder)) }

// Settings implements Real.
func (s *Samba) Settings() directory.Settings {
	return directory.Settings{
		Name: "corp", Kind: directory.AD, Addresses: []string{"ldaps://" + s.address}, CAFile: s.ca,
		Base: sambaPeople, BindDN: "CN=" + sambaBind + ",CN=Users," + sambaDomain, Password: secret(bindPassword),
	}
}

// PlainAddress implements Real.
func (s *Samba) PlainAddress() string { return s.ports[0] }

// Add implements Server.
func (s *Samba) Add(ctx context.Context, p Person) (key directory.Key, err error) {
	p = p.complete()
	attributes := p.attributes(map[string][]string{
		"objectClass": {"user"}, "sAMAccountName": {p.Login}, "userPrincipalName": {p.Login + "@ad.rekey.test"},
		"givenName": {p.FirstName}, "sn": {p.LastName}, "displayName": {p.FirstName + " " + p.LastName},
		"userAccountControl": {"512"}, "unicodePwd": {quoted(p.Password)},
	})
	err = s.do(ctx, func(conn *ldap.Conn) error {
		if err := add(conn, "CN="+p.Login+","+sambaPeople, attributes); err != nil {
			return err
		}
		entry, err := s.find(conn, p.Login, "objectGUID")
		if err == nil {
			key = directory.GUID(entry.GetRawAttributeValue("objectGUID"))
		}
		return err
	})
	return key, err
}

// quoted is a password as unicodePwd takes it ([MS-ADTS] 3.1.1.3.1.5).
func quoted(password string) string {
	var encoded []byte
	for _, unit := range utf16.Encode([]rune(`"` + password + `"`)) {
		encoded = binary.LittleEndian.AppendUint16(encoded, unit)
	}
	return string(encoded)
}

// SetPassword implements Server.
func (s *Samba) SetPassword(ctx context.Context, login, password string) error {
	return s.Set(ctx, login, "unicodePwd", quoted(password))
}

// Block implements Server.
func (s *Samba) Block(ctx context.Context, login string) error {
	return s.Set(ctx, login, "userAccountControl", "514")
}

// SetPolicy implements Server.
func (s *Samba) SetPolicy(ctx context.Context, login string, p Policy) error {
	ago := func(d time.Duration) []string { return []string{strconv.FormatInt(-d.Nanoseconds()/100, 10)} }
	number := func(n int) []string { return []string{strconv.Itoa(n)} }
	complexity := "FALSE"
	if p.Complex {
		complexity = "TRUE"
	}
	return s.change(ctx, login, func(conn *ldap.Conn, person string) error {
		return add(conn, "CN="+login+","+sambaPolicies, map[string][]string{
			"objectClass": {"msDS-PasswordSettings"}, "msDS-PasswordSettingsPrecedence": {"1"},
			"msDS-PasswordReversibleEncryptionEnabled": {"FALSE"}, "msDS-PasswordComplexityEnabled": {complexity},
			"msDS-MinimumPasswordLength": number(p.MinLength), "msDS-PasswordHistoryLength": number(p.History),
			"msDS-MinimumPasswordAge": ago(p.MinAge), "msDS-MaximumPasswordAge": ago(p.MaxAge),
			"msDS-LockoutThreshold": number(p.MaxFailures), "msDS-LockoutObservationWindow": ago(time.Hour), "msDS-LockoutDuration": ago(time.Hour),
			"msDS-PSOAppliesTo": {person},
		})
	})
}

// Join implements Server.
func (s *Samba) Join(ctx context.Context, login, group string) error {
	return s.do(ctx, func(conn *ldap.Conn) error { return s.joinName(conn, login, group) })
}

// JoinGroup implements Server.
func (s *Samba) JoinGroup(ctx context.Context, member, group string) error {
	return s.do(ctx, func(conn *ldap.Conn) error { return s.joinName(conn, member, group) })
}

// joinName makes an account or a group a member of a group, by their names.
func (s *Samba) joinName(conn *ldap.Conn, member, group string) error {
	found, err := s.find(conn, group, "1.1")
	if err != nil {
		err = add(conn, "CN="+group+",CN=Users,"+sambaDomain, map[string][]string{"objectClass": {"group"}, "sAMAccountName": {group}})
		if err != nil {
			return err
		}
		if found, err = s.find(conn, group, "1.1"); err != nil {
			return err
		}
	}
	joining, err := s.find(conn, member, "1.1")
	if err != nil {
		return err
	}
	return join(conn, found.DN, joining.DN)
}

// Rename implements Server.
func (s *Samba) Rename(ctx context.Context, login, name string) error {
	return s.change(ctx, login, func(conn *ldap.Conn, dn string) error {
		return conn.ModifyDN(ldap.NewModifyDNRequest(dn, "CN="+name, true, ""))
	})
}

// Move implements Server.
func (s *Samba) Move(ctx context.Context, login, unit string) error {
	return s.change(ctx, login, func(conn *ldap.Conn, dn string) error {
		to := "OU=" + unit + "," + sambaPeople
		if unit == "" {
			to = "OU=Elsewhere," + sambaDomain
		}
		err := add(conn, to, map[string][]string{"objectClass": {"organizationalUnit"}})
		return errors.Join(err, conn.ModifyDN(ldap.NewModifyDNRequest(dn, rdn(dn), true, to)))
	})
}

// CanBind implements Server.
func (s *Samba) CanBind(ctx context.Context, login, password string) error {
	return s.bind(ctx, login+"@ad.rekey.test", password)
}
