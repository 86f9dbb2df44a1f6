package seal

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestKeyFileIsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	k := setup(t)
	rotate(t, k)
	info, err := os.Stat(k.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(k.Path()))
	if err != nil || len(entries) != 1 {
		t.Fatalf("something was left behind: %v %v", entries, err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666} {
		if err := os.Chmod(k.Path(), mode); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{"Open": openError(k.Path()), "Rotate": Rotate(k.Path()), "Reload": k.Reload()} {
			if !errors.Is(err, ErrExposed) || !strings.Contains(err.Error(), "chmod 600 "+k.Path()) {
				t.Errorf("%s with mode %04o: %v", name, mode, err)
			}
		}
	}
	if err := os.Chmod(k.Path(), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := openError(k.Path()); err != nil {
		t.Errorf("read-only for its owner: %v", err)
	}
}

func openError(path string) error {
	_, err := Open(path)
	return err
}

func TestCreateNeverOverwrites(t *testing.T) {
	t.Parallel()
	k := setup(t)
	before, err := os.ReadFile(k.Path())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(k.Path()); !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	after, err := os.ReadFile(k.Path())
	if err != nil || string(after) != string(before) {
		t.Fatalf("the keys were replaced: %v", err)
	}
}

func TestDamagedFileIsRefusedAndNotShown(t *testing.T) {
	t.Parallel()
	k := setup(t)
	whole, err := os.ReadFile(k.Path())
	if err != nil {
		t.Fatal(err)
	}
	var parts file
	if err := json.Unmarshal(whole, &parts); err != nil {
		t.Fatal(err)
	}
	swapped, err := json.Marshal(file{AEAD: parts.PRF, PRF: parts.AEAD})
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`"value":\s*"([^"]{20})`).FindStringSubmatch(string(whole))[1]
	for name, content := range map[string]string{
		"empty": "", "half": string(whole[:len(whole)/2]), "no keysets": "{}", "null": "null", "text": "keys",
		"only one": `{"aead":` + string(parts.AEAD) + `}`, "swapped": string(swapped), "too large": strings.Repeat(" ", maxFile+1),
		"trailing": string(whole) + "x", "bad base64": strings.Replace(string(whole), `"value": "`, `"value": "!`, 1),
	} {
		if err := os.WriteFile(k.Path(), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		err := openError(k.Path())
		if !errors.Is(err, ErrBadFile) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), "value") || strings.Contains(err.Error(), key) {
			t.Errorf("%s: the error shows the file: %v", name, err)
		}
	}
	if err := openError(t.TempDir()); err == nil {
		t.Error("a directory was taken for a key file")
	}
}
