package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"rekey"
)

// unreachable is the error for a PostgreSQL that does not answer or does not let
// this node in. It says what to do, without a password.
//
// Errors: CodeInvalid, naming the field database, if the address or the server must
// be corrected; CodeUnavailable if it may work later.
func unreachable(at *pgx.ConnConfig, err error) error {
	server := net.JoinHostPort(at.Host, fmt.Sprint(at.Port))
	code, message := rekey.CodeInvalid, refusal(server, at, err)
	if message == "" {
		code, message = rekey.CodeUnavailable, "The database cannot be reached: "+silence(server, err)
	}
	return notThis(code, message, err)
}

// refusal says why the server does not let this node in; "" if there is another
// problem.
func refusal(server string, at *pgx.ConnConfig, err error) string {
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch failed.Code {
		case "28P01":
			return fmt.Sprintf("PostgreSQL at %s does not accept the password of user %s. Write the right password in the address, percent-encoded, or in the file that PGPASSFILE names.", server, at.User)
		case "28000":
			return fmt.Sprintf("PostgreSQL at %s refuses user %s: %s. Create the user with createuser --pwprompt %s, or allow the user with a line in pg_hba.conf.", server, at.User, failed.Message, at.User)
		case "3D000":
			return fmt.Sprintf("PostgreSQL at %s has no database %s. Create it: createdb --owner %s --encoding UTF8 --template template0 %s", server, at.Database, at.User, at.Database)
		case "42501":
			return fmt.Sprintf("PostgreSQL at %s refuses user %s for database %s: %s. Make the user its owner: ALTER DATABASE %s OWNER TO %s;", server, at.User, at.Database, failed.Message, at.Database, at.User)
		}
		return ""
	}
	var certificate *tls.CertificateVerificationError
	var name x509.HostnameError
	switch {
	case errors.As(err, &name):
		return fmt.Sprintf("The certificate of PostgreSQL at %s is for another name: %v. Write the host in the address as the certificate does.", server, name)
	case errors.As(err, &certificate):
		return fmt.Sprintf("The certificate of PostgreSQL at %s is not accepted: %v. Give the certificate of its issuer with sslrootcert=FILE in the address.", server, certificate.Err)
	case strings.Contains(err.Error(), "server refused TLS connection"): // pgconn has no error value for it
		return fmt.Sprintf("PostgreSQL at %s offers no TLS, but sslmode in the address asks for it. Switch TLS on there (ssl = on). Leave sslmode out only if the server is on this machine.", server)
	}
	return ""
}

// silence says why the server does not answer, in plain words if the reason is
// known.
func silence(server string, err error) string {
	var failed *pgconn.PgError
	var unknown *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &failed) && failed.Code == "53300":
		return fmt.Sprintf("PostgreSQL at %s has no free connection. A node uses up to 27: raise max_connections there, or stop other programs that use them.", server)
	case errors.As(err, &failed) && failed.Code == "57P03":
		return fmt.Sprintf("PostgreSQL at %s is starting or stopping (%s). Try again soon.", server, failed.Message)
	case errors.As(err, &unknown):
		return fmt.Sprintf("the name %s is not known. Check the address, and the DNS settings of this machine.", unknown.Name)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist): // ErrNotExist for a UNIX socket
		return fmt.Sprintf("nothing listens at %s. Check host and port in the address, that PostgreSQL runs there, and its listen_addresses.", server)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fmt.Sprintf("%s does not answer in time. Check the address, and that a firewall allows this machine.", server)
	default:
		return err.Error()
	}
}
