// Package userfile reads files of system users: CSV, as spreadsheets and other
// systems write it.
//
// The first line with text names the columns: those of rekey.UserFields, of which only
// address is required, under their own names or the usual others (email, given name),
// and attribute.NAME for attributes. Upper case, blanks, hyphens and underscores do not
// matter. Two columns for one field are refused. Unknown columns are ignored or become
// attributes, see Unknown.
//
// The separator is a comma, semicolon, tab or "|", whichever the first line has most,
// or what a line "sep=;" before it says. The text is UTF-8, or UTF-16 with a byte order
// mark, with the line ends of any system. Lines and columns at the end with only empty
// cells are skipped. Every cell is normalised like what is typed into a form.
//
// An error lists all lines that cannot be read. Package rekey/internal/admin checks the
// values of the fields.
package userfile

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"rekey"
)

// Limits of a file.
const (
	MaxBytes = 5 << 20 // 5 MiB
	// maxColumns is the width of a sheet in spreadsheets. Some write all of it.
	maxColumns = 16_384
)

// maxProblems is the most bad lines in an error.
const maxProblems = 100

// File is a file of system users.
type File struct {
	Columns []Column // as the file has them, from the left
	Lines   []Line
}

// Line is a system user and their line in the file. Empty cells leave a field empty.
type Line struct {
	Number int // of the line, from 1
	User   rekey.SystemUser
}

// Ignored returns the columns that are not read.
func (f File) Ignored() []Column {
	var ignored []Column
	for _, c := range f.Columns {
		if c.Field == "" {
			ignored = append(ignored, c)
		}
	}
	return ignored
}

// Read reads a whole file. Errors are *rekey.Error:
// CodeTooLarge, or CodeInvalid with the bad lines as fields.
func Read(in io.Reader, unknown Unknown) (File, error) {
	if unknown != "" && unknown != UnknownIgnored && unknown != UnknownAsAttribute {
		return File{}, rekey.Invalid("unknown_columns", "Choose ignore or attributes.")
	}
	text, err := readText(in)
	if err != nil {
		return File{}, err
	}
	r := divided(text)
	columns, err := readColumns(r, unknown)
	if err != nil {
		return File{}, err
	}
	lines, err := readLines(r, columns)
	if err != nil {
		return File{}, err
	}
	return File{columns, lines}, nil
}

// readColumns reads the first record that is not empty.
func readColumns(r *records, unknown Unknown) ([]Column, error) {
	var record []string
	for {
		var line int
		var err error
		record, line, err = r.next(record)
		switch {
		case errors.Is(err, io.EOF):
			return nil, bad(1, "The file is empty. Its first line must name the columns, such as address,first_name,last_name.")
		case err != nil:
			return nil, err
		case !empty(record):
			return columnsOf(record, line, unknown)
		}
	}
}

func readLines(r *records, columns []Column) ([]Line, error) {
	var p rekey.Problems
	var lines []Line
	var record []string
	for problems := 0; problems < maxProblems; {
		var line int
		var err error
		record, line, err = r.next(record)
		switch {
		case errors.Is(err, io.EOF):
			return linesOr(lines, p.Err())
		case err == nil && empty(record):
			continue
		case err == nil:
			err = checkWidth(record, len(columns), line)
		}
		if err != nil {
			problems++
			p.Merge("", err)
			continue
		}
		if len(lines) == rekey.MaxImport {
			return nil, rekey.NewError(rekey.CodeTooLarge, "The file has more than 10,000 system users. Split it into smaller files.")
		}
		lines = append(lines, Line{line, userOf(columns, record)})
	}
	return nil, p.Err()
}

func linesOr(lines []Line, err error) ([]Line, error) {
	if err != nil {
		return nil, err
	}
	return lines, nil
}

func empty(record []string) bool {
	return !slices.ContainsFunc(record, func(text string) bool { return cell(text) != "" })
}

// checkWidth returns an error for a record with too few cells, or with text beyond the last
// column.
func checkWidth(record []string, columns, line int) error {
	switch {
	case len(record) < columns:
		return bad(line, fmt.Sprintf("Cells: %d. There are %d columns. An empty cell needs its separator, too.", len(record), columns))
	case !empty(record[columns:]):
		return bad(line, fmt.Sprintf("Cells: %d. There are %d columns. Put text that contains the separator in quotation marks.", len(record), columns))
	default:
		return nil
	}
}

func userOf(columns []Column, record []string) rekey.SystemUser {
	var u rekey.SystemUser
	for i, c := range columns {
		if text := cell(record[i]); text != "" && c.set != nil {
			c.set(&u, text)
		}
	}
	return u
}
