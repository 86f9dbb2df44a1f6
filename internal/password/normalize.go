package password

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"rekey"
)

// Normalize returns text in Unicode's form NFC, so that the same letters from
// another keyboard are the same password (NIST SP 800-63B-4 §3.1.1.2). Argon2 and
// Policy call it themselves. It keeps white space, which counts in a chosen
// password.
func Normalize(text rekey.Secret) rekey.Secret {
	return rekey.NewSecret(norm.NFC.String(text.Reveal()))
}

// normalForm returns a generated password for comparison with a chosen one: its
// letters and digits, in lower case.
func normalForm(text rekey.Secret) string {
	return strings.ToLower(rekey.TypedPassword(text).Reveal())
}

// fold returns text in a form that ignores case.
func fold(text string) string { return strings.ToLower(norm.NFC.String(text)) }
