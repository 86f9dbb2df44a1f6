package selection_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The mappings of docs/events.md find in its ticket what stands beside them.
func TestMappingsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "A ticket system posts this:\n\n```json\n")
	sample, rest, ended := strings.Cut(rest, "```")
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.+) \\|$").FindAllStringSubmatch(rest, -1)
	if !found || !ended || len(rows) < 5 {
		t.Fatalf("found %d rows", len(rows))
	}
	c, event := compiler(t), decodeEvent(t, sample)
	for _, row := range rows {
		m, err := c.CompileMapping(row[1])
		if err != nil {
			t.Errorf("%s: %v", row[1], err)
			continue
		}
		var want []string
		if row[2] != "nobody" {
			want = strings.Split(row[2], ", ")
		}
		if got, _, err := m.People(event); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", row[1], got, err, want)
		}
	}
}
