package userfile

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"rekey"
)

// Unknown says what becomes of columns that Rekey does not know.
type Unknown string

// What becomes of columns that Rekey does not know.
const (
	UnknownIgnored     Unknown = "ignore"     // they are left out; the default
	UnknownAsAttribute Unknown = "attributes" // each becomes an attribute with the name of the column
)

// Column is a column of a file.
type Column struct {
	// Name is the name in the file, or "column 3" for a column without a name.
	Name string
	// Field is what it is read as: "first_name", "attribute.team"; "" if it is ignored.
	Field string
	// Why says why it is ignored; "" if Rekey does not know the column.
	Why string

	set func(*rekey.SystemUser, string) // nil if it is ignored
}

const (
	// attributeColumn begins the column name of an attribute.
	attributeColumn = "attribute."
	// shownOfName is how many characters of a column name an error shows.
	shownOfName = 100
)

// Columns names the possible columns.
func Columns() string {
	var names strings.Builder
	for _, f := range rekey.UserFields() {
		names.WriteString(f.Name + ", ")
	}
	return names.String() + "and " + attributeColumn + "NAME for attributes"
}

// field is a field of system users that a column can hold.
type field struct {
	rekey.UserField

	instead bool // only if no other column holds it
}

// fields are the fields by all names of their columns, as columnKey gives them.
var fields = func() map[string]field {
	byKey := map[string]field{}
	for _, f := range rekey.UserFields() {
		byKey[columnKey(f.Name)] = field{f, false}
		for _, name := range otherNames[f.Name] {
			byKey[columnKey(name)] = field{f, false}
		}
		for _, name := range namesInstead[f.Name] {
			byKey[columnKey(name)] = field{f, true}
		}
	}
	return byKey
}()

// columnKey is the same for all ways to write the name of a column: in any case, with
// blanks, hyphens or underscores, and with remarks in brackets, as templates have them:
// "E-Mail Address [Required]".
func columnKey(name string) string {
	if at := strings.IndexAny(name, "[("); at > 0 {
		name = name[:at]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, rekey.Fold(rekey.TypedText(name)))
}

// attributeName is the name of a column that holds an attribute: "Attribute: Team".
var attributeName = regexp.MustCompile(`(?i)^attributes?[ ._:-]+(.*)$`)

// namesSecret reports the name of a column of passwords. They never become attributes,
// which people read.
func namesSecret(name string) bool {
	key := columnKey(strings.NewReplacer("(", " ", "[", " ").Replace(name)) // "Initial (password)"
	for _, word := range []string{"password", "passwort", "kennwort", "passphrase", "motdepasse", "contraseña", "contrasena", "passwd", "pwd", "secret"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return slices.Contains([]string{"pass", "pw", "clave", "geheimnis"}, strings.TrimPrefix(strings.TrimPrefix(key, "attributes"), "attribute"))
}

// columnsOf reads the names of the columns on a line. Blank columns at the end are left out.
func columnsOf(names []string, line int, unknown Unknown) ([]Column, error) {
	for len(names) > 0 && cell(names[len(names)-1]) == "" {
		names = names[:len(names)-1]
	}
	columns := make([]Column, len(names))
	known := map[string]bool{} // the fields that a column holds by one of their own names
	for i, name := range names {
		columns[i].Name = strings.Clone(cell(name))
		if f, ok := fields[columnKey(columns[i].Name)]; ok && !f.instead {
			known[f.Name] = true
		}
	}
	var p rekey.Problems
	holder := map[string]string{} // the columns by what they are read as
	for i := range columns {
		c := &columns[i]
		if wrong := c.assign(known, unknown); wrong != "" {
			p.Merge("", bad(line, wrong))
		}
		if c.Name == "" {
			c.Name = "column " + strconv.Itoa(i+1)
		}
		if other, twice := holder[c.Field]; twice && c.Field != "" {
			p.Merge("", bad(line, fmt.Sprintf("%s appears twice: the columns %q and %q mean the same. Remove one.", Shortened(c.Field, shownOfName), Shortened(other, shownOfName), Shortened(c.Name, shownOfName))))
		}
		holder[c.Field] = c.Name
	}
	if _, found := holder["address"]; !found {
		p.Merge("", bad(line, noAddress(columns)))
	}
	return columns, p.Err()
}

// assign finds what a column is read as, or returns what is wrong with its name.
func (c *Column) assign(known map[string]bool, unknown Unknown) (wrong string) {
	key := columnKey(c.Name)
	f, found := fields[key]
	m := attributeName.FindStringSubmatch(c.Name)
	switch {
	case c.Name == "":
		c.Why = "it has no name"
	case found && f.instead && known[f.Name]:
		c.Why = "another column is read as " + f.Name
	case found:
		c.Field, c.set = f.Name, f.Set
	case namesSecret(c.Name):
		c.Why = "passwords are never imported"
	case m != nil:
		return c.assignAttribute(m[1])
	case unknown == UnknownAsAttribute:
		return c.assignAttribute(c.Name)
	}
	return ""
}

func (c *Column) assignAttribute(name string) (wrong string) {
	switch {
	case name == "":
		return fmt.Sprintf("The column %q is not known: write the name of the attribute after the dot.", Shortened(c.Name, shownOfName))
	case utf8.RuneCountInString(name) > rekey.MaxAttributeKey || !rekey.Printable(name):
		return fmt.Sprintf("The column %q cannot be an attribute: its name has at most %d characters and no line breaks.", Shortened(c.Name, shownOfName), rekey.MaxAttributeKey)
	}
	c.Field = attributeColumn + name
	c.set = func(u *rekey.SystemUser, text string) {
		if u.Attributes == nil {
			u.Attributes = map[string]string{}
		}
		u.Attributes[name] = text
	}
	return ""
}

// noAddress says what the first line lacks.
func noAddress(columns []Column) string {
	for _, c := range columns {
		if strings.Contains(c.Name, "@") {
			return "The column address is missing. The first line must name the columns, such as address,first_name,last_name; here it contains an address."
		}
	}
	return "The column address is missing. Name it address, email or e-mail."
}

// cell returns a cell as it was meant: without blanks and invisible characters around
// it, and without the curly quotes that a word processor makes of straight ones.
func cell(text string) string {
	text = rekey.TypedText(text)
	if inner, found := strings.CutPrefix(text, "“"); found {
		if inner, found = strings.CutSuffix(inner, "”"); found && !strings.ContainsAny(inner, "“”") {
			return rekey.TypedText(inner)
		}
	}
	if inner, found := strings.CutPrefix(text, "„"); found {
		if inner, found = strings.CutSuffix(inner, "“"); found {
			return rekey.TypedText(inner)
		}
	}
	return text
}
