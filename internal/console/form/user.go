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
	Address, FirstName, LastName string
	Type, Role                   string
	Language, TimeZone           string
	Attributes                   []Attribute
	Sources                      []Source
	Version                      int64
	// Go is the button: save, add-attribute or add-source.
	Go string
}

// Attribute is a row of two fields.
type Attribute struct{ Name, Value string }

// Source is what may be posted: a source, and names of events, one a line.
type Source struct{ Source, Names string }

// ReadUser reads a User. Rows with nothing in them are left out.
func ReadUser(w http.ResponseWriter, r *http.Request) (User, error) {
	err := parseUpTo(w, r, maxUserBody)
	f := User{
		Address: text(r, "address"), FirstName: text(r, "first_name"), LastName: text(r, "last_name"),
		Type: text(r, "type"), Role: text(r, "role"), Language: text(r, "language"), TimeZone: text(r, "time_zone"),
		Version: version(r), Go: text(r, "go"),
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

// rows are the pairs of fields that are there, without those with nothing in
// them.
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

// AttributesOf returns the attributes as they are stored.
//
// Errors: CodeInvalid for "attributes", where a name is there twice.
func (f User) AttributesOf() (map[string]string, error) {
	attributes := make(map[string]string, len(f.Attributes))
	for _, a := range f.Attributes {
		if _, twice := attributes[a.Name]; twice {
			return nil, rekey.Invalid("attributes", "The attribute '"+a.Name+"' is there twice.")
		}
		attributes[a.Name] = a.Value
	}
	return attributes, nil
}

// SourcesOf returns what may be posted, which people's accounts have none of.
func (f User) SourcesOf() []rekey.EventSource {
	if f.Type == string(rekey.TypeUI) {
		return nil
	}
	var sources []rekey.EventSource
	for _, s := range f.Sources {
		sources = append(sources, rekey.EventSource{Source: s.Source, Names: strings.Fields(s.Names)})
	}
	return sources
}
