package view

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"rekey/internal/console/static"
)

//go:embed *.html parts/*.html
var files embed.FS

// Page is what a page shows. Each is a struct of this package.
type Page interface {
	// template is the name of the page's template, without ".html".
	template() string
}

// Layouts are the templates around those of pages.
const (
	layoutInside  = "layout.html"  // for who came in: navigation, account
	layoutOutside = "outside.html" // for everybody else: one narrow column
)

// templates are those of the pages, each with parts and layouts, by name.
var templates = sync.OnceValues(func() (map[string]*template.Template, error) {
	base, err := template.New("").Funcs(template.FuncMap{
		"asset": static.Path, "icon": icon, "list": list,
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
})

// Parsed returns an error if a template cannot be parsed.
func Parsed() error {
	_, err := templates()
	return err
}

// Render writes a page. It may have written a part of it when it fails.
func Render(w io.Writer, p Page) error {
	layout := layoutInside
	if f, ok := p.(interface{ outside() bool }); ok && f.outside() {
		layout = layoutOutside
	}
	return Fragment(w, p, layout)
}

// Fragment writes one block of a page's template.
func Fragment(w io.Writer, p Page, block string) error {
	pages, err := templates()
	if err != nil {
		return err
	}
	page, ok := pages[p.template()]
	if !ok {
		return fmt.Errorf("there is no template %s.html", p.template())
	}
	return page.ExecuteTemplate(w, block, p)
}

// icon returns the drawing of an icon as SVG that is not read out.
func icon(name string) (template.HTML, error) {
	drawing, err := static.Icon(name)
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" ` + //nolint:gosec // a vendored file
		`stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">` + drawing + `</svg>`), err
}

// list makes a list of what it is given, to hand several things to a part.
func list(things ...any) []any { return things }
