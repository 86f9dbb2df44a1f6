package form

import (
	"fmt"
	"net/http"
	"strings"

	"rekey"
)

// Source is an event source that a program may post from.
type Source struct {
	Source string
	Names  string // of its events, one per line
	People string // the mapping
	// Trusted: the mapping is trusted to name people.
	Trusted bool
	// Sample is an event to try the mapping on. It is not stored.
	Sample string
}

// SourceFields are the names of the fields of a source, from 0.
type SourceFields struct{ Source, Names, People, Trusted, Sample, Try string }

// FieldsOfSource returns the names of the fields of a source. Try is the value of its
// button.
func FieldsOfSource(i int) SourceFields {
	name := func(field string) string { return fmt.Sprintf("sources[%d].%s", i, field) }
	return SourceFields{name("source"), name("names"), name("people"), name("trusted"), name("sample"), name("try")}
}

// sources are the sources in the form, without empty ones.
func sources(r *http.Request) (list []Source) {
	for i := 0; ; i++ {
		f := FieldsOfSource(i)
		if !r.PostForm.Has(f.Source) {
			return list
		}
		s := Source{text(r, f.Source), lines(r, f.Names), code(r, f.People), r.PostForm.Get(f.Trusted) != "", code(r, f.Sample)}
		if s.Source+s.Names+s.People != "" {
			list = append(list, s)
		}
	}
}

// record returns a source as it is stored. Trust in a mapping ends with it.
func (s Source) record() rekey.EventSource {
	return rekey.EventSource{Source: s.Source, Names: nameLines(s.Names), People: s.People, Trusted: s.Trusted && s.People != ""}
}

// nameLines returns the lines of a text, which may hold blanks, without empty ones.
func nameLines(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, name)
		}
	}
	return names
}
