// Package userfile reads files of system users: CSV, as spreadsheets and other
// systems write it.
//
// The first line names the columns: those of rekey.UserFields, of which only address
// is required, and attribute.NAME for attributes. The separator is a comma, or a
// semicolon if the first line has more of these. The text is UTF-8, with or without a
// byte order mark. The default of type is ui, that of role is member. Lines with only
// empty fields are skipped.
//
// An error lists all lines that cannot be read: "line 7, role". Package
// rekey/internal/admin checks the values of the fields; OnLines adds the lines to its
// errors.
package userfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"rekey"
)

// Limits of a file.
const (
	MaxLines = 10_000  // lines with system users
	MaxBytes = 5 << 20 // 5 MiB
)

// maxProblems is the most bad lines in an error.
const maxProblems = 100

// Line is a system user and their line in the file.
type Line struct {
	Number int // of the line, from 1
	User   rekey.SystemUser
}

// Users returns the system users of lines.
func Users(lines []Line) []rekey.SystemUser {
	users := make([]rekey.SystemUser, len(lines))
	for i, line := range lines {
		users[i] = line.User
	}
	return users
}

// columns are the columns with a fixed name.
var columns = func() map[string]rekey.UserField {
	byName := map[string]rekey.UserField{}
	for _, f := range rekey.UserFields() {
		byName[f.Name] = f
	}
	return byName
}()

// Columns names the possible columns.
func Columns() string {
	var names strings.Builder
	for _, f := range rekey.UserFields() {
		names.WriteString(f.Name + ", ")
	}
	return names.String() + "and " + attributeColumn + "NAME for attributes"
}

const (
	// attributeColumn begins the column name of an attribute.
	attributeColumn = "attribute."
	// shownOfName is how many characters of a column name an error shows.
	shownOfName = 100
)

// Read reads a whole file. Errors are *rekey.Error:
// CodeTooLarge, or CodeInvalid with fields such as "line 7".
func Read(in io.Reader) ([]Line, error) {
	text, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return nil, &rekey.Error{Code: rekey.CodeMalformed, Message: "The file could not be read to its end.", Cause: err}
	}
	if len(text) > MaxBytes {
		return nil, rekey.NewError(rekey.CodeTooLarge, "A file has at most 5 MiB. Divide it.")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if at := invalidAt(text); at > 0 {
		return nil, bad(at, "This is not UTF-8. Save the file as CSV UTF-8.")
	}
	return readCSV(text)
}

// invalidAt returns the number of the first line that is not UTF-8, or 0.
func invalidAt(text []byte) int {
	if utf8.Valid(text) && !bytes.ContainsRune(text, 0) {
		return 0
	}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if !utf8.Valid(line) || bytes.ContainsRune(line, 0) {
			return number
		}
	}
	return number
}

func readCSV(text []byte) ([]Line, error) {
	comma := divider(text)
	if err := checkWidth(text, byte(comma)); err != nil {
		return nil, err
	}
	reader := csv.NewReader(bytes.NewReader(text))
	reader.TrimLeadingSpace, reader.ReuseRecord = true, true
	reader.Comma = comma
	names, err := reader.Read()
	names = slices.Clone(names)
	if errors.Is(err, io.EOF) {
		return nil, bad(1, "The file is empty. Its first line names the columns, such as address,first_name,last_name.")
	}
	if err != nil {
		return nil, unreadable(err)
	}
	first, _ := reader.FieldPos(0)
	if err := checkColumns(names, first); err != nil {
		return nil, err
	}
	var p rekey.Problems
	var lines []Line
	for problems := 0; ; {
		record, err := reader.Read()
		switch {
		case errors.Is(err, io.EOF) || problems == maxProblems:
			if err := p.Err(); err != nil {
				return nil, err
			}
			return lines, nil
		case errors.Is(err, csv.ErrFieldCount):
			problems++
			p.Merge("", unevenLine(err, len(record), len(names)))
			continue
		case err != nil: // where the next line begins is not known any more
			p.Merge("", unreadable(err))
			return nil, p.Err()
		}
		if !slices.ContainsFunc(record, func(field string) bool { return strings.TrimSpace(field) != "" }) {
			continue
		}
		if len(lines) == MaxLines {
			return nil, rekey.NewError(rekey.CodeTooLarge, "A file has at most 10,000 system users. Divide it.")
		}
		number, _ := reader.FieldPos(0)
		lines = append(lines, Line{number, userOf(names, record)})
	}
}

// maxColumns is the most columns that a file can use.
func maxColumns() int { return len(columns) + rekey.MaxAttributes }

// checkWidth refuses a line with more fields than possible columns, before memory is
// allocated: 40 bytes for each of up to five million fields. It counts fields like
// the CSV reader, up to the first quotation mark out of place.
func checkWidth(text []byte, comma byte) error {
	line, fields, quoted := 1, 1, false
	began := line
	for _, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n':
			if line++; !quoted {
				began, fields = line, 1
			}
		case c == comma && !quoted:
			if fields++; fields > maxColumns() {
				return bad(began, fmt.Sprintf("There are more than %d fields. At most %d columns have a meaning: those with a name of their own, and %d attributes.", maxColumns(), maxColumns(), rekey.MaxAttributes))
			}
		}
	}
	return nil
}

// divider returns the separator of the first line. Only names of attributes can
// contain a comma or a semicolon.
func divider(text []byte) rune {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		return ';'
	}
	return ','
}

// checkColumns checks the names of the columns and normalises them.
func checkColumns(names []string, line int) error {
	var p rekey.Problems
	field := onLine(line, "")
	// Each name is compared with all before it: checkWidth limits their number.
	for i, name := range names {
		name = strings.TrimSpace(name)
		attribute, found := strings.CutPrefix(name, attributeColumn)
		if !found {
			name = strings.ToLower(name)
		}
		if _, known := columns[name]; !known && (!found || attribute == "") {
			p.Add(field, fmt.Sprintf("The column %q is not known. There are %s.", shortened(names[i]), Columns()))
		} else if slices.Contains(names[:i], name) {
			p.Add(field, fmt.Sprintf("The column %q is there twice.", name))
		}
		names[i] = name
	}
	if !slices.Contains(names, "address") {
		p.Add(field, "There is no column address.")
	}
	return p.Err()
}

func shortened(name string) string {
	if letters := []rune(name); len(letters) > shownOfName {
		return string(letters[:shownOfName]) + "…"
	}
	return name
}

func userOf(names, record []string) rekey.SystemUser {
	u := rekey.SystemUser{Type: rekey.TypeUI, Role: rekey.RoleMember}
	for i, text := range record {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if f, ok := columns[names[i]]; ok {
			f.Set(&u, text)
			continue
		}
		if u.Attributes == nil {
			u.Attributes = map[string]string{}
		}
		u.Attributes[strings.TrimPrefix(names[i], attributeColumn)] = text
	}
	return u
}
