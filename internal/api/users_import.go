package api

import (
	"bytes"
	"context"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
	"rekey/internal/userfile"
)

const importPath = "/users/import"

const importAbout = `Imports the whole file, or nothing. The body is CSV; the first line names the columns, as spreadsheets and directories write it: UTF-8, or UTF-16 with a byte order mark; commas, semicolons, tabs or "|"; at most 5 MiB and 10,000 people. Only the column address (or email) is required. Errors name the lines of the file: "line 7, role".

With dry_run nothing is stored, and the answer says what would happen. A new system user starts the event user.created.`

type userImport struct {
	Existing string `query:"existing" enum:"leave,update,refuse" default:"leave" doc:"What happens to people who already exist, by their address: leave them as they are, update them with every cell that is not empty, or refuse the file."`
	Unknown  string `query:"unknown_columns" enum:"ignore,attributes" default:"ignore" doc:"Columns that Rekey does not know are ignored, or become attributes."`
	DryRun   bool   `query:"dry_run" doc:"Stores nothing."`

	RawBody []byte `contentType:"text/csv"`
}

func (a *API) importUsers(ctx context.Context, caller rekey.SystemUser, in *userImport) (*plain[client.Import], error) {
	if !caller.Authority().MayDefine() { // before a file is read for them
		return nil, rekey.NewError(rekey.CodeForbidden, "Your role does not allow this; an Operator or a higher role may import.")
	}
	done, err := a.turns.Take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	file, err := userfile.Read(bytes.NewReader(in.RawBody), userfile.Unknown(in.Unknown))
	if err != nil {
		return nil, err
	}
	act := a.admin.Import
	if in.DryRun {
		act = a.admin.CheckImport
	}
	entries, err := act(ctx, caller, file.Lines, rekey.Existing(in.Existing))
	if err != nil {
		return nil, err
	}
	w := client.Import{DryRun: in.DryRun, Imported: admin.Counted(entries), Columns: []client.ImportColumn{}}
	for _, c := range file.Columns {
		w.Columns = append(w.Columns, client.ImportColumn{Name: c.Name, Field: c.Field, Why: c.Why})
	}
	return answer(w, nil)
}
