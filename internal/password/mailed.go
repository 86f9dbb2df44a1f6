package password

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rekey"
)

// ErrMalformed is returned for a stored verifier that no version of this package
// has written. Its text does not contain the verifier.
var ErrMalformed = errors.New("password: malformed stored verifier")

// mailedScheme begins every stored verifier of a mailed password.
const mailedScheme = "hmac-sha256"

// mailedPurpose separates these values from all other uses of the same key.
const mailedPurpose = "rekey mailed password v1"

// PRF is a keyed one-way function, HMAC-SHA-256, whose keys are kept outside
// the database. *seal.Keys is one.
type PRF interface {
	// KeyID names the key for new values. It contains no '$'.
	KeyID() string
	// Compute returns the 32 bytes of HMAC-SHA-256 over data with the named key,
	// also a retired one. It returns an error if there is no such key.
	Compute(keyID string, data []byte) ([]byte, error)
}

// Mailed makes and checks the verifiers of mailed passwords:
//
//	hmac-sha256$<key id>$<base64 of 64 bytes, no padding>
//
// The first 32 bytes belong to the password as it was mailed, the other 32 to
// its normal form (see normalForm). A verifier of an earlier version has only
// the first 32.
//
// It is safe for use by many goroutines if its PRF is.
type Mailed struct{ prf PRF }

// NewMailed returns a Mailed that uses the keys of prf.
func NewMailed(prf PRF) *Mailed { return &Mailed{prf} }

// Make returns the verifier of g to store. It is bound to its delivery: in another
// delivery's row it verifies nothing. It takes a few microseconds.
func (m *Mailed) Make(g Generated, deliveryID string) (string, error) {
	if g.IsZero() {
		return "", ErrNotGenerated
	}
	keyID := m.prf.KeyID()
	exact, err := m.compute(keyID, g.Reveal(), deliveryID)
	if err != nil {
		return "", err
	}
	normal, err := m.compute(keyID, normalForm(g.Secret()), deliveryID)
	if err != nil {
		return "", err
	}
	return mailedScheme + "$" + keyID + "$" + base64.RawStdEncoding.EncodeToString(append(exact, normal...)), nil
}

// Verify reports whether stored was made from typed for this delivery. It reads typed
// with rekey.TypedPassword, so hyphens, blanks and quotes do not count. The comparison takes the same time for every text.
//
// Errors: ErrMalformed; that of the PRF if it lacks the key. A missing key must
// never be taken for a wrong password.
func (m *Mailed) Verify(stored string, typed rekey.Secret, deliveryID string) (bool, error) {
	keyID, want, err := parseMailed(stored)
	if err != nil {
		return false, err
	}
	got, err := m.compute(keyID, asGenerated(rekey.TypedPassword(typed).Reveal()), deliveryID)
	if err != nil {
		return false, err
	}
	return hmac.Equal(got, want[:sha256.Size]), nil
}

// asGenerated returns the letters and digits of a generated password in its groups.
func asGenerated(characters string) string {
	if len(characters) != groups*groupLength {
		return characters // no generated password
	}
	parts := make([]string, 0, groups)
	for part := range slices.Chunk([]byte(characters), groupLength) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, "-")
}

// Resembles reports whether candidate equals the password of stored except for
// case and all that is neither a letter nor a digit. Such a text must not become a
// chosen password, because everybody who has read the mail knows it. A verifier of
// an earlier version does not ignore case.
//
// Errors: those of Verify.
func (m *Mailed) Resembles(stored string, candidate rekey.Secret, deliveryID string) (bool, error) {
	keyID, want, err := parseMailed(stored)
	if err != nil {
		return false, err
	}
	if len(want) == sha256.Size {
		return m.Verify(stored, candidate, deliveryID)
	}
	got, err := m.compute(keyID, normalForm(candidate), deliveryID)
	if err != nil {
		return false, err
	}
	return hmac.Equal(got, want[sha256.Size:]), nil
}

func (m *Mailed) compute(keyID, text, deliveryID string) ([]byte, error) {
	data := make([]byte, 0, len(mailedPurpose)+8+len(deliveryID)+len(text))
	data = append(data, mailedPurpose...)
	data = binary.BigEndian.AppendUint64(data, uint64(len(deliveryID)))
	data = append(data, deliveryID...)
	data = append(data, text...)
	defer clear(data)
	sum, err := m.prf.Compute(keyID, data)
	if err != nil {
		return nil, fmt.Errorf("password: verifier of a mailed password: %w", err)
	}
	return sum, nil
}

// MailedKeyID returns the id of the key of a stored verifier, or ErrMalformed.
func MailedKeyID(stored string) (string, error) {
	keyID, _, err := parseMailed(stored)
	return keyID, err
}

// parseMailed accepts only what Make writes: each value has one spelling.
func parseMailed(stored string) (keyID string, sum []byte, err error) {
	scheme, rest, _ := strings.Cut(stored, "$")
	keyID, encoded, found := strings.Cut(rest, "$")
	if scheme != mailedScheme || !found || keyID == "" {
		return "", nil, ErrMalformed
	}
	sum, ok := decodeBase64(encoded)
	if !ok || len(sum) != sha256.Size && len(sum) != 2*sha256.Size {
		return "", nil, ErrMalformed
	}
	return keyID, sum, nil
}

// decodeBase64 decodes standard base64 without padding, and refuses the line
// ends that the standard library ignores.
func decodeBase64(encoded string) ([]byte, bool) {
	if strings.ContainsAny(encoded, "\r\n") {
		return nil, false
	}
	decoded, err := base64.RawStdEncoding.Strict().DecodeString(encoded)
	return decoded, err == nil
}
