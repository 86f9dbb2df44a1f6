package console

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/userfile"
)

const (
	// shownImported is how many system users a preview shows.
	shownImported = 20
	// shownIgnored is how many ignored columns it shows.
	shownIgnored = 30
)

func (c *Console) importPreview(r *http.Request, sent form.Import, file userfile.File, entries []admin.ImportEntry) (view.ImportPreview, error) {
	total, counts := view.Plural(len(entries), "system user", "system users"), admin.Counted(entries)
	page := view.ImportPreview{
		Frame: c.frame(r, "Import "+total+"?", usersPath), Total: total, Counts: counts.String(), Choices: importChoices(sent),
		Kept: form.KeptFile(sent.File), Previewed: string(sent.Existing) + " " + string(sent.Unknown), Button: importButton(counts),
	}
	page.Wide = true
	page.Crumbs = []view.Link{{Text: "System users", Href: usersPath}, {Text: "Import", Href: importPath}}
	if counts.Created > 0 {
		page.Effects = append(page.Effects, "New system users have no password until one is sent.")
		waiting, err := c.waitsFor(r.Context(), actor(r), rekey.Event{Type: rekey.UserCreated})
		if err != nil {
			return page, err
		}
		if waiting != "" {
			page.Effects = append(page.Effects, waiting+" Each new system user starts a run.")
		}
	}
	for _, column := range file.Columns {
		if column.Field != "" {
			page.Read = append(page.Read, view.ImportColumn{Name: column.Name, Text: column.Field})
		}
	}
	ignored := file.Ignored()
	page.MoreIgnored = max(0, len(ignored)-shownIgnored)
	for _, column := range ignored[:len(ignored)-page.MoreIgnored] {
		page.Ignored = append(page.Ignored, view.ImportColumn{Name: column.Name, Text: column.Why})
	}
	for i, entry := range entries[:min(len(entries), shownImported)] {
		page.Rows = append(page.Rows, importRow(file.Lines[i].Number, entry))
	}
	return page, nil
}

// importButton says what the button does; "" if nothing would change.
func importButton(n rekey.Imported) string {
	switch {
	case n.Updated == 0 && n.Created == 0:
		return ""
	case n.Updated == 0:
		return "Create " + view.Plural(n.Created, "system user", "system users")
	case n.Created == 0:
		return "Update " + view.Plural(n.Updated, "system user", "system users")
	default:
		return "Create " + view.Count(n.Created) + " and update " + view.Plural(n.Updated, "system user", "system users")
	}
}

var importFates = map[admin.ImportFate]string{
	admin.ImportCreated: "New", admin.ImportUpdated: "Updated", admin.ImportLeft: "Left as is",
}

func importRow(line int, entry admin.ImportEntry) view.ImportRow {
	u := entry.User
	row := view.ImportRow{Line: line, Fate: importFates[entry.Fate], Person: view.PersonOf(u)}
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

// importedNotice says after an import what it did: the counts are in the address.
func importedNotice(query url.Values) string {
	var n rekey.Imported
	for name, count := range map[string]*int{"created": &n.Created, "updated": &n.Updated, "left": &n.Left} {
		*count, _ = strconv.Atoi(query.Get(name)) // 0 for an address that somebody changed
	}
	text := "Imported: " + n.String() + "."
	if n.Created > 0 {
		text += " New system users have no password until one is sent."
	}
	return text
}
