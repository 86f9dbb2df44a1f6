package password

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"rekey"
)

var anna = Subject{FirstName: "Anna", LastName: "Meyer", Address: "a.meyer@example.com"}

// broken returns the names of the rules that text breaks.
func broken(p Policy, text string, subject Subject) []string {
	var names []string
	for _, rule := range p.Rules(rekey.NewSecret(text), subject) {
		if !rule.Satisfied {
			names = append(names, rule.Name)
		}
	}
	return names
}

func TestModernAsksForLengthAndAgainstGuessing(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"correct horse battery staple":              "",
		"purple monkey dishwasher":                  "",
		"tulpe zaun gestern kohle":                  "",
		"我们都是好朋友一起去吃饭吧好":                            "",
		"xq7 vm2 pk9w":                              "",
		"xq7 vm2 pk9":                               "length",
		"cafe\u0301 xq7 pk9":                        "", // 13 code points, 12 after NFC
		"cafe\u0301 xq7 pk":                         "length",
		strings.Repeat("xq7vm2pk9w4t8z1r", 8):       "",
		strings.Repeat("xq7vm2pk9w4t8z1r", 8) + "x": "length",
		"masturbation":                              "common strength",
		"Scandinavian":                              "common strength",
		" pornographic ":                            "common strength",
		"jennifer":                                  "length common strength",
		"correct horse meyer staple":                "personal",
		"correct horse MEYER staple":                "personal",
		"correct horse annas staple":                "personal",
		"correct horse example staple":              "personal",
		"correct horse reKEY staple":                "personal",
		"Password1234":                              "strength",
		"qwertyuiop12":                              "strength",
		"P@55w0rdP@55w0rd":                          "strength",
		"1234567890123":                             "strength",
		"aaaaaaaaaaaaaaaaaaaaaa":                    "strength",
		"äöüäöüäöüäöü":                              "strength",
		"Trustno1Trustno1":                          "strength",
		"xq7 vm2 pk9w\n":                            "text",
		"xq7 vm2\x00 pk9w":                          "text",
		"xq7 vm2 pk9w\xff":                          "text strength",
		"":                                          "length common personal strength",
	} {
		if got := strings.Join(broken(Modern, text, anna), " "); got != want {
			t.Errorf("%q breaks %q, want %q", text, got, want)
		}
	}
}

func TestClassicAsksForFourClasses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"aB3-efgh":                        "",
		"éÉ٣…efgh":                        "",
		"aB3-efg":                         "length",
		"AB3-EFGH":                        "lower",
		"ab3-efgh":                        "upper",
		"aBc-efgh":                        "digit",
		"aB3defgh":                        "symbol",
		"aB3 efgh":                        "symbol", // white space is none
		"":                                "length lower upper digit symbol",
		"aB3-" + strings.Repeat("x", 124): "",
		"aB3-" + strings.Repeat("x", 125): "length",
		"aB3-ef\tgh":                      "text",
	} {
		if got := strings.Join(broken(Classic, text, anna), " "); got != want {
			t.Errorf("%q breaks %q, want %q", text, got, want)
		}
	}
}

func TestCheckTellsEveryBrokenRuleOfTheField(t *testing.T) {
	t.Parallel()
	err := Classic.Check(t.Context(), rekey.NewSecret("abc"), anna, History{}, time.Time{})
	var problem *rekey.Error
	if !errors.As(err, &problem) || problem.Code != rekey.CodeInvalid || len(problem.Fields) != 4 {
		t.Fatalf("%v", err)
	}
	for _, f := range problem.Fields {
		if f.Field != "new_password" || f.Message == "" || strings.Contains(f.Message, "abc") {
			t.Errorf("%+v", f)
		}
	}
}

func TestZeroPolicyIsModern(t *testing.T) {
	t.Parallel()
	var names []string
	for _, rule := range Policy("").Rules(rekey.NewSecret(""), anna) {
		names = append(names, rule.Name)
	}
	if want := []string{RuleText, RuleLength, RuleCommon, RulePersonal, RuleStrength}; !slices.Equal(names, want) {
		t.Fatal(names)
	}
	for name, want := range map[string]Policy{"": Modern, "modern": Modern, "classic": Classic} {
		if p, err := ParsePolicy(name); err != nil || p != want {
			t.Errorf("%q: %q %v", name, p, err)
		}
	}
	if _, err := ParsePolicy("Modern "); rekey.CodeOf(err) != rekey.CodeInvalid {
		t.Error(err)
	}
}

func TestTenThousandCommonPasswordsAreKnown(t *testing.T) {
	t.Parallel()
	if n := len(common()); n < 10_000 {
		t.Fatal(n)
	}
	// Those of the 10,000 that zxcvbn files under names and words among them.
	for _, text := range []string{"password", "123456", "michael", "welcome", "secret", "Jennifer", "superman", "trustno1", "qwertyuiop", "1234567890"} {
		if !isCommon(text) {
			t.Errorf("%q", text)
		}
	}
}

func TestPeriodIsTheShortestRepeatedBeginning(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.RuneFrom([]rune("ab")), 1, 20).Draw(t, "text")
		want := len(text)
		for p := len(text) / 2; p > 0; p-- {
			if slices.Equal(text[p:], text[:len(text)-p]) {
				want = p
			}
		}
		if got := period(text); got != want {
			t.Fatalf("%q: %d, want %d", string(text), got, want)
		}
	})
}

// What is typed is anybody's choice: no text may take the process down, nor
// keep a core busy.
func FuzzRules(f *testing.F) {
	for _, text := range []string{"", "a", "İİİİİİİİİİİİ", "\xff\xfe", "4@8([{<369!|10$5+7%2", "12.12.2012", "ſſſſſſſſſſſſ", "ﬃﬃﬃﬃ", "e\u0301"} {
		f.Add(text, text)
		f.Add(strings.Repeat(text, 40), "anna")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		begun := cpu(t)
		rules := Modern.Rules(rekey.NewSecret(text), Subject{FirstName: name, Address: name + "@" + name})
		Classic.Rules(rekey.NewSecret(text), Subject{})
		if took := cpu(t) - begun; len(text) < 2000 && len(name) < 200 && took > 5*time.Second {
			t.Errorf("%d bytes took %s", len(text), took)
		}
		satisfied := true
		for _, rule := range rules {
			satisfied = satisfied && rule.Satisfied
		}
		if n := utf8.RuneCountInString(Normalize(rekey.NewSecret(text)).Reveal()); satisfied && (n < 12 || n > 128 || !utf8.ValidString(text)) {
			t.Errorf("%q is accepted", text)
		}
	})
}

// cpu is how long this thread has computed: what else the machine does is not in
// it.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func BenchmarkStrength(b *testing.B) {
	for name, text := range map[string]string{"usual": "correct horse battery staple", "slow": "abcdefghijklmnop12.12.2012!|10$5+7%2qwertyuiop4@8("} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Strength(rekey.NewSecret(text), anna)
			}
		})
	}
}

func TestNameOfTheSystemIsNoPartOfAPassword(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		system, candidate string
		allowed           bool
		text              string
	}{
		{"Acme Back Office", "velvet acme back office 9 thistle", false, "Must not contain your name, address or “Acme Back Office”"},
		{"Acme Back Office", "velvet-ACMEBACKOFFICE-9-thistle", false, "Must not contain your name, address or “Acme Back Office”"},
		{"Acme Back Office", "velvet-office-9-thistle-anchor", true, "Must not contain your name, address or “Acme Back Office”"},
		{"Acme Back Office", "velvet-rekey-9-thistle-anchor", false, "Must not contain your name, address or “Acme Back Office”"},
		{"Bücherei", "velvet-bu\u0308cherei-9-thistle", false, "Must not contain your name, address or “Bücherei”"},
		{"IT", "velvet-anchor-it-9-thistle", true, "Must not contain your name, address or “Rekey”"}, // too short to be meant
		{"", "velvet-rekey-9-thistle-anchor", false, "Must not contain your name, address or “Rekey”"},
	} {
		for _, rule := range Modern.Rules(rekey.NewSecret(c.candidate), Subject{System: c.system}) {
			if rule.Name == RulePersonal && (rule.Satisfied != c.allowed || rule.Text != c.text) {
				t.Errorf("%q for %q: %+v", c.candidate, c.system, rule)
			}
		}
	}
}
