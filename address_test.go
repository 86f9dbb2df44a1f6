package rekey_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"rekey"
)

func TestAnAddressIsTakenAsEnteredAndKnownByItsKey(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	label := strings.Repeat("d", 60) + "."
	tests := map[string]struct{ entered, key, domain string }{
		"plain":                    {"ada@example.org", "ada@example.org", "example.org"},
		"case does not count":      {"Ada.Lovelace@Example.ORG", "ada.lovelace@example.org", "example.org"},
		"blanks around it":         {"  ada@example.org\t", "ada@example.org", "example.org"},
		"every symbol":             {"!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org", "example.org"},
		"a tag":                    {"ada+rekey@example.org", "ada+rekey@example.org", "example.org"},
		"a domain of one label":    {"root@localhost", "root@localhost", "localhost"},
		"an IDNA domain":           {"ada@Bücher.example", "ada@xn--bcher-kva.example", "xn--bcher-kva.example"},
		"decomposed":               {"ada@Bu\u0308cher.example", "ada@xn--bcher-kva.example", "xn--bcher-kva.example"},
		"in ASCII already":         {"ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example", "xn--bcher-kva.example"},
		"not transitional":         {"ada@faß.example", "ada@xn--fa-hia.example", "xn--fa-hia.example"},
		"the longest local part":   {long + "@example.org", long + "@example.org", "example.org"},
		"the longest of all":       {long + "@" + label + label + label + "dddd.d", long + "@" + label + label + label + "dddd.d", label + label + label + "dddd.d"},
		"digits and hyphens":       {"007@4-you.example", "007@4-you.example", "4-you.example"},
		"a top level of its own":   {"ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah", "xn--r8jz45g.xn--zckzah"},
		"a question mark at first": {"?ada@example.org", "?ada@example.org", "example.org"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := rekey.ParseAddress(test.entered)
			want := rekey.Address{Entered: norm.NFC.String(strings.Trim(test.entered, " \t")), Key: test.key, Domain: test.domain}
			if err != nil || a != want {
				t.Fatalf("got %+v, %v", a, err)
			}
			if !rekey.IsAddressKey(a.Key) {
				t.Error("its key is taken for rubbish")
			}
			if key := rekey.AddressKey(strings.ToUpper(test.entered)); name != "not transitional" && key != test.key {
				t.Errorf("in capitals its key is %q", key)
			}
		})
	}
}

func TestWhatIsNoAddressIsRefused(t *testing.T) {
	t.Parallel()
	refused := map[string]string{
		"empty": "", "blank": " ", "no @": "ada", "no local part": "@example.org", "no domain": "ada@", "two @": "ada@home@example.org",
		"a line break":     "ada@example.org\r\nBcc: eve@example.org",
		"a line separator": "ada@exam\u2028ple.org", "a line break before the @": "ada\n@example.org", "a NUL": "ada\x00@example.org", "DEL": "ada@exam\x7fple.org",
		"a next line":    "ada\u0085@example.org",
		"a blank inside": "ada lovelace@example.org", "a blank in the domain": "ada@exam ple.org",
		"a quoted string": `"ada"@example.org`, "a comment": "ada(home)@example.org",
		"a dot at first": ".ada@example.org", "a dot at last": "ada.@example.org", "two dots": "ada..l@example.org",
		"not ASCII before the @": "adä@example.org", "an IPv4 literal": "ada@[127.0.0.1]", "an IPv4 address": "ada@127.0.0.1",
		"an IPv6 literal": "ada@[IPv6:::1]", "an empty label": "ada@example..org",
		"a hyphen at first": "ada@-example.org", "a hyphen at last": "ada@example-.org", "an underscore": "ada@ex_ample.org",
		"a label of 64":              "ada@" + strings.Repeat("d", 64) + ".org",
		"a local part of 65":         strings.Repeat("a", 65) + "@example.org",
		"255 in all":                 strings.Repeat("a", 64) + "@" + strings.Repeat("d", 62) + "." + strings.Repeat("d", 62) + "." + strings.Repeat("d", 60) + ".eee",
		"a mark that turns the text": "ada@\u202eelpmaxe.org",
		"invalid UTF-8":              "ada@ex\xffample.org",
		"a broken A-label":           "ada@xn--\u00fc.org",
		"a list":                     "ada@example.org,eve@example.org",
		"a route":                    "@relay.example:ada@example.org",
		"a percent hack is fine but two @ are not": "ada%home@relay@example.org",
	}
	for name, entered := range refused {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := rekey.ParseAddress(entered)
			wantFields(t, err, "address")
			if a != (rekey.Address{}) {
				t.Errorf("%+v is left of it", a)
			}
		})
	}
}

func TestTheKeyOfRubbishIsNobodys(t *testing.T) {
	t.Parallel()
	for _, rubbish := range []string{"", "@example.org", "\u0138ate@example.org", "ada", "ada@example.org\x00", "\xff", `"ada"@example.org`} {
		key := rekey.AddressKey(rubbish)
		if _, err := rekey.ParseAddress(key); err == nil {
			t.Errorf("the key of %q is the address %s", rubbish, key)
		}
		if rekey.IsAddressKey(key) {
			t.Errorf("the key of %q is taken for that of an address", rubbish)
		}
		if strings.ContainsFunc(key, unicode.IsControl) {
			t.Errorf("the key of %q has a control character: %q", rubbish, key)
		}
	}
	if rekey.AddressKey(" ADA ") != rekey.AddressKey("ada") {
		t.Error("case and blanks count in rubbish")
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"ada@example.org", "Ada@Bücher.example", "ada@example.org\r\nBcc: x", "?@x", "a@\u00ad", "a@ﬁ.example", "ada@１.example", `"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entered string) {
		key := rekey.AddressKey(entered)
		a, err := rekey.ParseAddress(entered)
		if err != nil {
			if !strings.HasPrefix(key, `"`) {
				t.Fatalf("the key of rubbish is %q", key)
			}
			return
		}
		switch {
		case strings.ContainsFunc(a.Entered, func(r rune) bool { return !unicode.IsGraphic(r) }):
			t.Fatalf("%q is not all seen", a.Entered)
		case len(a.Key) > 254 || strings.IndexByte(a.Key, '@') > 64:
			t.Fatalf("%q is too long", a.Key)
		case key != a.Key || a.Key != strings.ToLower(a.Key) || !strings.HasSuffix(a.Key, "@"+a.Domain):
			t.Fatalf("keys %q and %q, domain %q", key, a.Key, a.Domain)
		case strings.ContainsFunc(a.Key, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>"(),:;[]\`, r) }):
			t.Fatalf("%q cannot be written into an SMTP command", a.Key)
		}
		again, err := rekey.ParseAddress(a.Key)
		if err != nil || again.Key != a.Key || again.Domain != a.Domain {
			t.Fatalf("the key %q has the key %q: %v", a.Key, again.Key, err)
		}
		same, err := rekey.ParseAddress(a.Entered)
		if err != nil || same != a {
			t.Fatalf("%+v entered again is %+v: %v", a, same, err)
		}
	})
}
