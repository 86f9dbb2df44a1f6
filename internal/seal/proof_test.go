package seal

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestProofHoldsForItsKeysOnly(t *testing.T) {
	t.Parallel()
	k, other := setup(t), setup(t)
	proof, err := k.Proof()
	if err != nil {
		t.Fatal(err)
	}
	if stale, err := k.Verify(proof); err != nil || stale {
		t.Fatal(stale, err)
	}
	if _, err := other.Verify(proof); !errors.Is(err, ErrKeyMissing) || !strings.Contains(err.Error(), "new keys cannot replace it") {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{nil, {}, []byte("x"), proof[:len(proof)-1]} {
		if _, err := k.Verify(bad); !errors.Is(err, ErrSealBroken) {
			t.Errorf("%x: %v", bad, err)
		}
	}
}

func TestProofIsStaleAfterARotationAndThenRefusesTheOldFile(t *testing.T) {
	t.Parallel()
	k := setup(t)
	proof, err := k.Proof()
	if err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(k.Path())
	if err != nil {
		t.Fatal(err)
	}
	before := k.Fingerprint()
	rotate(t, k)
	if err := k.Reload(); err != nil {
		t.Fatal(err)
	}
	if stale, err := k.Verify(proof); err != nil || !stale {
		t.Fatal(stale, err)
	}
	if k.Fingerprint() == before {
		t.Error("the fingerprint is that of the old keys")
	}
	fresh, err := k.Proof()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "restored.json")
	if err := os.WriteFile(path, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	restored, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := restored.Verify(fresh); !errors.Is(err, ErrKeyMissing) {
		t.Fatal(err)
	}
}

// A file put together from two, one keyset right and one wrong, must not pass.
func TestProofCoversBothKeysets(t *testing.T) {
	t.Parallel()
	k, other := setup(t), setup(t)
	proof, err := k.Proof()
	if err != nil {
		t.Fatal(err)
	}
	mixed, err := prepare(k.current.Load().aeadKeys, other.current.Load().prfKeys)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "mixed.json")
	if err := write(path, mixed, createOnly); err != nil {
		t.Fatal(err)
	}
	mixedKeys, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mixedKeys.Verify(proof); !errors.Is(err, ErrKeyMissing) {
		t.Fatal(err)
	}
}

// A file in which a key was exchanged under its id must not pass either.
func TestProofCoversTheKeysAndNotTheirIDsAlone(t *testing.T) {
	t.Parallel()
	for _, which := range []int{0, 1} { // aead, prf
		k, other := setup(t), setup(t)
		proof, err := k.Proof()
		if err != nil {
			t.Fatal(err)
		}
		content, otherContent := mustRead(t, k.Path()), mustRead(t, other.Path())
		value := regexp.MustCompile(`"value":\s*"[^"]+"`)
		edited := strings.Replace(content, value.FindAllString(content, -1)[which], value.FindAllString(otherContent, -1)[which], 1)
		if err := os.WriteFile(k.Path(), []byte(edited), 0o600); err != nil {
			t.Fatal(err)
		}
		exchanged, err := Open(k.Path())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exchanged.Verify(proof); !errors.Is(err, ErrKeyMissing) && !errors.Is(err, ErrSealBroken) {
			t.Errorf("keyset %d: %v", which, err)
		}
	}
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestKeyIDsNameThePrimaryOfEachUse(t *testing.T) {
	t.Parallel()
	k := setup(t)
	rotate(t, k)
	if err := k.Reload(); err != nil {
		t.Fatal(err)
	}
	primaries := map[string]string{}
	for _, id := range k.KeyIDs() {
		if id.Primary {
			primaries[id.Use] = id.ID
		}
	}
	sealed, err := k.Seal([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	sealedID, err := KeyIDOf(sealed)
	if err != nil || primaries["aead"] != sealedID || primaries["prf"] != k.KeyID() || len(k.KeyIDs()) != 4 {
		t.Fatal(primaries, sealedID, k.KeyIDs(), err)
	}
}
