package password

import (
	"errors"
	"fmt"
	"log/slog"

	"rekey"
)

// ErrNotGenerated is returned by FromSealed for a text that Generate cannot
// have made.
var ErrNotGenerated = errors.New("password: not a generated password")

// Generated is a password that Generate made. No other package can set its field,
// and it has no Unmarshal method. It prints, logs and marshals as "[redacted]".
type Generated struct{ secret rekey.Secret }

// FromSealed rebuilds a generated password from its unsealed text. It is the only
// other way to make a Generated; never pass it what a person typed. It returns
// ErrNotGenerated unless the text has four groups of six ASCII letters or digits.
// It does not check today's alphabet, because a seal may be older than the program.
// If the length changes, passwords that are sealed with the old one must stay valid.
func FromSealed(plaintext []byte) (Generated, error) {
	if len(plaintext) != generatedLength {
		return Generated{}, ErrNotGenerated
	}
	for i, c := range plaintext {
		if (i%(groupLength+1) == groupLength) != (c == '-') || (c != '-' && !isASCIIAlphanumeric(c)) {
			return Generated{}, ErrNotGenerated
		}
	}
	return Generated{rekey.NewSecret(string(plaintext))}, nil
}

func isASCIIAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// Reveal returns the password itself.
func (g Generated) Reveal() string { return g.secret.Reveal() }

// Secret returns the password as a secret, for callers that need no proof that it
// was generated.
func (g Generated) Secret() rekey.Secret { return g.secret }

// IsZero reports whether there is no password.
func (g Generated) IsZero() bool { return g.secret.IsZero() }

// Format implements fmt.Formatter, so that no verb prints the password.
func (g Generated) Format(f fmt.State, verb rune) { g.secret.Format(f, verb) }

// String implements fmt.Stringer.
func (g Generated) String() string { return g.secret.String() }

// LogValue implements slog.LogValuer.
func (g Generated) LogValue() slog.Value { return g.secret.LogValue() }

// MarshalText implements encoding.TextMarshaler.
func (g Generated) MarshalText() ([]byte, error) { return g.secret.MarshalText() }

// MarshalBinary implements encoding.BinaryMarshaler. Without it gob returns an
// unexpected error for the unexported field.
func (g Generated) MarshalBinary() ([]byte, error) { return g.secret.MarshalBinary() }
