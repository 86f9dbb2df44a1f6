package form

import (
	"fmt"
	"net/http"
	"strings"

	"rekey"
)

// maxUserBody in bytes is more than all attributes of the greatest length take
// when each byte is written as three: 512 KiB.
const maxUserBody = 512 << 10

// User is the form of a system user.
type User struct {
	// Entered has the rekey.UserFields of the form; Record returns the whole record.
	Entered    rekey.SystemUser
	Attributes []Attribute
	Sources    []Source
	Version    int64
	// Go is the button: save, add-attribute or add-source.
	Go string
}

// Attribute is a row of two fields.
type Attribute struct{ Name, Value string }

// Source is an event source that a program may post from, and its event names, one a
// line.
type Source struct{ Source, Names string }

// ReadUser reads a User. Rows with nothing in them are left out.
func ReadUser(w http.ResponseWriter, r *http.Request) (User, error) {
	err := parseUpTo(w, r, maxUserBody)
	f := User{Version: versionToReplace(r), Go: text(r, "go")}
	for _, field := range rekey.UserFields() {
		field.Set(&f.Entered, r.PostForm.Get(field.Name))
	}
	for _, row := range rows(r, AttributeFields) {
		f.Attributes = append(f.Attributes, Attribute{row[0], row[1]})
	}
	for _, row := range rows(r, SourceFields) {
		f.Sources = append(f.Sources, Source{row[0], row[1]})
	}
	return f, err
}

// AttributeFields are the names of the fields of an attribute, from 0.
func AttributeFields(i int) (name, value string) {
	return fmt.Sprintf("attributes[%d].name", i), fmt.Sprintf("attributes[%d].value", i)
}

// SourceFields are the names of the fields of a source, from 0.
func SourceFields(i int) (source, names string) {
	return fmt.Sprintf("sources[%d].source", i), fmt.Sprintf("sources[%d].names", i)
}

// rows are the pairs of fields in the form, without empty pairs.
func rows(r *http.Request, fields func(int) (string, string)) (list [][2]string) {
	for i := 0; ; i++ {
		first, second := fields(i)
		if !r.PostForm.Has(first) {
			return list
		}
		row := [2]string{text(r, first), lines(r, second)}
		if row != [2]string{} {
			list = append(list, row)
		}
	}
}

// Record returns what was entered as it is stored. People's accounts have no
// sources.
//
// Errors: CodeInvalid for "attributes", where a name is there twice.
func (f User) Record() (rekey.SystemUser, error) {
	u := f.Entered
	u.Attributes = make(map[string]string, len(f.Attributes))
	for _, a := range f.Attributes {
		if _, twice := u.Attributes[a.Name]; twice {
			return u, rekey.Invalid("attributes", "The attribute '"+a.Name+"' is there twice.")
		}
		u.Attributes[a.Name] = a.Value
	}
	if u.Type == rekey.TypeUI {
		return u, nil
	}
	for _, s := range f.Sources {
		u.Sources = append(u.Sources, rekey.EventSource{Source: s.Source, Names: nameLines(s.Names)})
	}
	return u, nil
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
