package view

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"

	"rekey/internal/console/form"
	"rekey/internal/console/static"
	"rekey/internal/console/words"
)

//go:embed *.html parts/*.html
var files embed.FS

// Page is the content of a page. Each is a struct of this package.
type Page interface {
	// template is the name of the page's template, without ".html".
	template() string
}

// The layouts are the templates around those of pages.
const (
	layoutInside  = "layout.html"  // with a session: navigation, account
	layoutOutside = "outside.html" // for everybody else: one narrow column
)

// templates are those of the pages in each language, parsed when the first page in it is
// shown.
var templates = func() map[words.Language]func() (map[string]*template.Template, error) {
	all := map[words.Language]func() (map[string]*template.Template, error){}
	for _, l := range words.Languages() {
		all[l] = sync.OnceValues(func() (map[string]*template.Template, error) { return parse(l) })
	}
	return all
}()

// parse returns the templates of the pages, each with parts and layouts, by name. In
// them t says a text of the catalogue in one language.
func parse(l words.Language) (map[string]*template.Template, error) {
	base, err := template.New("").Funcs(template.FuncMap{
		"asset": static.Path, "icon": icon, "list": list, "t": l.Say,
	}).ParseFS(files, layoutInside, layoutOutside, "parts/*.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		if name == layoutInside || name == layoutOutside {
			continue
		}
		page, err := base.Clone()
		if err == nil {
			page, err = page.ParseFS(files, name)
		}
		if err != nil {
			return nil, err
		}
		pages[strings.TrimSuffix(name, path.Ext(name))] = page
	}
	return pages, nil
}

// Parsed returns an error if a template cannot be parsed.
func Parsed() error {
	_, err := templates[words.English]()
	return err
}

// Render writes a page. If it fails, it may have written a part of the page.
func Render(w io.Writer, p Page) error {
	layout := layoutInside
	if f, ok := p.(interface{ outside() bool }); ok && f.outside() {
		layout = layoutOutside
	}
	return Fragment(w, p, layout)
}

// Fragment writes one block of a page's template.
func Fragment(w io.Writer, p Page, block string) error {
	l := words.English
	if f, ok := p.(interface{ language() words.Language }); ok {
		l = f.language()
	}
	pages, err := templates[l]()
	if err != nil {
		return err
	}
	page, ok := pages[p.template()]
	if !ok {
		return fmt.Errorf("there is no template %s.html", p.template())
	}
	f, ok := p.(interface{ madeFor() string })
	if !ok || f.madeFor() == "" {
		return page.ExecuteTemplate(w, block, p)
	}
	var body strings.Builder
	if err := page.ExecuteTemplate(&body, block, p); err != nil {
		return err
	}
	field := `<input type="hidden" name="` + form.MadeFor + `" value="` + template.HTMLEscapeString(f.madeFor()) + `">`
	_, err = io.WriteString(w, postForms.ReplaceAllStringFunc(body.String(), func(begin string) string { return begin + field }))
	return err
}

// postForms finds the beginnings of forms that change something. Each says whom its page
// was made for: the browser may belong to another user by the time the form is sent. The
// field is added here, so that no template can forget it. What people type is escaped by
// now, so none of it looks like an element.
var postForms = regexp.MustCompile(`<form\b[^>]*\bmethod="post"[^>]*>`)

// icon returns an icon as SVG that screen readers skip.
func icon(name string) (template.HTML, error) {
	drawing, err := static.Icon(name)
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" ` + //nolint:gosec // a vendored file
		`stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">` + drawing + `</svg>`), err
}

// list makes a list of its arguments, because a part takes only one.
func list(things ...any) []any { return things }
