package store

import (
	"errors"
	"strings"
	"testing"

	"rekey"
)

// Every index that a field is named for is there, over these columns.
func TestUniqueFieldsAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	for _, u := range uniques {
		table, _, _ := strings.Cut(u.columns, ".")
		n := f.count(`SELECT COUNT(*) FROM pragma_index_list($1) l JOIN pragma_index_info(l.name) i
			WHERE l."unique" AND $1 || '.' || i.name = $2 AND (l.name = $3 OR l.origin = 'pk' AND $3 = $1 || '_pkey')`, table, u.columns, u.name)
		same(t, n, 1)
	}
}

func TestABrokenRuleNamesTheFieldOfItsColumnsOnly(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"constraint failed: UNIQUE constraint failed: system_users.address_key (2067)":                    "address",
		"constraint failed: UNIQUE constraint failed: event_sources.source (1555)":                        "sources",
		"constraint failed: UNIQUE constraint failed: event_sources.source, event_sources.user_id (2067)": "",
		"constraint failed: UNIQUE constraint failed: old_system_users.address_key (2067)":                "",
		"constraint failed: UNIQUE constraint failed: automations.name_key_of_selections.name_key (2067)": "",
		"constraint failed: CHECK constraint failed: system_users.address_key (275)":                      "",
		"": "",
	} {
		cause := errors.New(message)
		err := broken(cause, saidBy(message))
		if want == "" {
			same(t, errors.Is(err, cause) && rekey.CodeOf(err) != rekey.CodeConflict, true)
			continue
		}
		wantField(t, err, want)
	}
}
