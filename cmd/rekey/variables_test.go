package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// A variable that the program reads, or tells people to set, must be a known one.
func TestEveryVariableThatTheSourcesNameIsKnown(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{}, kong.Name("rekey"))
	if err != nil {
		t.Fatal(err)
	}
	known := knownVariables(parser.Model)
	named := regexp.MustCompile(`\bREKEY_[A-Z0-9_]*[A-Z0-9]\b`)
	for _, folder := range []string{"../../cmd", "../../internal", "../../client", "../../deploy", "../../docs", "../../README.md"} {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "variables.go" || strings.Contains(path, "testdata") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, name := range named.FindAllString(string(text), -1) {
				// A prefix of a group in a tag ends with an underscore.
				if !slices.Contains(known, name) && !otherVariables.MatchString(name) && !strings.Contains(string(text), `"`+name+`_"`) {
					t.Errorf("%s names %s", path, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
