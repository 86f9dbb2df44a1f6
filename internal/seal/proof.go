package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// KeyID names one key of the file. It is no secret.
type KeyID struct {
	// ID is a decimal number, as in the file.
	ID string `json:"id"`
	// Use is "aead" (seals) or "prf" (one-way values).
	Use string `json:"use"`
	// Primary: new values are made with it. The other keys are retired, and still
	// open and verify.
	Primary bool `json:"primary"`
}

// KeyIDs returns the keys in use, sealing keys first, oldest first.
func (k *Keys) KeyIDs() []KeyID { return slices.Clone(k.current.Load().keyIDs()) }

// Fingerprint names the set of keys in 16 hexadecimal digits, for logs and to
// compare two nodes. It changes with each rotation and depends only on the key ids.
func (k *Keys) Fingerprint() string {
	var text strings.Builder
	for _, id := range k.KeyIDs() {
		fmt.Fprintf(&text, "%s %s %t\n", id.Use, id.ID, id.Primary)
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:8])
}

// Check returns ErrKeyMissing, with all missing ids, if any of the keys is not in
// use. The ids come from stored values: KeyIDOf, password.MailedKeyID.
func (k *Keys) Check(ids ...string) error {
	var missing []string
	for _, id := range ids {
		if _, err := k.ringWith(id); err != nil && !slices.Contains(missing, id) {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		return k.missing(strings.Join(missing, ", "))
	}
	return nil
}

const (
	proofText = "rekey keys belong to this database"
	proofFor  = "rekey key proof v1"
)

// Proof returns a value to store in the database, at first and whenever Verify
// reports stale. Both primary keys go into it, so that Verify can tell whether a
// key file belongs to the database.
func (k *Keys) Proof() ([]byte, error) {
	keyID := k.KeyID()
	sum, err := k.Compute(keyID, []byte(proofText))
	if err != nil {
		return nil, err
	}
	return k.Seal(append([]byte(keyID+"\n"), sum...), proofFor)
}

// Verify returns nil if the keys belong to the database that stores proof. stale
// means that the keys were rotated since. A new Proof should then be stored, so
// that a key file from before the rotation is refused.
//
// Errors: ErrKeyMissing or ErrSealBroken, with what to do. The database must then
// not be used, and must never get new keys.
func (k *Keys) Verify(proof []byte) (stale bool, err error) {
	opened, err := k.Unseal(proof, proofFor)
	if err != nil {
		return false, fmt.Errorf("seal: %s does not contain the keys of this database; restore its key file, new keys cannot replace it: %w", k.path, err)
	}
	keyID, want, _ := bytes.Cut(opened, []byte("\n"))
	got, err := k.Compute(string(keyID), []byte(proofText))
	if err != nil {
		return false, err
	}
	if !bytes.Equal(got, want) {
		return false, fmt.Errorf("seal: %s has another key %s than this database; restore the key file that belongs to it: %w", k.path, keyID, ErrKeyMissing)
	}
	return string(keyID) != k.KeyID(), nil
}
