package api

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rekey/internal/server"
)

//go:embed document.html problems.html document.css
var documentFiles embed.FS

type problem = server.Problem

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

func itoa(n int) string { return strconv.Itoa(n) }

// documentRoutes adds the OpenAPI document and the pages that show it. The pages
// are made once, have no script and load nothing from other servers.
func (a *API) documentRoutes() error {
	doc := a.huma.OpenAPI()
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	pages, err := template.ParseFS(documentFiles, "document.html", "problems.html")
	if err != nil {
		return fmt.Errorf("read the pages of the documentation: %w", err)
	}
	var reference, problems bytes.Buffer
	if err := pages.ExecuteTemplate(&reference, "document.html", referenceOf(doc)); err != nil {
		return fmt.Errorf("write the reference: %w", err)
	}
	if err := pages.ExecuteTemplate(&problems, "problems.html", server.Kinds()); err != nil {
		return fmt.Errorf("write the kinds of problems: %w", err)
	}
	style, err := documentFiles.ReadFile("document.css")
	if err != nil {
		return fmt.Errorf("read the style of the documentation: %w", err)
	}
	a.document("/api/openapi.json", "application/openapi+json", text)
	a.document("/api/docs", "text/html; charset=utf-8", reference.Bytes())
	a.document(server.ProblemsPath, "text/html; charset=utf-8", problems.Bytes())
	a.document("/api/docs/document.css", "text/css; charset=utf-8", style)
	return nil
}

// document serves content that never changes while the program runs.
func (a *API) document(path, kind string, content []byte) {
	a.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Length", strconv.Itoa(len(content)))
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		_, _ = w.Write(content) // there is nobody to tell if the client is gone
	})
}

// reference is the OpenAPI document as the page shows it.
type reference struct {
	Title, Version string
	About          []string
	Groups         []group
	Schemas        []schema
}

type group struct {
	ID, Name, About string
	Operations      []operation
}

type operation struct {
	ID, Method, Path, Summary string
	About                     []string
	Parameters                []field
	Bodies                    []body
	Answers                   []body
}

type body struct {
	Name  string // content type, or status
	About string
	Type  template.HTML
}

type schema struct {
	Name, About string
	Fields      []field
}

type field struct {
	Name, Where, About string
	Type               template.HTML
	Required, ReadOnly bool
}

// referenceOf sorts the document by tags and paths.
func referenceOf(doc *huma.OpenAPI) reference {
	r := reference{Title: doc.Info.Title, Version: doc.Info.Version, About: strings.Split(doc.Info.Description, "\n\n")}
	for _, tag := range doc.Tags {
		g := group{ID: strings.ToLower(strings.ReplaceAll(tag.Name, " ", "-")), Name: tag.Name, About: tag.Description}
		for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
			item := doc.Paths[path]
			for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
				if op != nil && slices.Contains(op.Tags, tag.Name) {
					g.Operations = append(g.Operations, operationOf(op))
				}
			}
		}
		r.Groups = append(r.Groups, g)
	}
	schemas := doc.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		r.Schemas = append(r.Schemas, schema{Name: name, About: schemas[name].Description, Fields: fieldsOfSchema(schemas[name])})
	}
	return r
}

func operationOf(op *huma.Operation) operation {
	o := operation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary}
	if op.Description != "" {
		o.About = strings.Split(op.Description, "\n\n")
	}
	for _, p := range op.Parameters {
		o.Parameters = append(o.Parameters, field{
			Name: p.Name, Where: p.In, About: cmp.Or(p.Description, p.Schema.Description), Type: typeText(p.Schema), Required: p.Required,
		})
	}
	if op.RequestBody != nil {
		for _, kind := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
			s := op.RequestBody.Content[kind].Schema
			o.Bodies = append(o.Bodies, body{Name: kind, Type: typeText(s), About: s.Description})
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		answer := op.Responses[status]
		b := body{Name: status, About: answer.Description}
		for _, content := range answer.Content {
			b.Type = typeText(content.Schema)
		}
		o.Answers = append(o.Answers, b)
	}
	return o
}

func fieldsOfSchema(s *huma.Schema) []field {
	var fields []field
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		fields = append(fields, field{
			Name: name, About: p.Description, Type: typeText(p), Required: slices.Contains(s.Required, name) && !p.ReadOnly, ReadOnly: p.ReadOnly,
		})
	}
	return fields
}

// typeText describes the type of a schema in words. It links a named schema.
func typeText(s *huma.Schema) template.HTML {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		name := template.HTMLEscapeString(s.Ref[strings.LastIndexByte(s.Ref, '/')+1:])
		return template.HTML(`<a href="#` + name + `">` + name + `</a>`) //nolint:gosec // the name is escaped
	case s.Type == huma.TypeArray:
		return "list of " + typeText(s.Items)
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, value := range s.Enum {
			words[i] = fmt.Sprint(value)
		}
		return template.HTML(template.HTMLEscapeString(strings.Join(words, " | "))) //nolint:gosec // it is escaped
	case s.Format != "":
		return template.HTML(template.HTMLEscapeString(s.Format)) //nolint:gosec // it is escaped
	case s.Type == "":
		return "any JSON"
	default:
		return template.HTML(template.HTMLEscapeString(s.Type)) //nolint:gosec // it is escaped
	}
}
