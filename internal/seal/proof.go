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
	// Primary says whether new values are made with it; the others are retired
	// and still open and verify.
	Primary bool `json:"primary"`
}

// KeyIDs returns the keys in force, those that seal first, oldest first.
func (k *Keys) KeyIDs() []KeyID { return slices.Clone(k.current.Load().keyIDs()) }

// Fingerprint names the set of keys in 16 hexadecimal digits, for logs and for
// comparing two nodes. It changes with each rotation and says nothing about
// the keys but their ids.
func (k *Keys) Fingerprint() string {
	var text strings.Builder
	for _, id := range k.KeyIDs() {
		fmt.Fprintf(&text, "%s %s %t\n", id.Use, id.ID, id.Primary)
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:8])
}

// Check returns ErrKeyMissing, with all the ids, if any of the keys is not in
// force. The ids come from stored values: KeyIDOf, password.MailedKeyID.
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

// Proof returns a value to be stored in the database, once when it is made and
// again whenever Verify says that it is stale. It is made with both primary
// keys, so that Verify can tell whether a key file belongs to the database.
func (k *Keys) Proof() ([]byte, error) {
	keyID := k.KeyID()
	sum, err := k.Compute(keyID, []byte(proofText))
	if err != nil {
		return nil, err
	}
	return k.Seal(append([]byte(keyID+"\n"), sum...), proofFor)
}

// Verify returns nil if the keys are those of the database that proof was
// stored in. Stale means that they have been rotated since: a new Proof should
// be stored, so that a key file from before the rotation is refused from then
// on.
//
// Errors: ErrKeyMissing or ErrSealBroken, with what to do. The database must then not be used,
// and never be given new keys.
func (k *Keys) Verify(proof []byte) (stale bool, err error) {
	opened, err := k.Unseal(proof, proofFor)
	if err != nil {
		return false, fmt.Errorf("seal: %s does not hold the keys of this database; restore the key file that belongs to it, it cannot be replaced by new keys: %w", k.path, err)
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
