package selection

import (
	"os"
	"strings"
	"testing"
)

func TestReferenceBesideTheFieldSaysWhatTheDocumentationSays(t *testing.T) {
	t.Parallel()
	documentation, err := os.ReadFile("../../docs/selections.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range FieldReferences() {
		if f.About == "" || f.Type == "" {
			t.Errorf("nothing is said of %s", f.Name)
		}
	}
	compiler := setup(t)
	for _, e := range Examples() {
		if !strings.Contains(strings.ToLower(string(documentation)), strings.ToLower("| "+e.Who+" | `"+e.Expression+"` |")) {
			t.Errorf("the documentation lacks %q with %s", e.Who, e.Expression)
		}
		if _, err := compiler.Compile(e.Expression); err != nil {
			t.Errorf("%s: %v", e.Expression, err)
		}
	}
}
