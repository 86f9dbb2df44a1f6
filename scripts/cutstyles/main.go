// Command cutstyles cuts the style sheet of Tabler down to what the pages can use, and
// writes it to internal/console/static/cut. Browsers then read 60 KB instead of 620.
// Start it in the root folder of the repository; `make styles` does.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Paths below the root folder of the repository.
const (
	pages     = "internal/console"
	static    = "internal/console/static"
	whole     = static + "/vendor/tabler/tabler.min.css"
	ourStyles = static + "/rekey.css"
	cutSheet  = static + "/cut/tabler.css"
)

func main() {
	sheet, err := cutTabler(".")
	if err == nil {
		err = os.WriteFile(cutSheet, []byte(sheet), 0o644) //nolint:gosec // a file of the repository
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cutstyles:", err)
		os.Exit(1)
	}
}

// cutTabler returns the cut style sheet. Root is the root folder of the repository.
func cutTabler(root string) (string, error) {
	words, err := wordsOfPages(filepath.Join(root, pages))
	if err != nil {
		return "", err
	}
	sheet, err := os.ReadFile(filepath.Join(root, whole))
	if err != nil {
		return "", err
	}
	ours, err := os.ReadFile(filepath.Join(root, ourStyles))
	if err != nil {
		return "", err
	}
	return cut(string(sheet), string(ours), words), nil
}

// Where class names can stand: anywhere in a template or script, and in Go code in a
// string of lower-case words.
var (
	anyText   = regexp.MustCompile(`(?s).+`)
	goStrings = regexp.MustCompile(`"[a-z][a-z0-9 _-]*"`)
	word      = regexp.MustCompile(`[\w-]+`)
)

// wordsOfPages returns the words of the folder that may be class names, ids or
// attributes: those of templates, of scripts and of Go code, without tests and
// vendored files.
func wordsOfPages(folder string) (map[string]bool, error) {
	words := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Name() == "vendor" {
			return filepath.SkipDir
		}
		where := anyText
		switch filepath.Ext(path) {
		case ".html", ".js":
		case ".go":
			where = goStrings
		default:
			return nil
		}
		if strings.HasSuffix(path, "_test.go") {
			return nil
		}
		content, err := os.ReadFile(path) //nolint:gosec // a file of the repository
		if err != nil {
			return err
		}
		for _, text := range where.FindAllString(string(content), -1) {
			for _, w := range word.FindAllString(text, -1) {
				words[w] = true
			}
		}
		return nil
	})
	return words, err
}
