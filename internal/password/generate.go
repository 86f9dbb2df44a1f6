package password

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"rekey"
)

const (
	// alphabet has no characters that look alike (0 O o, 1 l I i, 2 Z, 5 S, 8 B),
	// and none with a meaning in HTML. 24 draws from 49 characters are 134 bits.
	// The conditions of acceptable cost less than half a bit
	// (TestGeneratedPasswordsCarryTheBitsPromised).
	alphabet = "abcdefghjkmnpqrstuvwxyz" + "ACDEFGHJKLMNPQRTUVWXY" + "34679"

	groups          = 4
	groupLength     = 6
	generatedLength = groups*groupLength + groups - 1

	maxTries = 100
	// refills is how often one try may fetch more random bytes. By chance one try
	// in 10,000 needs a refill; the limit is for a broken source.
	refills = 8
	// indexMask takes six bits of a byte. Each of the 64 values is equally likely,
	// and values that are no index into alphabet are dropped. So no modulo favours
	// the first letters.
	indexMask = 0x3f

	// minPart is the least length in characters of a part of a name or an address
	// that counts. Shorter parts occur too often by chance.
	minPart = 4
)

// ErrNoPassword is returned by Generate if 100 tries gave no acceptable password.
// With a sound source of randomness this does not happen. The delivery fails, and
// the source must be checked.
var ErrNoPassword = errors.New("password: no acceptable password in 100 tries")

// Generate makes a password from random, which must be the operating system's
// CSPRNG (crypto/rand.Reader) outside of tests: four groups of six characters
// joined by hyphens, drawn uniformly by rejection sampling, more than 112 bits.
// It satisfies every Policy: it has lower case, upper case, a digit and a
// symbol, and contains, without regard to case, neither the product's name nor
// any text of avoid that has four characters or more (see AvoidParts).
//
// Errors: ErrNoPassword, and whatever random returns, wrapped. It takes about
// a microsecond.
func Generate(random io.Reader, avoid []string) (Generated, error) {
	var candidate [generatedLength]byte
	defer clear(candidate[:])
	for range maxTries {
		complete, err := draw(random, &candidate)
		if err != nil {
			return Generated{}, fmt.Errorf("password: reading random bytes: %w", err)
		}
		if complete && acceptable(&candidate, avoid) {
			return Generated{rekey.NewSecret(string(candidate[:]))}, nil
		}
	}
	return Generated{}, ErrNoPassword
}

// draw fills candidate with random characters. It reports false if the source
// gave too few usable bytes.
func draw(random io.Reader, candidate *[generatedLength]byte) (bool, error) {
	var buffer [64]byte // one read serves nearly every password
	defer clear(buffer[:])
	at := 0
	for range refills {
		if _, err := io.ReadFull(random, buffer[:]); err != nil {
			return false, err
		}
		for _, b := range buffer {
			index := int(b & indexMask)
			if index >= len(alphabet) {
				continue
			}
			if at%(groupLength+1) == groupLength {
				candidate[at] = '-'
				at++
			}
			candidate[at] = alphabet[index]
			if at++; at == generatedLength {
				return true, nil
			}
		}
	}
	return false, nil
}

// acceptable reports whether candidate has all four classes of characters and
// contains neither the product's name nor any text of avoid.
func acceptable(candidate *[generatedLength]byte, avoid []string) bool {
	var folded [generatedLength]byte
	defer clear(folded[:])
	var lower, upper, digit bool
	for i, c := range candidate {
		switch {
		case 'a' <= c && c <= 'z':
			lower = true
		case 'A' <= c && c <= 'Z':
			upper = true
			c += 'a' - 'A'
		case '0' <= c && c <= '9':
			digit = true
		}
		folded[i] = c
	}
	if !lower || !upper || !digit || bytes.Contains(folded[:], []byte(product)) {
		return false
	}
	for _, part := range avoid {
		if utf8.RuneCountInString(part) >= minPart && bytes.Contains(folded[:], []byte(strings.ToLower(part))) {
			return false
		}
	}
	return true
}
