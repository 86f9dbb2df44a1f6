package form

import (
	"fmt"
	"net/http"

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
	// Go is the button: save, add-attribute, add-source, or SourceFields.Try.
	Go string
}

// Attribute is a row of two fields.
type Attribute struct{ Name, Value string }

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
	f.Sources = sources(r)
	return f, err
}

// AttributeFields are the names of the fields of an attribute, from 0.
func AttributeFields(i int) (name, value string) {
	return fmt.Sprintf("attributes[%d].name", i), fmt.Sprintf("attributes[%d].value", i)
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
// Errors: CodeInvalid for "attributes", where a name appears twice.
func (f User) Record() (rekey.SystemUser, error) {
	u := f.Entered
	u.Attributes = make(map[string]string, len(f.Attributes))
	for _, a := range f.Attributes {
		if _, twice := u.Attributes[a.Name]; twice {
			return u, rekey.Invalid("attributes", "The attribute '"+a.Name+"' appears twice.")
		}
		u.Attributes[a.Name] = a.Value
	}
	if u.Type == rekey.TypeUI {
		return u, nil
	}
	for _, s := range f.Sources {
		u.Sources = append(u.Sources, s.record())
	}
	return u, nil
}
