package directorytest

import (
	"context"
	"errors"
	"time"

	"rekey"
	"rekey/internal/directory"
)

// Person is an account to add.
type Person struct {
	// Login is the uid, and on AD the sAMAccountName: at most 20 characters.
	Login string
	// FirstName and LastName are by default made from Login.
	FirstName, LastName string
	Address             string // "": none
	Password            string
	// Attributes are further attributes by their names in the directory.
	Attributes map[string][]string
}

// Policy is a password policy for one account. The zero value allows everything.
type Policy struct {
	MinLength int
	Complex   bool // AD only
	History   int
	MinAge    time.Duration
	MaxAge    time.Duration
	NeedsOld  bool // OpenLDAP only: pwdSafeModify
	// MustChange demands another change after each set by an administrator (OpenLDAP
	// only).
	MustChange bool
	// MaxFailures is how many failed log-ins lock the account; 0: none do.
	MaxFailures int
}

// Server is a directory that a test governs. People are named by their login.
// Errors: what the server answered.
type Server interface {
	// Add creates an account below the base, and returns its key.
	Add(ctx context.Context, p Person) (directory.Key, error)
	// Set replaces the values of an attribute; no values remove it.
	Set(ctx context.Context, login, attribute string, values ...string) error
	// SetPassword does what a help desk does.
	SetPassword(ctx context.Context, login, password string) error
	// Block disables an account. On OpenLDAP it locks it as an administrator does.
	Block(ctx context.Context, login string) error
	// SetPolicy gives an account a policy of its own.
	SetPolicy(ctx context.Context, login string, p Policy) error
	// Join makes an account a member of a group, which it creates if necessary.
	Join(ctx context.Context, login, group string) error
	// JoinGroup makes a group a member of another group.
	JoinGroup(ctx context.Context, member, group string) error
	// Rename changes the name in the DN.
	Rename(ctx context.Context, login, name string) error
	// Move moves an account to a unit below the base, which it creates if
	// necessary. Unit "" is outside of the base.
	Move(ctx context.Context, login, unit string) error
	Delete(ctx context.Context, login string) error
	// CanBind tries to log in from outside. ErrRefused says that the password is not
	// taken, any other error that the server did not answer.
	CanBind(ctx context.Context, login, password string) error
}

// Real is a server in a process of its own: a Slapd or a Samba.
type Real interface {
	Server
	// Settings are those of a Rekey that uses this server.
	Settings() directory.Settings
	// PlainAddress is host:port without TLS, where StartTLS is possible.
	PlainAddress() string
	// Attribute returns the values of an attribute, as the administrator sees them.
	Attribute(ctx context.Context, login, attribute string) ([]string, error)
	// Administrator returns the name and the password of the administrator.
	Administrator() (string, rekey.Secret)
	Start(ctx context.Context) error
	Stop() error
	Close() error

	behind() admin
}

// ErrRefused is the error of CanBind for a log-in that the server refuses. The
// reason is in the text around it.
var ErrRefused = errors.New("the directory refuses the log-in")
