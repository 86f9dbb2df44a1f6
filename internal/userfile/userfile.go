// Package userfile reads files of system users: CSV, as spreadsheets and other
// systems write it.
//
// The first line names the columns: those of rekey.UserFields, of which address is
// needed, and attribute.NAME for attributes. Fields are divided by commas, or by semicolons if the first line
// is. The text is UTF-8, with or without a byte order mark. Where type or role
// is left out it is ui or member; lines of which every field is empty are
// passed over.
//
// What cannot be read is told by line, all of it at once: "line 7, role". What
// the fields must say is for others to check (see rekey/internal/admin);
// OnLines puts what they found on its lines.
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

// maxProblems is how many bad lines are told: more say nothing new.
const maxProblems = 100

// Line is a system user and where they stand in the file.
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

// columns are those with a fixed name.
var columns = func() map[string]rekey.UserField {
	byName := map[string]rekey.UserField{}
	for _, f := range rekey.UserFields() {
		byName[f.Name] = f
	}
	return byName
}()

// Columns names the columns that there can be.
func Columns() string {
	var names strings.Builder
	for _, f := range rekey.UserFields() {
		names.WriteString(f.Name + ", ")
	}
	return names.String() + "and " + attributeColumn + "NAME for attributes"
}

const (
	// attributeColumn begins the name of the column of an attribute.
	attributeColumn = "attribute."
	// shownOfName is how many characters of the name of a column are told.
	shownOfName = 100
)

// Read reads a whole file, or nothing of it. Errors are *rekey.Error:
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

// maxColumns is how many columns have a meaning.
func maxColumns() int { return len(columns) + rekey.MaxAttributes }

// checkWidth refuses a line with more fields than there can be columns, before
// anything is allocated for them: 40 bytes for each, and there may be five million.
// It counts what the reader of CSV counts, up to where that finds a quotation mark
// out of place.
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

// divider is what the first line divides its columns by. No name of a column
// but that of an attribute has either in it.
func divider(text []byte) rune {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		return ';'
	}
	return ','
}

// checkColumns checks the names of the columns, and puts them in the form in
// which they are known.
func checkColumns(names []string, line int) error {
	var p rekey.Problems
	field := onLine(line, "")
	// Each is compared with all before it: checkWidth has seen to it that there are few.
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
