package app

import (
	"context"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/english"
	"rekey/internal/store"
)

// directories tests each directory of the settings.
func (d Doctor) directories(ctx context.Context, c Config, db *store.DB, report func(rekey.Finding)) {
	for _, s := range c.Directories {
		check := "directory " + s.Name
		d.noWayIn(ctx, db, s.Name, report)
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

// noWayIn finds the people of a directory who cannot log in until somebody confirms
// their address.
func (d Doctor) noWayIn(ctx context.Context, db *store.DB, name string, report func(rekey.Finding)) {
	if db == nil {
		return
	}
	n, err := db.CountEntries(ctx, name, rekey.EntryNoWayIn, rekey.RankAdministrator)
	if err != nil || n == 0 { // an older schema has no entries
		return
	}
	report(finding("directory "+name+" people", rekey.Doubtful, english.Count(n, "system user", "system users")+" cannot log in: the old password was revoked, and the address changed since.",
		"Ask them whether the new address is theirs, confirm it, and send a new password. The console shows them under /directories/"+name+"?reason=no_way_in, and rekey directory entries "+name+" --reason no_way_in lists them."))
}
