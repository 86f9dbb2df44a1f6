package selection

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The reference for readers keeps what it promises: its examples compile, and
// it names every field and function.
func TestReferenceFitsTheLanguage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/selections.md")
	if err != nil {
		t.Fatal(err)
	}
	compiler := setup(t)
	_, examples, _ := strings.Cut(string(text), "## Examples")
	examples, _, _ = strings.Cut(examples, "## ")
	found := regexp.MustCompile("\\| `(.*)` \\|").FindAllStringSubmatch(examples, -1)
	for _, example := range found {
		if _, err := compiler.Compile(example[1]); err != nil {
			t.Errorf("%s: %v", example[1], err)
		}
	}
	if len(found) < 5 {
		t.Errorf("found %d examples", len(found))
	}
	for _, name := range fieldNames() {
		if !strings.Contains(string(text), "user."+name+"`") {
			t.Errorf("the reference does not name user.%s", name)
		}
	}
	for _, name := range functionNames() {
		// What a neighbour explains well enough.
		if !strings.Contains(string(text), name) && name != "getMilliseconds" && name != "getDayOfMonth" && name != "hasValue" {
			t.Errorf("the reference does not name %s", name)
		}
	}
}

func TestAnErrorThatDoesNotMatterDoesNotCount(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]bool{
		`user.rank == 2 || user.attributes.floor == "x"`: true,
		`user.attributes.floor == "x" || user.rank == 2`: true,
		`user.rank == 3 && user.attributes.floor == "x"`: false,
	} {
		if got, err := match(t, expression, ada()); got != want || err != nil {
			t.Errorf("%s: %v, %v", expression, got, err)
		}
	}
}
