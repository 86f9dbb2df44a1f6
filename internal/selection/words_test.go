package selection

import (
	"slices"
	"testing"
)

func TestRowsAreSaidInWords(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		`!user.uses_api && user.password_age_days >= 90`:                `Does not use the API, and password is at least 90 days old.`,
		`user.uses_api || user.role in ["manager", "operator"]`:         `Uses the API, or role is one of Manager or Operator.`,
		`user.type != "ui" && user.first_name == ""`:                    `Type is not UI, and first name is empty.`,
		`user.created_at < now - days(1)`:                               `Created more than 1 day ago.`,
		`user.last_login_at < now - days(12000)`:                        `Logged in last more than 12,000 days ago, or never.`,
		`has(user.last_login_at) && !has(user.password_changed_at)`:     `Has logged in, and has never chosen a password.`,
		`user.password_changed_at >= timestamp("2026-01-31T00:00:00Z")`: `Chose the password at or after 31 January 2026.`,
		`user.created_at < timestamp("2026-01-31T08:00:00Z")`:           `Created before 31 January 2026, 08:00:00 UTC.`,
		`user.attributes[?"team"].orValue("") == "<b>"`:                 `Attribute team is “<b>”.`,
		`user.attributes["team"] != "x"`:                                `Has an attribute team that is not “x”.`,
		`!user.attributes["team"].contains("x")`:                        `Has an attribute team that does not contain “x”.`,
		`!("team" in user.attributes) || "x" in user.attributes`:        `Has no attribute team, or has the attribute x.`,
		`"Field Sales" in user.groups && !("Night" in user.groups)`:     `Is in the group “Field Sales”, and is not in the group “Night”.`,
		`user.directory == "" || user.ou == "Sales"`:                    `Directory is empty, or organizational unit is “Sales”.`,
		`user.rank <= 2`: `Rank is at most 2.`,
	} {
		rows, ok := Parse(expression)
		if got := rows.Words(); got != want || !ok {
			t.Errorf("%s:\n%s\nwant %s", expression, got, want)
		}
	}
}

func TestConditionIsTakenApartWhereItIsJoined(t *testing.T) {
	t.Parallel()
	compiler := setup(t)
	for expression, want := range map[string][]string{
		`!user.uses_api`:                   nil,
		`user.uses_api || user.rank > 2`:   nil,
		`user.uses_api && (user.rank > 2)`: {"user.uses_api", "user.rank > 2"},
		`user.rank > 1 && (user.uses_api || user.email == "a" && true) && user.attributes["a b"].startsWith("\"")`: {
			"user.rank > 1", `user.uses_api || user.email == "a" && true`, `user.attributes["a b"].startsWith("\"")`},
		`user.uses_api && user.attributes.exists(k, k == "x")`: nil,
		`user.uses_api &&`: nil,
	} {
		var got []string
		for _, part := range Parts(expression) {
			got = append(got, part.Expression)
			if _, err := compiler.Compile(part.Expression); err != nil {
				t.Errorf("%s: %v", part.Expression, err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", expression, got, want)
		}
	}
	if parts := Parts(`user.rank > 1 && !user.uses_api`); parts[0].Words != "" || parts[1].Words != "Does not use the API." {
		t.Errorf("got %+v", parts)
	}
}
