package console

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
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
	importPath = usersPath + "/import"
	// shownImported is how many system users a preview shows.
	shownImported = 20
	// summedUp is how many bad lines are in the summary; the table has all.
	summedUp = 10
	// lineShown is how many characters of a bad line are shown.
	lineShown = 300
)

const sampleFile = `address,first_name,last_name,type,role,language,time_zone,attribute.team
grace@example.org,Grace,Hopper,ui,member,en,Europe/Berlin,Compilers
reports@example.org,,,api,member,,,
`

func importColumns() (columns []view.ImportColumn) {
	for _, field := range rekey.UserFields() {
		columns = append(columns, view.ImportColumn{Name: field.Name, Text: field.File})
	}
	return append(columns, view.ImportColumn{Name: "attribute.NAME", Text: "The attribute NAME, a column for each. Up to 500 characters."})
}

func (c *Console) importPage(r *http.Request) view.Import {
	page := view.Import{Frame: c.frame(r, "Import system users", usersPath), Columns: importColumns(), Sample: sampleFile}
	page.Crumbs = []view.Link{{Text: "System users", Href: usersPath}}
	return page
}

func (c *Console) newImport(w http.ResponseWriter, r *http.Request) error {
	c.show(w, r, http.StatusOK, c.importPage(r))
	return nil
}

func (c *Console) sampleImport(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="system-users.csv"`)
	_, _ = w.Write([]byte(sampleFile)) // a reader who has left cannot be told
	return nil
}

// previewImport shows what a file would do, and does none of it.
func (c *Console) previewImport(w http.ResponseWriter, r *http.Request) error {
	done, err := c.placeToImport(r)
	if err != nil {
		return err
	}
	defer done()
	file, err := form.ReadFile(w, r)
	if err != nil {
		return c.badImport(w, r, nil, err)
	}
	lines, err := userfile.Read(bytes.NewReader(file))
	if err == nil && len(lines) == 0 {
		err = rekey.Invalid("file", "There is nobody in this file: a system user is a line below the names of the columns.")
	}
	if err == nil {
		err = userfile.OnLines(c.Admin.CheckUsers(r.Context(), actor(r), userfile.Users(lines)), lines)
	}
	if err != nil {
		return c.badImport(w, r, file, err)
	}
	total := view.Plural(len(lines), "system user", "system users")
	page := view.ImportPreview{
		Frame: c.frame(r, "Import "+total+"?", usersPath), Total: total, Kept: form.KeptFile(file), Button: "Create " + total,
		Effects: []string{"They have no password until one is sent."},
	}
	page.Wide = true
	page.Crumbs = []view.Link{{Text: "System users", Href: usersPath}, {Text: "Import", Href: importPath}}
	waiting, err := c.waitsFor(r.Context(), actor(r), rekey.Event{Type: rekey.UserCreated})
	if err != nil {
		return err
	}
	if waiting != "" {
		page.Effects = append(page.Effects, waiting+" Each new system user starts a run.")
	}
	for _, line := range lines[:min(len(lines), shownImported)] {
		page.Rows = append(page.Rows, importRow(line))
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func importRow(line userfile.Line) view.ImportRow {
	u := line.User
	row := view.ImportRow{Line: line.Number, Person: view.PersonOf(u)}
	for _, field := range rekey.UserFields() {
		switch field.Name {
		case "address", "first_name", "last_name": // shown as the person
		default:
			row.Cells = append(row.Cells, view.ImportCell{Label: field.Label, Text: fieldText(field, u, shortTypeTexts), Short: field.Values != nil})
		}
	}
	var attributes []string
	for _, name := range slices.Sorted(maps.Keys(u.Attributes)) {
		attributes = append(attributes, name+" = "+u.Attributes[name])
	}
	row.Attributes = strings.Join(attributes, ", ")
	return row
}

// applyImport creates everybody in a file, or nobody. It takes only the file itself
// from the preview, and reads and checks it as if it were new.
func (c *Console) applyImport(w http.ResponseWriter, r *http.Request) error {
	done, err := c.placeToImport(r)
	if err != nil {
		return err
	}
	defer done()
	file, err := form.ReadKeptFile(w, r)
	if err != nil {
		return c.badImport(w, r, nil, err)
	}
	lines, err := userfile.Read(bytes.NewReader(file))
	if err == nil {
		_, err = c.Admin.CreateUsers(r.Context(), actor(r), userfile.Users(lines))
		err = userfile.OnLines(err, lines)
	}
	if err != nil {
		return c.badImport(w, r, file, err)
	}
	http.Redirect(w, r, usersPath+"?notice=users-imported", http.StatusSeeOther)
	return nil
}

// badImport shows the errors of a file, line by line.
func (c *Console) badImport(w http.ResponseWriter, r *http.Request, file []byte, err error) error {
	var known *rekey.Error
	if !errors.As(err, &known) || known.Code == rekey.CodeForbidden && len(known.Fields) == 0 || server.StatusOf(known.Code) >= http.StatusInternalServerError {
		return err
	}
	page := c.importPage(r)
	page.Problem.Status = server.StatusOf(known.Code)
	page.Bad = badLines(file, known.Fields)
	for _, bad := range page.Bad[:min(len(page.Bad), summedUp)] {
		number := strconv.Itoa(bad.Number)
		page.Problem.Fields = append(page.Problem.Fields, rekey.FieldError{Field: "line-" + number, Message: "Line " + number + ": " + strings.Join(bad.Errors, " ")})
	}
	if n := len(page.Bad); n > summedUp {
		page.Problem.Message = "Nobody was created. " + view.Plural(n, "line is", "lines are") + " to be corrected; these are the first of them."
	}
	for _, f := range known.Fields {
		if f.Field == "file" {
			page.Wrong = append(page.Wrong, f.Message)
			page.Problem.Fields = append(page.Problem.Fields, f)
		}
	}
	if !page.Problem.Any() {
		page.Problem.Message = known.Message
	}
	c.show(w, r, page.Problem.Status, page)
	return nil
}

// badLines groups the errors by line: "line 7, role".
func badLines(file []byte, fields []rekey.FieldError) []view.BadLine {
	at := map[int]int{}
	var bad []view.BadLine
	for _, f := range fields {
		rest, found := strings.CutPrefix(f.Field, "line ")
		digits, field, _ := strings.Cut(rest, ", ")
		number, err := strconv.Atoi(digits)
		if !found || err != nil || number < 1 {
			continue
		}
		i, known := at[number]
		if !known {
			i, at[number] = len(bad), len(bad)
			bad = append(bad, view.BadLine{Number: number})
		}
		message := f.Message
		if field != "" {
			message = field + ": " + message
		}
		bad[i].Errors = append(bad[i].Errors, message)
	}
	slices.SortStableFunc(bad, func(a, b view.BadLine) int { return cmp.Compare(a.Number, b.Number) })
	quoteLines(bad, file)
	return bad
}

// quoteLines adds the text of each bad line. bad is in the order of the lines.
func quoteLines(bad []view.BadLine, file []byte) {
	number := 0
	for text := range bytes.Lines(file) {
		if number++; len(bad) == 0 {
			return
		}
		if bad[0].Number == number {
			bad[0].Text = shortened(string(bytes.ToValidUTF8(bytes.TrimSpace(text[:min(len(text), 4*lineShown+4)]), []byte("\ufffd"))))
			bad = bad[1:]
		}
	}
}

func shortened(text string) string {
	if runes := []rune(text); len(runes) > lineShown {
		return string(runes[:lineShown]) + "…"
	}
	return text
}
