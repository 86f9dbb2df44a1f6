package password

import (
	"strings"
	"unicode"

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

// TrimPasted removes what a mail program or a phone puts around a pasted generated
// password: white space, line ends and invisible characters. Mailed calls it
// itself. It is not for chosen passwords.
func TrimPasted(text rekey.Secret) rekey.Secret {
	return rekey.NewSecret(strings.TrimFunc(text.Reveal(), isPadding))
}

// normalForm returns a generated password for comparison with a chosen one: in
// lower case, without hyphens, white space and invisible characters.
func normalForm(text rekey.Secret) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Pd, r) || isPadding(r) {
			return -1
		}
		return r
	}, fold(text.Reveal()))
}

// isPadding reports white space, control characters, and format characters
// such as the zero-width space and the byte-order mark.
func isPadding(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)
}

// fold returns text in a form that ignores case.
func fold(text string) string { return strings.ToLower(norm.NFC.String(text)) }
