package selection

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rekey"
)

func TestRowsAreWrittenAsCEL(t *testing.T) {
	t.Parallel()
	for want, rows := range map[string]Rows{
		`!user.uses_api && user.password_age_days >= 90`: {true, []Row{
			{"uses_api", Is, "false"}, {"password_age_days", AtLeast, "90"}}},
		`user.type in ["ui", "hybrid"] || user.role != "member"`: {false, []Row{
			{"type", OneOf, "ui,hybrid"}, {"role", IsNot, "member"}}},
		`user.email.endsWith("@example.org")`:    {true, []Row{{"email", EndsWith, "@Example.org"}}},
		`!user.last_name.contains("\"\\")`:       {true, []Row{{"last_name", ContainsNot, `"\`}}},
		`user.last_login_at < now - days(30)`:    {true, []Row{{"last_login_at", DaysAgo, "030"}}},
		`!has(user.last_login_at)`:               {true, []Row{{"last_login_at", Never, ""}}},
		`user.attributes["team"] == "x"`:         {true, []Row{{"attributes.team", Is, "x"}}},
		`!user.attributes["team"].contains("x")`: {true, []Row{{"attributes.team", ContainsNot, "x"}}},
		`!("cost center" in user.attributes)`:    {true, []Row{{"attributes.cost center", Missing, ""}}},
		`user.created_at >= timestamp("2026-01-30T23:00:00Z")`: {true, []Row{
			{"created_at", Since, "2026-01-31T00:00:00+01:00"}}},
		`user.directory == "staff" && user.ou.startsWith("Sales/")`: {true, []Row{
			{"directory", Is, "staff"}, {"ou", StartsWith, "Sales/"}}},
		`"Field Sales" in user.groups || !("Night" in user.groups)`: {false, []Row{
			{"groups", Contains, " Field Sales "}, {"groups", ContainsNot, "Night"}}},
		`user.created_at < timestamp("2026-01-31T00:00:00Z")`: {true, []Row{{"created_at", Before, "2026-01-31"}}},
	} {
		got, err := Render(rows)
		if got != want || err != nil {
			t.Errorf("%+v:\n%s, %v\nwant %s", rows, got, err, want)
		}
	}
}

func TestBadRowsAreNamed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		row   Row
		field string
	}{
		{Row{"typo", Is, "x"}, "rows[1].field"},
		{Row{"attributes.", Is, "x"}, "rows[1].field"},
		{Row{"attributes.a\nb", Is, "x"}, "rows[1].field"},
		{Row{"email", AtLeast, "1"}, "rows[1].operator"},
		{Row{"created_at", Never, ""}, "rows[1].operator"},
		{Row{"groups", StartsWith, "x"}, "rows[1].operator"},
		{Row{"groups", Contains, " "}, "rows[1].value"},
		{Row{"last_login_at", Never, "x"}, "rows[1].value"},
		{Row{"email", Contains, ""}, "rows[1].value"},
		{Row{"email", OneOf, "a,,b"}, "rows[1].value"},
		{Row{"first_name", Is, "a\nb"}, "rows[1].value"},
		{Row{"first_name", Is, "\xff"}, "rows[1].value"},
		{Row{"first_name", Is, strings.Repeat("x", 501)}, "rows[1].value"},
		{Row{"type", Is, "robot"}, "rows[1].value"},
		{Row{"uses_api", Is, "yes"}, "rows[1].value"},
		{Row{"rank", AtLeast, "-1"}, "rows[1].value"},
		{Row{"created_at", DaysAgo, "100001"}, "rows[1].value"},
		{Row{"created_at", Before, "yesterday"}, "rows[1].value"},
	} {
		_, err := Render(Rows{Rows: []Row{{"uses_api", Is, "true"}, test.row}})
		var shown *rekey.Error
		if !errors.As(err, &shown) || len(shown.Fields) != 1 || shown.Fields[0].Field != test.field {
			t.Errorf("%+v: %v, want an error of %s", test.row, err, test.field)
		}
	}
	if _, err := Render(Rows{}); rekey.CodeOf(err) != rekey.CodeInvalid {
		t.Error("no rows:", err)
	}
	long := Rows{Rows: []Row{}}
	for range 10 {
		long.Rows = append(long.Rows, Row{"first_name", Is, strings.Repeat("x", 400)})
	}
	if _, err := Render(long); rekey.CodeOf(err) != rekey.CodeInvalid {
		t.Error("too long:", err)
	}
}

func TestParseReadsOnlyWhatRenderWrites(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]bool{
		`!user.uses_api`: true,
		`( !user.uses_api )&&(user.rank>=2&&'x' in user.attributes)`: true,
		`true`:              false,
		`!!user.uses_api`:   true, // to CEL it is user.uses_api
		`!(user.rank >= 2)`: false,
		`user.rank > 2`:     false,
		`user.rank >= -2`:   false,
		`2 <= user.rank`:    false,
		`user.rank >= 2 && (user.uses_api || user.type == "ui")`:         false,
		`user.email == "Ada@example.org"`:                                false, // never true, unlike its row
		`user.created_at < timestamp("2026-01-31T00:00:00+01:00")`:       false,
		`user.created_at < now - days(user.rank)`:                        false,
		`user.created_at < now + days(3)`:                                false,
		`has(user.email)`:                                                false,
		`has(user.attributes.team)`:                                      false,
		`user.attributes.team == "x"`:                                    false,
		`user.attributes["team"] != "x"`:                                 true,
		`user.attributes[?"team"].orValue("") == "x"`:                    true, // the old form of a row
		`user.attributes[?"team"].orValue("") in ["x"]`:                  true,
		`user.attributes[?"team"].orValue("").startsWith("x")`:           true,
		`user.attributes[?"team"].orValue("") != "x"`:                    false, // true without the attribute, unlike its row
		`user.attributes[?"team"].orValue("") == ""`:                     false,
		`!user.attributes[?"team"].orValue("").contains("x")`:            false,
		`user.attributes[?"team"].orValue("y") == "x"`:                   false,
		`user.type == "robot"`:                                           false,
		`'x' in user.groups`:                                             true,
		`!('x' in user.groups)`:                                          true,
		`"x " in user.groups`:                                            false, // never true, unlike its row
		`"" in user.groups`:                                              false,
		`user.groups.contains("x")`:                                      false,
		`!user.groups.contains("x")`:                                     false,
		`has(user.groups)`:                                               false,
		`user.groups == ["x"]`:                                           false,
		`"x" in user.ou`:                                                 false,
		`user.type in ["ui", "ui,api"]`:                                  false,
		`user.first_name in [" x"]`:                                      false,
		`now.email == "x"`:                                               false,
		`user.email.startsWith("a", "b")`:                                false,
		`startsWith(user.email, "a")`:                                    false,
		`user.typo == "x"`:                                               false,
		`user.attributes == "x"`:                                         false,
		`user.email ==`:                                                  false,
		strings.Repeat("user.uses_api && ", 300) + "user.uses_api":       false,
		`user.attributes.exists(k, k == "x")`:                            false,
		`user.first_name == "x" || user.first_name == "y" || !user.rank`: false,
	} {
		if rows, got := Parse(expression); got != want {
			t.Errorf("%s: %v %+v", expression, got, rows)
		}
	}
}

// anyRow draws rows of every field and operator, most of them valid.
func anyRow(t *rapid.T) Row {
	f := rapid.SampledFrom(Fields()).Draw(t, "field")
	row := Row{Field: f.Name, Operator: rapid.SampledFrom(f.Operators).Draw(t, "operator")}
	if f.Kind == KindAttribute {
		row.Field += rapid.StringN(1, 20, 64).Draw(t, "key")
	}
	value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z"\\, ]{0,10}`))
	switch {
	case !row.Operator.TakesValue():
		return row
	case len(f.Values) > 0:
		value = rapid.SampledFrom(f.Values)
	case f.Kind == KindNumber || row.Operator == DaysAgo || row.Operator == WithinDays:
		value = rapid.StringMatching(`[0-9]{1,6}`)
	case f.Kind == KindMoment:
		value = rapid.StringMatching(`20[0-9]{2}-0[1-9]-[012][1-8](T[01][0-9]:[0-5][0-9]:[0-5][0-9](Z|[+-]0[0-9]:30))?`)
	}
	row.Value = value.Draw(t, "value")
	if row.Operator == OneOf {
		row.Value += "," + value.Draw(t, "second value")
	}
	return row
}

func TestRowsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	compiler := setup(t)
	rapid.Check(t, func(t *rapid.T) {
		rows := Rows{All: rapid.Bool().Draw(t, "all"), Rows: rapid.SliceOfN(rapid.Custom(anyRow), 1, 8).Draw(t, "rows")}
		expression, err := Render(rows)
		if err != nil {
			t.Skip(err)
		}
		want := Rows{All: rows.All || len(rows.Rows) == 1}
		for _, row := range rows.Rows {
			completed, err := complete(row)
			if err != nil {
				t.Fatal(err)
			}
			want.Rows = append(want.Rows, completed)
		}
		got, ok := Parse(expression)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Fatalf("%s: %v\n%s", expression, ok, diff)
		}
		program, err := compiler.Compile(expression)
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		for _, user := range []rekey.SystemUser{{}, ada()} {
			if _, err := program.Start(RunBudget()).Match(user, noon); err != nil {
				t.Fatalf("%s: a row stopped the evaluation: %v", expression, err)
			}
		}
	})
}

func TestEveryOperatorIsOfferedInWords(t *testing.T) {
	t.Parallel()
	for _, f := range Fields() {
		if f.Label == "" || len(f.Operators) == 0 {
			t.Errorf("%+v", f)
		}
		for _, op := range f.Operators {
			if op.Label() == "" {
				t.Errorf("%s of %s has no label", op, f.Name)
			}
		}
	}
	if len(Fields()) != len(userFields) {
		t.Errorf("rows offer %d fields of %d", len(Fields()), len(userFields))
	}
}
