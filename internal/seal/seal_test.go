package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"rekey/internal/password"
)

var _ password.PRF = (*Keys)(nil)

const delivery, user = "0199-delivery", "0199-user"

func setup(t testing.TB) *Keys {
	t.Helper()
	k, err := Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rotate(t testing.TB, k *Keys) {
	t.Helper()
	if err := Rotate(k.Path()); err != nil {
		t.Fatal(err)
	}
}

func generated(t testing.TB) password.Generated {
	t.Helper()
	g, err := password.Generate(rand.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestSealedPasswordOpensForItsRowOnly(t *testing.T) {
	t.Parallel()
	k, g := setup(t), generated(t)
	sealed, err := k.Seal([]byte(g.Reveal()), delivery, user)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte(g.Reveal()[:6])) || len(sealed) != len(g.Reveal())+33 {
		t.Fatalf("%d bytes: %x", len(sealed), sealed)
	}
	opened, err := k.Unseal(sealed, delivery, user)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := password.FromSealed(opened); err != nil || back.Reveal() != g.Reveal() {
		t.Fatal(err)
	}
	for _, other := range [][]string{
		{}, {""}, {delivery}, {user, delivery}, {delivery, user, ""}, {"", delivery, user}, {delivery + user}, {delivery + user, ""},
		{delivery[:4], delivery[4:] + user}, {delivery, "0199-other"}, {"0199-other", user},
	} {
		if opened, err := k.Unseal(sealed, other...); !errors.Is(err, ErrSealBroken) || opened != nil {
			t.Errorf("%q: %v", other, err)
		}
	}
}

func TestChangedSealDoesNotOpen(t *testing.T) {
	t.Parallel()
	k := setup(t)
	sealed, err := k.Seal([]byte("secret"), delivery)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := k.Unseal(changed, delivery); !errors.Is(err, ErrSealBroken) && !errors.Is(err, ErrKeyMissing) {
			t.Errorf("byte %d: %v", i, err)
		}
		if _, err := k.Unseal(sealed[:i], delivery); !errors.Is(err, ErrSealBroken) {
			t.Errorf("%d bytes: %v", i, err)
		}
	}
}

func TestAssociatedDataIsUnambiguous(t *testing.T) {
	t.Parallel()
	parts := rapid.SliceOfN(rapid.StringN(0, 4, -1), 0, 4)
	rapid.Check(t, func(t *rapid.T) {
		a, b := parts.Draw(t, "a"), parts.Draw(t, "b")
		same := len(a) == len(b) && strings.Join(a, "\x00\x00") == strings.Join(b, "\x00\x00")
		if bytes.Equal(encodeAssociated(a), encodeAssociated(b)) && !same {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

func TestRotationKeepsSealedAndMailedPasswords(t *testing.T) {
	t.Parallel()
	k, g := setup(t), generated(t)
	mailed := password.NewMailed(k)
	var sealedValues [][]byte
	var verifiers []string
	ids := map[string]bool{}
	for range 3 {
		sealed, err := k.Seal([]byte(g.Reveal()), delivery, user)
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := mailed.Make(g, delivery)
		if err != nil {
			t.Fatal(err)
		}
		sealedValues, verifiers = append(sealedValues, sealed), append(verifiers, verifier)
		sealedID, _ := KeyIDOf(sealed)
		mailedID, _ := password.MailedKeyID(verifier)
		ids[sealedID], ids[mailedID] = true, true

		rotate(t, k)
		if err := k.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	if len(ids) != 6 || ids[""] {
		t.Fatalf("values made after a rotation do not use the new keys: %v", ids)
	}
	reopened, err := Open(k.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range []*Keys{k, reopened} {
		for i := range sealedValues {
			if opened, err := keys.Unseal(sealedValues[i], delivery, user); err != nil || string(opened) != g.Reveal() {
				t.Errorf("sealed %d rotations ago: %v", 3-i, err)
			}
			if ok, err := password.NewMailed(keys).Verify(verifiers[i], g.Secret(), delivery); err != nil || !ok {
				t.Errorf("mailed %d rotations ago: %t %v", 3-i, ok, err)
			}
		}
		for id := range ids {
			if err := keys.Check(id); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestRunningServerMeetsAKeyOfLaterRotation(t *testing.T) {
	t.Parallel()
	running, g := setup(t), generated(t)
	rotate(t, running)
	other, err := Open(running.Path())
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := password.NewMailed(other).Make(g, delivery)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := other.Seal([]byte(g.Reveal()), delivery)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := password.NewMailed(running).Verify(verifier, g.Secret(), delivery); err != nil || !ok {
		t.Error(ok, err)
	}
	if _, err := running.Unseal(sealed, delivery); err != nil {
		t.Error(err)
	}
	if running.Fingerprint() != other.Fingerprint() {
		t.Error("the rotated keys are not in force")
	}
}

func TestReloadUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	k := setup(t)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for range 200 {
				sealed, err := k.Seal([]byte("secret"), delivery)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := k.Unseal(sealed, delivery); err != nil {
					t.Error(err)
				}
				if _, err := k.Compute(k.KeyID(), []byte("data")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		rotate(t, k)
		if err := k.Reload(); err != nil {
			t.Error(err)
		}
	}
	workers.Wait()
}

func TestRotationsAtTheSameTimeBothLast(t *testing.T) {
	t.Parallel()
	k := setup(t)
	var rotations sync.WaitGroup
	for range 40 {
		rotations.Go(func() {
			if err := Rotate(k.Path()); err != nil {
				t.Error(err)
			}
		})
	}
	rotations.Wait()
	if err := k.Reload(); err != nil {
		t.Fatal(err)
	}
	if n := len(k.KeyIDs()); n != 2*41 {
		t.Fatalf("%d keys", n)
	}
}

func TestReloadRefusesAFileThatLostAKey(t *testing.T) {
	t.Parallel()
	k, other := setup(t), setup(t)
	before := k.Fingerprint()
	sealed, err := k.Seal([]byte("secret"), delivery)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other.Path(), k.Path()); err != nil {
		t.Fatal(err)
	}
	if err := k.Reload(); !errors.Is(err, ErrKeyMissing) {
		t.Fatal(err)
	}
	if _, err := k.Unseal(sealed, delivery); err != nil || k.Fingerprint() != before {
		t.Fatalf("the keys in force were changed: %v", err)
	}
}

func TestMissingKeysAreRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	for name, try := range map[string]func() error{
		"Open":   func() error { _, err := Open(path); return err },
		"Rotate": func() error { return Rotate(path) },
	} {
		if err := try(); !errors.Is(err, ErrNoKeys) || !strings.Contains(err.Error(), "restore") || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s made a key file", name)
		}
	}
}

func TestValuesOfOtherKeysAreRefused(t *testing.T) {
	t.Parallel()
	k, other, g := setup(t), setup(t), generated(t)
	sealed, err := other.Seal([]byte(g.Reveal()), delivery)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Unseal(sealed, delivery); !errors.Is(err, ErrKeyMissing) || !strings.Contains(err.Error(), "restore") {
		t.Error(err)
	}
	verifier, err := password.NewMailed(other).Make(g, delivery)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := password.NewMailed(k).Verify(verifier, g.Secret(), delivery); !errors.Is(err, ErrKeyMissing) || ok {
		t.Error(ok, err)
	}
	for _, id := range []string{"", "0", "x", other.KeyID(), "0" + k.KeyID(), "-1"} {
		if err := k.Check(k.KeyID(), id); !errors.Is(err, ErrKeyMissing) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	k, g := setup(b), generated(b)
	plaintext := []byte(g.Reveal())
	sealed, err := k.Seal(plaintext, delivery, user)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := k.Seal(plaintext, delivery, user); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Unseal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := k.Unseal(sealed, delivery, user); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Compute", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := k.Compute(k.KeyID(), plaintext); err != nil {
				b.Fatal(err)
			}
		}
	})
}
