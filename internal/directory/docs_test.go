package directory

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The document has exactly the settings that there are, and the tests that it names
// exist.
func TestDocumentNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/directories.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Settings")
	table, _, _ = strings.Cut(table, "\n## ")
	var named, settings []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(table, -1) {
		named = append(named, row[1])
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Settings]()) {
		if key := f.Tag.Get("yaml"); key != "-" {
			settings = append(settings, key)
		}
	}
	slices.Sort(named)
	slices.Sort(settings)
	if !slices.Equal(named, settings) {
		t.Errorf("the table has %q\nthe settings are %q", named, settings)
	}
	for _, k := range kinds {
		if filter := k.defaults().filter; !strings.Contains(table, filter) {
			t.Errorf("the table does not name the filter %s", filter)
		}
	}
	inPackage := map[string]string{}
	for _, test := range regexp.MustCompile(`(\w+\.)?(Test[A-Z]\w+)`).FindAllStringSubmatch(string(text), -1) {
		folder := "../../internal/" + strings.TrimSuffix(test[1], ".")
		if test[1] == "" {
			folder = "../../e2e"
		}
		if inPackage[folder] == "" {
			inPackage[folder] = testsIn(t, folder)
		}
		if !strings.Contains(inPackage[folder], "\nfunc "+test[2]+"(") {
			t.Errorf("there is no test %s in %s", test[2], folder)
		}
	}
}

// testsIn returns the text of all tests of a package.
func testsIn(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
