package rekey

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Limits of RFC 5321 §4.5.3.1, in octets. A path has at most 256 with its angle
// brackets, so an address has at most 254.
const (
	maxAddress   = 254
	maxLocalPart = 64
)

// Address is an email address that may be mailed to.
type Address struct {
	// Entered is the address as it was typed, as TypedAddress reads it. Mail goes to
	// it.
	Entered string
	// Key makes an address unique: the domain in ASCII, and all of it case-folded.
	// It is computed here so that all databases agree.
	Key string
	// Domain is the domain in ASCII, in lower case.
	Domain string
}

// ParseAddress checks an address against RFC 5321 §4.1.2: a dot-string local part
// in ASCII and a domain name; no quoted strings, no address literals, no comments.
// It reads the text with TypedAddress, and refuses control characters, such as a
// line break that would inject a header. Errors name the field "address".
func ParseAddress(entered string) (Address, error) {
	entered = TypedAddress(entered)
	at := strings.LastIndexByte(entered, '@')
	if at < 1 || at == len(entered)-1 {
		return Address{}, Invalid("address", "Give an email address such as ada@example.org.")
	}
	local, domain := entered[:at], entered[at+1:]
	if !isDotString(local) {
		return Address{}, Invalid("address", "The part before the @ may have letters, digits and !#$%&'*+-/=?^_`{|}~, with single dots between them.")
	}
	ascii, ok := asciiDomain(domain)
	if !ok {
		return Address{}, Invalid("address", "The part after the @ must be a domain name such as example.org.")
	}
	if len(local) > maxLocalPart || len(local)+1+len(ascii) > maxAddress {
		return Address{}, Invalid("address", "An email address has at most 64 characters before the @ and 254 in all.")
	}
	return Address{
		Entered: entered,
		Key:     strings.ToLower(local) + "@" + ascii,
		Domain:  ascii,
	}, nil
}

// asciiDomain returns a domain in ASCII, in lower case.
func asciiDomain(domain string) (string, bool) {
	// IDNA drops invisible characters, but the address as entered would keep them.
	if strings.ContainsFunc(domain, isUnseen) {
		return "", false
	}
	ascii, err := idna.Lookup.ToASCII(norm.NFC.String(domain))
	if err != nil || !isDomain(ascii) {
		return "", false
	}
	// A name that encodes something forbidden does not convert to itself.
	again, err := idna.Lookup.ToASCII(ascii)
	return ascii, err == nil && again == ascii
}

// AddressKey returns the key of any text that was typed as an address. A text that
// is no address gets a key that no user has, and never an error. So its look-up
// takes the same way as any other.
func AddressKey(entered string) string {
	if a, err := ParseAddress(entered); err == nil {
		return a.Key
	}
	return strconv.QuoteToASCII(Fold(TypedText(entered))) // no key of an address begins with a quote
}

// IsAddressKey reports whether a key of AddressKey belongs to an address.
func IsAddressKey(key string) bool { return key != "" && key[0] != '"' }

// atext of RFC 5322 §3.2.3, without letters and digits.
const atextSymbols = "!#$%&'*+-/=?^_`{|}~"

func isDotString(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for _, r := range atom {
			if !isASCIILetterOrDigit(r) && !strings.ContainsRune(atextSymbols, r) {
				return false
			}
		}
	}
	return true
}

func isDomain(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return false // a mail to an address literal needs brackets, and is refused
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !isASCIILetterOrDigit(r) && r != '-' {
				return false
			}
		}
	}
	return true
}

func isUnseen(r rune) bool {
	return !unicode.IsGraphic(r) || r == utf8.RuneError || unicode.Is(unicode.Variation_Selector, r)
}

func isASCIILetterOrDigit(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
