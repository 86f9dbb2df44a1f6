package mail

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/text/language"

	"rekey"
)

//go:embed templates/*
var builtIn embed.FS

// templates are the built-in templates and those of the folder, which replace them.
type templates struct {
	settings  *settings
	languages map[string]*words // by base language: "de"
	order     []string          // sorted, for Check
	digest    [sha256.Size]byte // of all that goes into a message from here
}

// words are the templates of one language.
type words struct {
	tag    string
	text   *template.Template
	html   *htmltemplate.Template
	layout map[string]string // the template's name by its kind: "password.txt"
	source map[string]string // by the template's name, to name lines
	dates  dates
	hello  [2]hello // of the text and the HTML part
}

// The kinds of layouts. A layout for one language, such as password.de.html, wins
// over the general one.
var layouts = []string{"password.txt", "password.html", "notice.txt", "notice.html"}

// loadTemplates reads every words.<language>.txt and the layouts.
//
// Errors: a *rekey.Error whose message names file and line.
func loadTemplates(s *settings) (*templates, error) {
	files, err := readTemplates(s.Templates)
	if err != nil {
		return nil, err
	}
	t := &templates{settings: s, languages: map[string]*words{}, digest: files.digest(s)}
	for _, name := range files.names {
		tag, isWords := strings.CutPrefix(name, "words.")
		tag, isText := strings.CutSuffix(tag, ".txt")
		if !isWords || !isText {
			continue
		}
		if parsed, err := language.Parse(tag); err != nil || base(parsed) != tag {
			return nil, broken(fmt.Errorf("%s: %q is not a language tag such as de", files.path[name], tag))
		}
		if t.languages[tag], err = parseWords(tag, files); err != nil {
			return nil, broken(err)
		}
		t.order = append(t.order, tag)
	}
	if t.languages[s.Language] == nil {
		return nil, rekey.Invalid("language", "Choose one of "+strings.Join(t.order, ", ")+".")
	}
	return t, nil
}

// broken returns an error about a template.
func broken(err error) error {
	return &rekey.Error{Code: rekey.CodeInvalid, Message: "A mail template is broken: " + err.Error(), Cause: err}
}

type templateFiles struct {
	names   []string          // sorted
	content map[string]string // by file name
	path    map[string]string // as it is named in errors
}

func readTemplates(folder string) (*templateFiles, error) {
	files := &templateFiles{content: map[string]string{}, path: map[string]string{}}
	entries, err := fs.ReadDir(builtIn, "templates")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		content, err := builtIn.ReadFile("templates/" + entry.Name())
		if err != nil {
			return nil, err
		}
		files.add(entry.Name(), entry.Name(), content)
	}
	if folder == "" {
		return files, nil
	}
	own, err := os.ReadDir(folder)
	if err != nil {
		return nil, &rekey.Error{Code: rekey.CodeInvalid, Message: "The folder of mail templates cannot be read.", Cause: err,
			Fields: []rekey.FieldError{{Field: "templates", Message: err.Error()}}}
	}
	for _, entry := range own {
		path := filepath.Join(folder, entry.Name())
		if entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		if !isTemplate(entry.Name()) {
			return nil, broken(fmt.Errorf("%s: this is not the name of a template; the names are words.<language>.txt and %s, also with a language as in password.de.html",
				path, strings.Join(layouts, ", ")))
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, broken(err)
		}
		files.add(entry.Name(), path, content)
	}
	return files, nil
}

func (f *templateFiles) digest(s *settings) [sha256.Size]byte {
	sum := sha256.New()
	for _, text := range []string{s.System, s.loginURL, s.apiURL, s.Contact, s.Policy} {
		fmt.Fprintf(sum, "%q\n", text)
	}
	for _, name := range f.names {
		fmt.Fprintf(sum, "%q %q\n", name, f.content[name])
	}
	return [sha256.Size]byte(sum.Sum(nil))
}

func (f *templateFiles) add(name, path string, content []byte) {
	if _, known := f.content[name]; !known {
		f.names = append(f.names, name)
	}
	f.content[name] = strings.ReplaceAll(string(content), "\r\n", "\n")
	f.path[name] = path
}

// isTemplate reports whether a file with that name is used. Other files are refused,
// because a misspelt name would have no effect.
func isTemplate(name string) bool {
	parts := strings.Split(name, ".")
	kind := parts[0] + "." + parts[len(parts)-1]
	switch len(parts) {
	case 2:
		return kind != "words.txt" && slices.Contains(layouts, kind)
	case 3:
		return kind == "words.txt" || slices.Contains(layouts, kind)
	default:
		return false
	}
}

func parseWords(tag string, files *templateFiles) (*words, error) {
	name := "words." + tag + ".txt"
	w := &words{tag: tag, layout: map[string]string{}, source: map[string]string{files.path[name]: files.content[name]}}
	var err error
	if w.text, err = template.New(files.path[name]).Parse(files.content[name]); err != nil {
		return nil, err
	}
	if w.html, err = htmltemplate.New(files.path[name]).Parse(files.content[name]); err != nil {
		return nil, err
	}
	for _, kind := range layouts {
		file := kind
		stem, ext, _ := strings.Cut(kind, ".")
		if own := stem + "." + tag + "." + ext; files.content[own] != "" {
			file = own
		}
		path, content := files.path[file], files.content[file]
		w.layout[kind], w.source[path] = path, content
		if ext == "txt" {
			_, err = w.text.New(path).Parse(content)
		} else {
			_, err = w.html.New(path).Parse(content)
		}
		if err != nil {
			return nil, err
		}
	}
	return w, w.readDates(files.path[name])
}

// find returns the words for a BCP 47 tag: those of its base language, or the
// system's if there are none.
func (t *templates) find(tag string) *words {
	if tag != "" {
		if parsed, err := language.Parse(tag); err == nil {
			if w := t.languages[base(parsed)]; w != nil {
				return w
			}
		}
	}
	return t.languages[t.settings.Language]
}

func base(tag language.Tag) string {
	b, _ := tag.Base()
	return b.String()
}

// readDates reads the parts of dates from the templates.
func (w *words) readDates(path string) error {
	run := func(name string, data any) string {
		if text := w.text.Lookup(name); text != nil {
			var b strings.Builder
			if err := text.Execute(&b, data); err == nil {
				return strings.TrimSpace(b.String())
			}
		}
		return ""
	}
	type day struct{ Day, Month, Time string }
	w.dates = dates{
		Months: strings.Fields(run("months", nil)),
		First:  run("first", nil),
		Until:  run("until", day{"{day}", "{month}", "{time}"}),
		Zones:  map[string]string{},
	}
	for pair := range strings.FieldsSeq(run("zones", nil)) {
		from, to, _ := strings.Cut(pair, "=")
		w.dates.Zones[from] = to
	}
	if len(w.dates.Months) != 12 || w.dates.First == "" || !strings.Contains(w.dates.Until, "{day}") ||
		!strings.Contains(w.dates.Until, "{month}") || !strings.Contains(w.dates.Until, "{time}") {
		return fmt.Errorf("%s:1: months needs twelve words, first one, and until needs .Day, .Month and .Time", path)
	}
	return w.readHello(path)
}

func (w *words) readHello(path string) error {
	type named struct{ Name string }
	for i, name := range []string{"{name}", ""} {
		var text, html strings.Builder
		err := errors.Join(w.text.ExecuteTemplate(&text, "hello", named{name}), w.html.ExecuteTemplate(&html, "hello", named{name}))
		if err != nil {
			return err
		}
		w.hello[0][i], w.hello[1][i] = oneLine(text.String()), oneLine(html.String())
	}
	if !strings.Contains(w.hello[0][0], "{name}") {
		return fmt.Errorf("%s:1: hello needs .Name", path)
	}
	return nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Language returns the language of people who have chosen none.
func (m *Mailer) Language() string { return m.settings.Language }

// Languages returns the languages with templates, as sorted BCP 47 tags.
func (m *Mailer) Languages() []string { return slices.Sorted(maps.Keys(m.templates.languages)) }
