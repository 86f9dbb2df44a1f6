package userfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"rekey"
)

// ErrTooLarge is the error of a file with more than MaxBytes.
var ErrTooLarge = rekey.NewError(rekey.CodeTooLarge, "A file has at most 5 MiB. Divide it.")

// onLine names a field of a line for people: "line 7, role".
func onLine(number int, field string) string {
	name := "line " + strconv.Itoa(number)
	if field != "" {
		name += ", " + field
	}
	return name
}

func bad(number int, message string) error { return rekey.Invalid(onLine(number, ""), message) }

func errTooWide(number int) error {
	return bad(number, fmt.Sprintf("There are more than %d cells. At most %d columns are read.", maxColumns, maxColumns))
}

func errQuoteWithin(number int) error {
	return bad(number, "A quotation mark is out of place. A field with quotation marks in it is enclosed in them, and each within is written twice.")
}

func errUnclosed(number int) error {
	return bad(number, "A quotation mark that opens on this line is not closed, or there is text between the closing one and the next separator. The lines that follow were not read.")
}

// OnLines names the fields of an error about a list of users by their lines:
// "users[3].role" becomes "line 7, role". It returns other errors as they are.
func OnLines(err error, lines []Line) error {
	var known *rekey.Error
	if !errors.As(err, &known) || len(known.Fields) == 0 {
		return err
	}
	renamed := *known
	renamed.Fields = make([]rekey.FieldError, len(known.Fields))
	for i, f := range known.Fields {
		renamed.Fields[i] = rekey.FieldError{Field: renamedField(f.Field, lines), Message: otherLine(f.Message, lines)}
	}
	return &renamed
}

func renamedField(field string, lines []Line) string {
	index, name, _ := strings.Cut(field, "]")
	name = strings.TrimPrefix(name, ".")
	if n, found := strings.CutPrefix(index, "users["); found {
		if at, err := strconv.Atoi(n); err == nil && at >= 0 && at < len(lines) {
			return onLine(lines[at].Number, name)
		}
	}
	return field
}

// otherLine replaces another user in a message by their line.
func otherLine(message string, lines []Line) string {
	before, rest, found := strings.Cut(message, "users[")
	number, after, closed := strings.Cut(rest, "]")
	at, err := strconv.Atoi(number)
	if !found || !closed || err != nil || at < 0 || at >= len(lines) {
		return message
	}
	return before + onLine(lines[at].Number, "") + after
}
