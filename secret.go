package rekey

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is printed instead of a Secret.
const redacted = "[redacted]"

// Secret is a text that must not be read by chance: a password, a token, the
// password of a mail account. Printed, logged or marshalled it shows "[redacted]".
// Only Reveal returns the text, so a search for that word finds every use.
//
// The text is behind a pointer because fmt calls no methods on unexported fields of
// a struct. It would print the text; now it prints the pointer. So two secrets with
// the same text are not equal by ==.
type Secret struct{ text *string }

// NewSecret wraps text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text itself.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.text == nil }

// Format implements fmt.Formatter, so that no verb prints the text.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String implements fmt.Stringer.
func (s Secret) String() string { return redacted }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler for JSON, XML, YAML and flags.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText implements encoding.TextUnmarshaler: a secret can be read from a
// request or a settings file, but never written to one.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// MarshalBinary implements encoding.BinaryMarshaler: gob would write the text.
func (s Secret) MarshalBinary() ([]byte, error) { return []byte(redacted), nil }
