package password

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"rekey"
)

// Normalize returns text in Unicode's form NFC: the same letters typed on
// another keyboard are the same password (NIST SP 800-63B-4 §3.1.1.2). Argon2
// and Policy do it themselves. White space is kept: in a chosen password it
// counts.
func Normalize(text rekey.Secret) rekey.Secret {
	return rekey.NewSecret(norm.NFC.String(text.Reveal()))
}

// TrimPasted returns a pasted generated password without what a mail program
// or a phone puts around it: white space, line ends and invisible characters.
// Mailed does it itself. It is not for chosen passwords.
func TrimPasted(text rekey.Secret) rekey.Secret {
	return rekey.NewSecret(strings.TrimFunc(text.Reveal(), isPadding))
}

// normalForm returns a generated password as it is compared with what somebody
// chooses: in lower case, without hyphens, and without white space and invisible
// characters, wherever they are.
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

// fold returns text in a form in which case does not count.
func fold(text string) string { return strings.ToLower(norm.NFC.String(text)) }
