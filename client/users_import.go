package client

import (
	"context"
	"net/url"
	"strconv"

	"rekey"
)

// ImportOptions say how a file of system users is imported.
type ImportOptions struct {
	Existing       rekey.Existing // what happens to people who already exist; "" leaves them as they are
	UnknownColumns string         // "ignore", or "attributes" to keep them as attributes; "" ignores them
	DryRun         bool           // stores nothing
}

// Import says what an import did, or would do.
type Import struct {
	DryRun bool `json:"dry_run" doc:"Nothing was stored."`
	rekey.Imported
	Columns []ImportColumn `json:"columns" nullable:"false" doc:"The columns of the file."`
}

// ImportColumn is a column of a file.
type ImportColumn struct {
	Name  string `json:"name" doc:"As the file names it."`
	Field string `json:"field,omitempty" doc:"What it is read as; absent if it is ignored." example:"first_name"`
	Why   string `json:"why,omitempty" doc:"Why it is ignored; absent for a column that Rekey does not know."`
}

// ImportUsers imports a file of system users: CSV, at most 5 MiB. Errors are
// *Problem: 413 above the limits; 422 with fields such as "line 7, role"; 503 if two
// files are being imported.
func (c *Client) ImportUsers(ctx context.Context, file []byte, options ImportOptions) (Import, error) {
	v := url.Values{}
	set(v, "existing", string(options.Existing))
	set(v, "unknown_columns", options.UnknownColumns)
	if options.DryRun {
		v.Set("dry_run", strconv.FormatBool(true))
	}
	var done Import
	err := c.do(ctx, call{method: "POST", path: "/users/import", query: v, file: file, kind: "text/csv", safe: options.DryRun}, &done)
	return done, err
}
