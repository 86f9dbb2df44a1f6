package userfile

import (
	"io"
	"strings"
	"unicode"
)

// records reads CSV (RFC 4180) record by record. It is not encoding/csv because it
// tells on which line a quotation mark opens, and how wide a record is before memory
// is allocated. Blanks around quotation marks are ignored.
type records struct {
	rest  string // what is not read yet; line ends are "\n"
	line  int    // the number of its first line
	comma string // the separator, one character
}

// next reads a record into fields and returns the line on which it begins. After an
// error about one line, the next call reads the line that follows. Errors are io.EOF,
// or a *rekey.Error.
func (r *records) next(fields []string) (record []string, line int, err error) {
	line, fields = r.line, fields[:0]
	if r.rest == "" {
		return nil, line, io.EOF
	}
	for more := true; more; {
		var field string
		if field, more, err = r.field(); err != nil {
			return nil, line, err
		}
		if len(fields) == maxColumns {
			r.skip(r.toLineEnd() + 1)
			return nil, line, errTooWide(line)
		}
		fields = append(fields, field)
	}
	return fields, line, nil
}

// field reads a field and its end. more: another field follows in the record.
func (r *records) field() (field string, more bool, err error) {
	inner := strings.TrimLeftFunc(r.rest, r.isBlank)
	if strings.HasPrefix(inner, `="`) { // ="0049", which keeps Excel from reading a number
		inner = inner[1:]
	}
	if strings.HasPrefix(inner, `"`) {
		r.rest = inner[1:]
		return r.quoted()
	}
	end := strings.IndexAny(r.rest, r.comma+"\n")
	if end < 0 {
		end = len(r.rest)
	}
	field = r.rest[:end]
	if strings.Contains(field, `"`) {
		line := r.line
		r.skip(r.toLineEnd() + 1)
		return "", false, errQuoteWithin(line)
	}
	return field, r.end(end), nil
}

// quoted reads a field after the quotation mark that opens it.
func (r *records) quoted() (field string, more bool, err error) {
	opened := r.line
	var parts strings.Builder
	for {
		part, after, closed := strings.Cut(r.rest, `"`)
		if !closed {
			r.rest = ""
			return "", false, errUnclosed(opened)
		}
		r.line += strings.Count(part, "\n")
		parts.WriteString(part)
		r.rest = after
		if !strings.HasPrefix(after, `"`) {
			break
		}
		parts.WriteByte('"')
		r.rest = after[1:]
	}
	after := strings.TrimLeftFunc(r.rest, r.isBlank)
	if after != "" && after[0] != '\n' && !strings.HasPrefix(after, r.comma) {
		r.rest = "" // where the next record begins is not known
		return "", false, errUnclosed(opened)
	}
	r.rest = after
	return parts.String(), r.end(0), nil
}

// end takes a field of n bytes and what ends it: a separator, a line end or the end of
// the text. It reports whether that is a separator.
func (r *records) end(n int) (more bool) {
	r.rest = r.rest[n:]
	if after, found := strings.CutPrefix(r.rest, r.comma); found {
		r.rest = after
		return true
	}
	r.skip(1)
	return false
}

// skip leaves out the next n bytes.
func (r *records) skip(n int) {
	n = min(n, len(r.rest))
	r.line += strings.Count(r.rest[:n], "\n")
	r.rest = r.rest[n:]
}

// toLineEnd is the number of bytes to the end of the line.
func (r *records) toLineEnd() int {
	if n := strings.IndexByte(r.rest, '\n'); n >= 0 {
		return n
	}
	return len(r.rest)
}

// isBlank reports what may stand between a separator and a quotation mark.
func (r *records) isBlank(c rune) bool {
	return c != '\n' && string(c) != r.comma && (unicode.IsSpace(c) || unicode.Is(unicode.Cf, c))
}
