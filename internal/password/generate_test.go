package password

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"math"
	"math/big"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// seeded returns a source that gives the same bytes for the same seed.
func seeded(seed uint64) io.Reader {
	var key [32]byte
	key[0], key[1], key[2], key[3] = byte(seed), byte(seed>>8), byte(seed>>16), byte(seed>>24)
	return mathrand.NewChaCha8(key)
}

var subjects = rapid.Custom(func(t *rapid.T) Subject {
	name := rapid.StringMatching(`[A-Za-zäöüÉß' -]{0,12}`)
	return Subject{
		FirstName: name.Draw(t, "first"),
		LastName:  name.Draw(t, "last"),
		Address:   rapid.StringMatching(`[a-z]{1,4}[.+_-]?[a-z0-9]{1,6}@[a-z]{2,8}\.[a-z]{2,4}`).Draw(t, "address"),
	}
})

func TestEveryGeneratedPasswordSatisfiesEveryPolicy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		subject := subjects.Draw(t, "subject")
		g, err := Generate(seeded(rapid.Uint64().Draw(t, "seed")), AvoidParts(subject.FirstName, subject.LastName, subject.Address))
		if err != nil {
			t.Fatal(err)
		}
		for _, policy := range []Policy{Modern, Classic} {
			if err := policy.Check(context.Background(), g.Secret(), subject, History{}, time.Time{}); err != nil {
				t.Fatalf("%s refuses %q: %v", policy, g.Reveal(), err)
			}
		}
	})
}

func TestGeneratedPasswordsHaveTheAgreedShape(t *testing.T) {
	t.Parallel()
	for range 2000 {
		g, err := Generate(rand.Reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		fields := strings.Split(g.Reveal(), "-")
		if len(fields) != 4 {
			t.Fatalf("%q has %d groups", g.Reveal(), len(fields))
		}
		for _, f := range fields {
			if len(f) != 6 || strings.Trim(f, alphabet) != "" {
				t.Fatalf("%q: group %q", g.Reveal(), f)
			}
		}
	}
}

func TestAlphabetHasNoLookAlikesAndNoMarkup(t *testing.T) {
	t.Parallel()
	if strings.ContainsAny(alphabet, `0Oo1lIi|2Z5S8B<>&"'`) {
		t.Fatalf("alphabet %q", alphabet)
	}
	for i := range alphabet {
		if strings.Count(alphabet, alphabet[i:i+1]) != 1 {
			t.Fatalf("%q is twice in the alphabet", alphabet[i])
		}
	}
}

// The number of passwords with lower case, upper case and a digit, counted by
// inclusion and exclusion, is more than 2^112, with room for what names and
// addresses exclude.
func TestGeneratedPasswordsCarryTheBitsPromised(t *testing.T) {
	t.Parallel()
	var lower, upper, digit int64
	for _, c := range alphabet {
		switch {
		case c >= 'a':
			lower++
		case c >= 'A':
			upper++
		default:
			digit++
		}
	}
	power := func(n int64) *big.Int {
		return new(big.Int).Exp(big.NewInt(n), big.NewInt(groups*groupLength), nil)
	}
	count := power(lower + upper + digit)
	for _, without := range []int64{upper + digit, lower + digit, lower + upper} {
		count.Sub(count, power(without))
	}
	for _, only := range []int64{lower, upper, digit} {
		count.Add(count, power(only))
	}
	if bits := count.BitLen() - 1; bits < 113 {
		t.Fatalf("%d bits", bits)
	}
}

// A fixed seed and the 99.9 % point of chi-square with 48 degrees of freedom,
// 84.0: a modulo instead of rejection gives several thousand.
func TestEachCharacterIsDrawnEquallyOften(t *testing.T) {
	t.Parallel()
	const passwords = 40_000
	source := seeded(1)
	counts := map[byte]int{}
	var candidate [generatedLength]byte
	for range passwords {
		if complete, err := draw(source, &candidate); err != nil || !complete {
			t.Fatal(complete, err)
		}
		for _, c := range candidate {
			counts[c]++
		}
	}
	expected := float64(passwords*groups*groupLength) / float64(len(alphabet))
	var chiSquare float64
	for i := range len(alphabet) {
		chiSquare += math.Pow(float64(counts[alphabet[i]])-expected, 2) / expected
	}
	if chiSquare > 84.0 {
		t.Fatalf("chi-square %.1f", chiSquare)
	}
}

func TestPartsOfNameAndAddressDoNotOccur(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		first, err := Generate(seeded(seed), nil)
		if err != nil {
			t.Fatal(err)
		}
		length := rapid.IntRange(minPart, 8).Draw(t, "length")
		at := rapid.IntRange(0, generatedLength-length).Draw(t, "at")
		part := strings.ToUpper(first.Reveal()[at : at+length])
		second, err := Generate(seeded(seed), []string{part})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToUpper(second.Reveal()), part) {
			t.Fatalf("%q contains %q", second.Reveal(), part)
		}
		short, err := Generate(seeded(seed), []string{part[:minPart-1], ""})
		if err != nil || short.Reveal() != first.Reveal() {
			t.Fatalf("a part of three characters counts: %v", err)
		}
	})
}

func TestProductNameDoesNotOccur(t *testing.T) {
	t.Parallel()
	var beginning [64]byte
	copy(beginning[:], spell("ReKeyA7aaaaaaaaaaaaaaaaaaaaa"))
	g, err := Generate(io.MultiReader(bytes.NewReader(beginning[:]), seeded(1)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(g.Reveal()), "rekey") {
		t.Fatalf("got %q", g.Reveal())
	}
}

// spell returns the random bytes that give text.
func spell(text string) []byte {
	out := make([]byte, len(text))
	for i := range text {
		out[i] = byte(strings.IndexByte(alphabet, text[i]))
	}
	return out
}

func TestBrokenSourceEndsAfterAHundredTries(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]byte{"only one letter": 0x00, "nothing usable": 0xff} {
		source := &constant{value: value}
		if _, err := Generate(source, nil); !errors.Is(err, ErrNoPassword) {
			t.Errorf("%s: %v", name, err)
		}
		if source.reads < maxTries || source.reads > maxTries*refills {
			t.Errorf("%s: %d reads", name, source.reads)
		}
	}
}

type constant struct {
	value byte
	reads int
}

func (c *constant) Read(p []byte) (int, error) {
	c.reads++
	for i := range p {
		p[i] = c.value
	}
	return len(p), nil
}

func TestSourceErrorIsReturned(t *testing.T) {
	t.Parallel()
	broken := errors.New("no randomness")
	if _, err := Generate(iotest.ErrReader(broken), nil); !errors.Is(err, broken) {
		t.Fatal(err)
	}
}

func TestAvoidPartsSplitsNameAndAddress(t *testing.T) {
	t.Parallel()
	got := AvoidParts("Anna-Maria", "O’Connor Ng", "A.Meyer+hr@mail.example.io")
	want := []string{"anna", "maria", "anna-maria", "connor", "o’connor ng", "meyer", "a.meyer+hr", "mail", "example", "mail.example.io"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Fatalf("got %q", got)
	}
}

func BenchmarkGenerate(b *testing.B) {
	avoid := AvoidParts("Anna-Maria", "Meyer", "anna.meyer@example.com")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Generate(rand.Reader, avoid); err != nil {
			b.Fatal(err)
		}
	}
}
