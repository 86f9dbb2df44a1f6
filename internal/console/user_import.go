package console

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/userfile"
)

const importPath = usersPath + "/import"

const sampleFile = `address,first_name,last_name,type,role,language,time_zone,attribute.team
grace@example.org,Grace,Hopper,ui,member,en,Europe/Berlin,Compilers
reports@example.org,,,api,member,,,
`

func importColumns() (columns []view.ImportColumn) {
	for _, field := range rekey.UserFields() {
		columns = append(columns, view.ImportColumn{Name: field.Name, Text: field.File})
	}
	return append(columns, view.ImportColumn{Name: "attribute.NAME", Text: "The attribute NAME, one column for each attribute. Up to 500 characters."})
}

func (c *Console) importPage(r *http.Request, chosen form.Import) view.Import {
	page := view.Import{Frame: c.frame(r, "Import system users", usersPath), Columns: importColumns(), Sample: sampleFile, Choices: importChoices(chosen)}
	page.Crumbs = []view.Link{{Text: "System users", Href: usersPath}}
	return page
}

// importChoices are the choices with those chosen marked.
func importChoices(chosen form.Import) view.ImportChoices {
	return view.ImportChoices{
		Existing: view.Choice{Name: "existing", Label: "People who already exist", Options: view.Choose([]view.Option{
			{Value: string(rekey.ExistingLeave), Label: "Do not change them"},
			{Value: string(rekey.ExistingUpdate), Label: "Update them", Hint: "Each cell that is not empty replaces what is stored. Passwords stay as they are."},
			{Value: string(rekey.ExistingRefuse), Label: "Refuse the file"},
		}, string(chosen.Existing))},
		Unknown: view.Choice{Name: "unknown_columns", Label: "Columns that Rekey does not know", Options: view.Choose([]view.Option{
			{Value: string(userfile.UnknownIgnored), Label: "Ignore them"},
			{Value: string(userfile.UnknownAsAttribute), Label: "Store them as attributes", Hint: "Columns of passwords are always ignored."},
		}, string(chosen.Unknown))},
	}
}

func (c *Console) newImport(w http.ResponseWriter, r *http.Request) error {
	c.show(w, r, http.StatusOK, c.importPage(r, form.Import{Existing: rekey.ExistingLeave, Unknown: userfile.UnknownIgnored}))
	return nil
}

func (c *Console) sampleImport(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="system-users.csv"`)
	_, _ = w.Write([]byte(sampleFile)) // a reader who has left cannot be told
	return nil
}

// takeTurn takes a turn for the file of a request. Without one the file is read and
// dropped: a browser that is still sending would show a broken connection, not the
// answer.
func (c *Console) takeTurn(r *http.Request) (done func(), err error) {
	if done, err = c.Imports.Take(r.Context()); err != nil {
		_, _ = io.Copy(io.Discard, r.Body) // up to the server's limit
	}
	return done, err
}

// importAct is Import or CheckImport of package admin.
type importAct func(context.Context, rekey.SystemUser, []userfile.Line, rekey.Existing) ([]admin.ImportEntry, error)

// readImport reads the file of a form and acts on its system users.
func readImport(r *http.Request, sent form.Import, act importAct) (userfile.File, []admin.ImportEntry, error) {
	file, err := userfile.Read(bytes.NewReader(sent.File), sent.Unknown)
	if err != nil {
		return file, nil, err
	}
	entries, err := act(r.Context(), actor(r), file.Lines, sent.Existing)
	return file, entries, err
}

// previewImport shows what a file would do, and does none of it.
func (c *Console) previewImport(w http.ResponseWriter, r *http.Request) error {
	done, err := c.takeTurn(r)
	if err != nil {
		return err
	}
	defer done()
	sent, err := form.ReadImport(w, r)
	if err != nil {
		return c.badImport(w, r, sent, err)
	}
	file, entries, err := readImport(r, sent, c.Admin.CheckImport)
	if err != nil {
		return c.badImport(w, r, sent, err)
	}
	return c.showPreview(w, r, sent, file, entries)
}

func (c *Console) showPreview(w http.ResponseWriter, r *http.Request, sent form.Import, file userfile.File, entries []admin.ImportEntry) error {
	page, err := c.importPreview(r, sent, file, entries)
	if err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// applyImport imports everybody in a file, or nobody. It takes only the file and the
// choices from the preview, and reads and checks them as if they were new. If the choices
// were changed on the preview, it shows another one.
func (c *Console) applyImport(w http.ResponseWriter, r *http.Request) error {
	done, err := c.takeTurn(r)
	if err != nil {
		return err
	}
	defer done()
	sent, err := form.ReadKeptImport(w, r)
	if err != nil {
		return c.badImport(w, r, sent, err)
	}
	act := c.Admin.Import
	if sent.Changed { // nobody has seen yet what that would do
		act = c.Admin.CheckImport
	}
	file, entries, err := readImport(r, sent, act)
	if err != nil {
		return c.badImport(w, r, sent, err)
	}
	if sent.Changed {
		return c.showPreview(w, r, sent, file, entries)
	}
	n := admin.Counted(entries)
	http.Redirect(w, r, fmt.Sprintf("%s?notice=users-imported&created=%d&updated=%d&left=%d", usersPath, n.Created, n.Updated, n.Left), http.StatusSeeOther)
	return nil
}
