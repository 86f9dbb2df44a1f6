package password

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestGeneratedNeverPrintsItself(t *testing.T) {
	t.Parallel()
	g, err := Generate(seeded(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %v"} {
		fmt.Fprintf(&out, verb+"\n", g, struct{ G Generated }{g})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("issue", "password", g, "any", slog.AnyValue(&g))
	slog.New(slog.NewJSONHandler(&out, nil)).Info("issue", "password", g, "group", struct{ G Generated }{g})
	if err := json.NewEncoder(&out).Encode(map[string]any{"g": g, "p": &g}); err != nil {
		t.Fatal(err)
	}
	if err := gob.NewEncoder(&out).Encode(g); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), g.Reveal()) || strings.Contains(out.String(), fmt.Sprintf("%x", g.Reveal())) {
		t.Fatalf("printed: %s", out.String())
	}
}

func TestGeneratedCannotBeReadFromInput(t *testing.T) {
	t.Parallel()
	var g Generated
	_ = json.Unmarshal([]byte(`"abcdef-ABCDEF-346797-abcdef"`), &g)            //nolint:staticcheck // that it cannot be read is the point
	_ = json.Unmarshal([]byte(`{"secret":"abcdef-ABCDEF-346797-abcdef"}`), &g) //nolint:staticcheck // that it cannot be read is the point
	if !g.IsZero() {
		t.Fatal("a Generated was made from JSON")
	}
}

func TestFromSealedGivesBackWhatWasGenerated(t *testing.T) {
	t.Parallel()
	g, err := Generate(seeded(2), nil)
	if err != nil {
		t.Fatal(err)
	}
	back, err := FromSealed([]byte(g.Reveal()))
	if err != nil || back.Reveal() != g.Reveal() {
		t.Fatalf("%v", err)
	}
}

func TestFromSealedRefusesWhatWasTyped(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "password", "correct horse battery stapl", "abcdef-ABCDEF-346797-abcde", "abcdef-ABCDEF-346797-abcdefg",
		"abcde-fABCDEF-346797-abcdef", "abcdef-ABCDEF-346797-abcde-", "abcdef-ABCDEF-346797-abcd\r\n", "abcdef_ABCDEF_346797_abcdef",
	} {
		if g, err := FromSealed([]byte(text)); !errors.Is(err, ErrNotGenerated) || !g.IsZero() {
			t.Errorf("%q: %v", text, err)
		}
	}
}
