package directorytest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/go-ldap/ldap/v3"

	"rekey/internal/directory"
)

// The tree of every slapd of this package.
const (
	slapdSuffix   = "dc=rekey,dc=test"
	slapdPeople   = "ou=people," + slapdSuffix
	slapdGroups   = "ou=groups," + slapdSuffix
	slapdPolicies = "ou=policies," + slapdSuffix
	slapdBind     = "cn=rekey,ou=services," + slapdSuffix
	slapdDefault  = "cn=default," + slapdPolicies
	slapdAdmin    = "cn=admin," + slapdSuffix
	slapdPort     = 1389
	slapdTLSPort  = 1636
)

// The passwords of the servers of this package. They listen on loopback only.
//
//nolint:gosec // for tests
const (
	adminPassword = "Adm1n-Pass-of-Test"
	bindPassword  = "Bind-Pass-of-Test1"
)

// Slapd is a running OpenLDAP server with the overlays ppolicy and syncprov. Its bind
// account has exactly the rights that Rekey needs. It is safe for concurrent use.
type Slapd struct {
	*process
	admin

	folder string
}

// slapdConfiguration is the template of slapd.conf. The rules of access say what
// Rekey's bind account may do.
var slapdConfiguration = template.Must(template.New("slapd.conf").Parse(`
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload syncprov
moduleload memberof
TLSCertificateFile {{.Folder}}/tls/certificate.pem
TLSCertificateKeyFile {{.Folder}}/tls/key.pem
security simple_bind=128
sizelimit 500

database mdb
maxsize 1073741824
dbnosync
suffix {{.Suffix}}
rootdn cn=admin,{{.Suffix}}
rootpw {{.AdminPassword}}
directory {{.Folder}}/database
index objectClass,entryCSN,entryUUID eq
index uid,mail,member eq,pres
index modifyTimestamp eq
limits dn.exact="{{.Bind}}" size.soft=unlimited size.hard=unlimited size.prtotal=unlimited

access to dn.subtree="{{.People}}" attrs=userPassword
  by dn.exact="{{.Bind}}" =wx
  by self =wx
  by anonymous auth
  by * none
access to dn.subtree="{{.People}}" attrs=pwdReset,pwdAccountLockedTime
  by dn.exact="{{.Bind}}" write
  by self read
  by * none
access to dn.subtree="{{.People}}" attrs=pwdHistory
  by * none
access to attrs=userPassword
  by anonymous auth
  by * none
access to dn.subtree="{{.Suffix}}"
  by dn.exact="{{.Bind}}" read
  by self read
  by * none

overlay ppolicy
ppolicy_default {{.Default}}
ppolicy_use_lockout
overlay syncprov
{{if .MemberOf}}overlay memberof{{end}}
`))

// slapdTree is what every server begins with.
const slapdTree = `dn: ` + slapdSuffix + `
objectClass: domain
dc: rekey

dn: ` + slapdPeople + `
objectClass: organizationalUnit
ou: people

dn: ` + slapdGroups + `
objectClass: organizationalUnit
ou: groups

dn: ou=services,` + slapdSuffix + `
objectClass: organizationalUnit
ou: services

dn: ` + slapdPolicies + `
objectClass: organizationalUnit
ou: policies

dn: ` + slapdDefault + `
objectClass: device
objectClass: pwdPolicy
cn: default
pwdAttribute: userPassword
pwdMinLength: 10
pwdCheckQuality: 2
pwdInHistory: 3
pwdMaxFailure: 5
pwdLockout: TRUE
pwdLockoutDuration: 600
pwdFailureCountInterval: 600
pwdAllowUserChange: TRUE

dn: cn=unlimited,` + slapdPolicies + `
objectClass: device
objectClass: pwdPolicy
cn: unlimited
pwdAttribute: userPassword

dn: ` + slapdBind + `
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: rekey
userPassword: ` + bindPassword + `
pwdPolicySubentry: cn=unlimited,` + slapdPolicies + `
`

// SlapdOptions are options of a server. The zero value is right for most tests.
type SlapdOptions struct {
	// People are there from the beginning, which is faster than Add.
	People []Person
	// MemberOf writes their groups to the people (overlay memberof).
	MemberOf bool
}

// StartSlapd starts a server, which takes less than a second without many people.
//
// Errors: slapd is not installed, or it failed.
func StartSlapd(ctx context.Context, o SlapdOptions) (*Slapd, error) {
	ip, err := ownAddress(slapdPort, slapdTLSPort)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "rekey-slapd")
	if err != nil {
		return nil, err
	}
	plain, tls := net.JoinHostPort(ip.String(), strconv.Itoa(slapdPort)), net.JoinHostPort(ip.String(), strconv.Itoa(slapdTLSPort))
	configuration := filepath.Join(folder, "slapd.conf")
	s := &Slapd{
		folder: folder,
		process: &process{
			program: "/usr/sbin/slapd", log: filepath.Join(folder, "log"), ports: []string{plain, tls},
			arguments: []string{"-f", configuration, "-h", "ldap://" + plain + " ldaps://" + tls, "-d", "none"},
		},
		admin: admin{
			address: tls, ca: filepath.Join(folder, "tls", caFile), dn: slapdAdmin, password: adminPassword,
			base: slapdSuffix, login: "uid",
		},
	}
	for _, step := range []func() error{
		func() error { return writeCertificates(filepath.Join(folder, "tls"), "ldap.rekey.test", ip) },
		func() error { return s.configure(configuration, o) },
		func() error { return s.load(ctx, configuration, o.People) },
		func() error { return s.Start(ctx) },
	} {
		if err := step(); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (s *Slapd) configure(file string, o SlapdOptions) error {
	if err := os.Mkdir(filepath.Join(s.folder, "database"), 0o700); err != nil {
		return err
	}
	var text strings.Builder
	err := slapdConfiguration.Execute(&text, map[string]any{
		"Folder": s.folder, "Suffix": slapdSuffix, "People": slapdPeople, "Bind": slapdBind,
		"Default": slapdDefault, "AdminPassword": adminPassword, "MemberOf": o.MemberOf,
	})
	return errors.Join(err, os.WriteFile(file, []byte(text.String()), 0o600))
}

// load fills the database before the server starts.
func (s *Slapd) load(ctx context.Context, configuration string, people []Person) error {
	var text strings.Builder
	text.WriteString(slapdTree)
	for _, p := range people {
		fmt.Fprintf(&text, "\ndn: uid=%s,%s\n", p.Login, slapdPeople)
		for name, values := range slapdPerson(p) {
			for _, value := range values {
				fmt.Fprintf(&text, "%s: %s\n", name, value)
			}
		}
	}
	//nolint:gosec // a program of the machine
	load := exec.CommandContext(ctx, "/usr/sbin/slapadd", "-q", "-f", configuration, "-b", slapdSuffix)
	load.Stdin = strings.NewReader(text.String())
	if out, err := load.CombinedOutput(); err != nil {
		return fmt.Errorf("slapadd: %w\n%s", err, out)
	}
	return nil
}

// Close stops the server and removes its files.
func (s *Slapd) Close() error { return errors.Join(s.Stop(), os.RemoveAll(s.folder)) }

// Settings implements Real.
func (s *Slapd) Settings() directory.Settings {
	return directory.Settings{
		Name: "staff", Kind: directory.OpenLDAP, Addresses: []string{"ldaps://" + s.address}, CAFile: s.ca,
		Base: slapdPeople, BindDN: slapdBind, Password: secret(bindPassword), DefaultPolicy: slapdDefault,
	}
}

// PlainAddress implements Real.
func (s *Slapd) PlainAddress() string { return s.ports[0] }

// slapdPerson returns the attributes of an entry.
func slapdPerson(p Person) map[string][]string {
	p = p.complete()
	attributes := map[string][]string{
		"objectClass": {"inetOrgPerson"}, "uid": {p.Login}, "cn": {p.FirstName + " " + p.LastName},
		"givenName": {p.FirstName}, "sn": {p.LastName}, "userPassword": {p.Password},
	}
	return p.attributes(attributes)
}

// Add implements Server.
func (s *Slapd) Add(ctx context.Context, p Person) (key directory.Key, err error) {
	err = s.do(ctx, func(conn *ldap.Conn) error {
		if err := add(conn, "uid="+p.Login+","+slapdPeople, slapdPerson(p)); err != nil {
			return err
		}
		entry, err := s.find(conn, p.Login, "entryUUID")
		if err == nil {
			key = directory.Key(entry.GetAttributeValue("entryUUID"))
		}
		return err
	})
	return key, err
}

// SetPassword implements Server.
func (s *Slapd) SetPassword(ctx context.Context, login, password string) error {
	return s.change(ctx, login, func(conn *ldap.Conn, dn string) error {
		_, err := conn.PasswordModify(ldap.NewPasswordModifyRequest(dn, "", password))
		return err
	})
}

// Block implements Server.
func (s *Slapd) Block(ctx context.Context, login string) error {
	return s.Set(ctx, login, "pwdAccountLockedTime", "000001010000Z")
}

// SetPolicy implements Server.
func (s *Slapd) SetPolicy(ctx context.Context, login string, p Policy) error {
	dn := "cn=" + login + "," + slapdPolicies
	yes := func(b bool) []string { return []string{strings.ToUpper(strconv.FormatBool(b))} }
	seconds := func(d time.Duration) []string { return []string{strconv.Itoa(int(d.Seconds()))} }
	return s.change(ctx, login, func(conn *ldap.Conn, person string) error {
		err := add(conn, dn, map[string][]string{
			"objectClass": {"device", "pwdPolicy"}, "cn": {login}, "pwdAttribute": {"userPassword"}, "pwdCheckQuality": {"2"},
			"pwdMinLength": {strconv.Itoa(p.MinLength)}, "pwdInHistory": {strconv.Itoa(p.History)},
			"pwdMinAge": seconds(p.MinAge), "pwdMaxAge": seconds(p.MaxAge),
			"pwdSafeModify": yes(p.NeedsOld), "pwdMustChange": yes(p.MustChange),
			"pwdLockout": yes(p.MaxFailures > 0), "pwdMaxFailure": {strconv.Itoa(p.MaxFailures)},
		})
		if err != nil {
			return err
		}
		m := ldap.NewModifyRequest(person, nil)
		m.Replace("pwdPolicySubentry", []string{dn})
		return conn.Modify(m)
	})
}

// Join implements Server.
func (s *Slapd) Join(ctx context.Context, login, group string) error {
	return s.change(ctx, login, func(conn *ldap.Conn, dn string) error {
		return s.joinDN(conn, dn, group)
	})
}

// JoinGroup implements Server.
func (s *Slapd) JoinGroup(ctx context.Context, member, group string) error {
	return s.do(ctx, func(conn *ldap.Conn) error { return s.joinDN(conn, "cn="+member+","+slapdGroups, group) })
}

func (s *Slapd) joinDN(conn *ldap.Conn, member, group string) error {
	dn := "cn=" + group + "," + slapdGroups
	err := add(conn, dn, map[string][]string{"objectClass": {"groupOfNames"}, "cn": {group}, "member": {member}})
	return errors.Join(err, join(conn, dn, member))
}

// JoinUID makes an account the only member of a group that names its members by uid
// (posixGroup).
func (s *Slapd) JoinUID(ctx context.Context, login, group string) error {
	return s.do(ctx, func(conn *ldap.Conn) error {
		return add(conn, "cn="+group+","+slapdGroups, map[string][]string{
			"objectClass": {"posixGroup"}, "cn": {group}, "gidNumber": {"1000"}, "memberUid": {login},
		})
	})
}

// JoinAll makes a group of many people.
func (s *Slapd) JoinAll(ctx context.Context, group string, people ...Person) error {
	members := make([]string, len(people))
	for i, p := range people {
		members[i] = "uid=" + p.Login + "," + slapdPeople
	}
	return s.do(ctx, func(conn *ldap.Conn) error {
		return add(conn, "cn="+group+","+slapdGroups, map[string][]string{"objectClass": {"groupOfNames"}, "cn": {group}, "member": members})
	})
}

// ReadOnly restarts the server so that it refuses all changes, or so that it takes them
// again.
func (s *Slapd) ReadOnly(ctx context.Context, on bool) error {
	file, line := filepath.Join(s.folder, "slapd.conf"), "readonly on\n"
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	changed := strings.TrimSuffix(string(text), line)
	if on {
		changed += line
	}
	//nolint:gosec // the folder is the server's own
	return errors.Join(os.WriteFile(file, []byte(changed), 0o600), s.Stop(), s.Start(ctx))
}

// Rename implements Server.
func (s *Slapd) Rename(ctx context.Context, login, name string) error {
	return s.change(ctx, login, func(conn *ldap.Conn, dn string) error {
		// The old uid stays, so that the login does.
		return conn.ModifyDN(ldap.NewModifyDNRequest(dn, "cn="+name, false, ""))
	})
}

// Move implements Server.
func (s *Slapd) Move(ctx context.Context, login, unit string) error {
	return s.change(ctx, login, func(conn *ldap.Conn, dn string) error {
		to := "ou=" + unit + "," + slapdPeople
		if unit == "" {
			unit, to = "elsewhere", "ou=elsewhere,"+slapdSuffix
		}
		err := add(conn, to, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {unit}})
		return errors.Join(err, conn.ModifyDN(ldap.NewModifyDNRequest(dn, rdn(dn), false, to)))
	})
}

// CanBind implements Server.
func (s *Slapd) CanBind(ctx context.Context, login, password string) error {
	var dn string
	err := s.change(ctx, login, func(_ *ldap.Conn, found string) error { dn = found; return nil })
	if err != nil {
		return err
	}
	return s.bind(ctx, dn, password)
}
