package console

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/server"
	"rekey/internal/userfile"
)

const (
	// summedUp is how many bad lines are in the summary; the table has all.
	summedUp = 10
	// lineShown is how many characters of a bad line are shown.
	lineShown = 300
)

// badImport shows the errors of a file, line by line.
func (c *Console) badImport(w http.ResponseWriter, r *http.Request, sent form.Import, err error) error {
	var known *rekey.Error
	if !errors.As(err, &known) || known.Code == rekey.CodeForbidden && len(known.Fields) == 0 || server.StatusOf(known.Code) >= http.StatusInternalServerError {
		return err
	}
	page := c.importPage(r, sent)
	page.Problem.Status = server.StatusOf(known.Code)
	page.Bad = badLines(userfile.Text(sent.File), known.Fields)
	for _, bad := range page.Bad[:min(len(page.Bad), summedUp)] {
		number := strconv.Itoa(bad.Number)
		page.Problem.Fields = append(page.Problem.Fields, rekey.FieldError{Field: "line-" + number, Message: "Line " + number + ": " + strings.Join(bad.Errors, " ")})
	}
	if n := len(page.Bad); n > summedUp {
		page.Problem.Message = "Nothing was imported. " + view.Plural(n, "line is", "lines are") + " to be corrected. The first of them are shown."
	}
	for _, f := range known.Fields {
		switch f.Field {
		case "file":
			page.Wrong = append(page.Wrong, f.Message)
		case "existing":
			page.Choices.Existing.Errors = append(page.Choices.Existing.Errors, f.Message)
		case "unknown_columns":
			page.Choices.Unknown.Errors = append(page.Choices.Unknown.Errors, f.Message)
		default: // a line
			continue
		}
		page.Problem.Fields = append(page.Problem.Fields, f)
	}
	if !page.Problem.Any() {
		page.Problem.Message = known.Message
	}
	c.show(w, r, page.Problem.Status, page)
	return nil
}

// badLines groups the errors by line.
func badLines(text string, fields []rekey.FieldError) []view.BadLine {
	at := map[int]int{}
	var bad []view.BadLine
	for _, f := range fields {
		if f.Line == 0 {
			continue
		}
		i, known := at[f.Line]
		if !known {
			i, at[f.Line] = len(bad), len(bad)
			bad = append(bad, view.BadLine{Number: f.Line})
		}
		message := f.Message
		if f.Field != "" {
			message = f.Field + ": " + message
		}
		bad[i].Errors = append(bad[i].Errors, message)
	}
	slices.SortStableFunc(bad, func(a, b view.BadLine) int { return cmp.Compare(a.Number, b.Number) })
	quoteLines(bad, text)
	return bad
}

// quoteLines adds the text of each bad line. bad is in the order of the lines.
func quoteLines(bad []view.BadLine, text string) {
	number := 0
	for line := range strings.Lines(text) {
		if number++; len(bad) == 0 {
			return
		}
		if bad[0].Number == number {
			bad[0].Text = userfile.Shortened(strings.ToValidUTF8(strings.TrimSpace(line[:min(len(line), 4*lineShown+4)]), "\ufffd"), lineShown)
			bad = bad[1:]
		}
	}
}
