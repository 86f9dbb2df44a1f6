package app

import (
	"context"

	"rekey"
	"rekey/internal/directory"
)

// directories tests each directory of the settings.
func (d Doctor) directories(ctx context.Context, c Config, report func(rekey.Finding)) {
	for _, s := range c.Directories {
		check := "directory " + s.Name
		from, err := directory.Open(s, d.Now)
		if err != nil { // reported with the settings
			report(finding(check, rekey.Ill, "Not tried, because its settings are wrong.", "Correct the settings first."))
			continue
		}
		result, err := from.Test(ctx)
		if err != nil {
			report(finding(check, rekey.Ill, err.Error(), "Check its settings base, filter and api_filter, and that the account of bind_dn may read there."))
			continue
		}
		for _, f := range result.Findings(d.Now()) {
			f.Check = check + " " + f.Check
			report(f)
		}
	}
}
