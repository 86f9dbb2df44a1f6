package selection

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rekey"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// setup returns a compiler with the default limits.
func setup(t testing.TB) *Compiler {
	t.Helper()
	c, err := New(Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ada is a system user with everything filled in.
func ada() rekey.SystemUser {
	return rekey.SystemUser{
		ID: "u1", Address: "Ada@Example.org", AddressKey: "ada@example.org", FirstName: "Ada", LastName: "Lovelace",
		Type: rekey.TypeHybrid, Role: rekey.RoleManager, Status: rekey.UserActive, Language: "en", TimeZone: "Europe/London",
		Attributes:         map[string]string{"team": "engines", "level": "7"},
		Directory:          rekey.DirectoryAccount{Directory: "staff", Unit: "Sales/Berlin", Groups: []string{"Cafe\u0301", "Sales"}},
		CreatedAt:          noon.AddDate(0, 0, -100),
		LastLoginAt:        noon.AddDate(0, 0, -3),
		LastPasswordCallAt: noon.AddDate(0, 0, -120),
		PasswordChangedAt:  noon.AddDate(0, 0, -90),
	}
}

func match(t testing.TB, expression string, user rekey.SystemUser) (bool, error) {
	t.Helper()
	program, err := setup(t).Compile(expression)
	if err != nil {
		t.Fatalf("Compile(%q): %v", expression, err)
	}
	return program.Start(RunBudget()).Match(user, noon)
}

func TestConditionsReadEveryField(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]bool{
		`user.email == "ada@example.org"`:                                              true,
		`user.email == "Ada@Example.org"`:                                              false, // compared in lower case
		`user.domain == "example.org"`:                                                 true,
		`user.first_name + " " + user.last_name == "Ada Lovelace"`:                     true,
		`user.type == "hybrid" && !user.uses_api`:                                      true,
		`user.role == "manager" && user.rank == 2`:                                     true,
		`user.status != "active"`:                                                      false,
		`user.language in ["en", "de"] && user.time_zone.startsWith("Europe/")`:        true,
		`user.created_at == timestamp("2025-11-30T12:00:00Z")`:                         true,
		`user.created_at < now - days(99)`:                                             true,
		`user.last_login_at >= now - duration("72h")`:                                  true,
		`user.password_changed_at < user.last_login_at`:                                true,
		`user.password_age_days == 90`:                                                 true,
		`user.attributes.team == "engines"`:                                            true,
		`user.attributes["team"] == "engines"`:                                         true,
		`has(user.attributes.team) && !has(user.attributes.floor)`:                     true,
		`"team" in user.attributes`:                                                    true,
		`user.attributes[?"floor"].orValue("none") == "none"`:                          true,
		`user.attributes.?team.orValue("none") == "none"`:                              false,
		`user.attributes.exists(key, key.startsWith("te"))`:                            true,
		`user.attributes.all(key, user.attributes[key] != "")`:                         true,
		`user.attributes.map(key, user.attributes[key]).filter(v, v == "7").size()==1`: true,
		`int(user.attributes.level) > 6`:                                               true,
		`user.last_name.lowerAscii().contains("love")`:                                 true,
		`user.last_name.matches("^[L-M]")`:                                             true,
		`now.getHours("Europe/Berlin") == 13`:                                          true,
		`user.attributes == {"team": "engines", "level": "7"}`:                         true,
		`user.directory == "staff" && user.ou == "Sales/Berlin"`:                       true,
		`(user.ou + "/").startsWith("Sales/")`:                                         true,
		`"Sales" in user.groups && !("sales" in user.groups)`:                          true,
		`"Caf\u00e9" in user.groups`:                                                   true, // as people type it
		`user.groups.exists(g, g.endsWith("les")) && size(user.groups) == 2`:           true,
		`has(user.directory) && has(user.ou) && has(user.groups)`:                      true,
		`user.rank > 2 ? false : user.first_name.trim().upperAscii() == "ADA"`:         true,
	} {
		got, err := match(t, expression, ada())
		if got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", expression, got, err, want)
		}
	}
}

func TestWhatNeverHappenedWasLongAgo(t *testing.T) {
	t.Parallel()
	user := rekey.SystemUser{CreatedAt: noon.Add(-49 * time.Hour)}
	for expression, want := range map[string]bool{
		`has(user.last_login_at)`:                 false,
		`user.last_login_at < now - days(10000)`:  true,
		`user.last_login_at == timestamp(0)`:      true,
		`has(user.password_changed_at)`:           false,
		`user.password_age_days == 2`:             true, // since creation
		`has(user.created_at)`:                    true,
		`has(user.first_name)`:                    false,
		`user.?last_login_at.hasValue()`:          false,
		`size(user.attributes) == 0`:              true,
		`user.attributes.all(key, key == "team")`: true,
		`has(user.directory)`:                     false,
		`user.directory == "" && user.ou == ""`:   true, // built in
		`has(user.groups)`:                        false,
		`size(user.groups) == 0`:                  true,
		`"Sales" in user.groups`:                  false,
		`!("Sales" in user.groups)`:               true,
	} {
		if got, err := match(t, expression, user); got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", expression, got, err, want)
		}
	}
}

func TestPasswordAgeIsNeverNegative(t *testing.T) {
	t.Parallel()
	user := rekey.SystemUser{CreatedAt: noon.Add(49 * time.Hour)}
	if got, err := match(t, `user.password_age_days == 0`, user); !got || err != nil {
		t.Error(got, err)
	}
}

func TestErrorsSayWhereAndWhatWasExpected(t *testing.T) {
	t.Parallel()
	c := setup(t)
	for _, test := range []struct {
		expression   string
		line, column int
		says         string
	}{
		{`user.typo == "x"`, 1, 6, "undefined field 'typo'. A system user has email, domain, first_name"},
		{"user.rank > 1 &&\n  user.typo", 2, 8, "undefined field 'typo'"},
		{`usr.email == "x"`, 1, 1, "unknown name 'usr'"},
		{`user.email.foo()`, 1, 15, "unknown function 'foo'. There are all, contains, days"},
		{`user.email > 3`, 1, 12, "'>' cannot be applied to string, int; expected two values of the same type"},
		{`user.created_at > "2026"`, 1, 17, "'>' cannot be applied to timestamp, string"},
		{`user.email && true`, 1, 5, "expected type 'bool' but found 'string'"},
		{`!user.first_name`, 1, 1, "expected bool"},
		{`user.email in "abc"`, 1, 12, "expected a value and a list"},
		{`user.email.startsWith(1)`, 1, 22, `expected texts, as in user.email.startsWith("a")`},
		{`user["email"] == "x"`, 1, 5, "'[]' cannot be applied to user, string"},
		{`user.email`, 1, 1, "gives string; it must give true or false"},
		{`days(3)`, 1, 1, "gives duration; it must give true or false"},
		{`user.email ==`, 1, 14, "unexpected end of the condition"},
		{`user.email == 'abc`, 1, 15, "syntax error"},
		{`user.rank = 2`, 1, 11, "syntax error"},
		{"", 1, 1, "empty"},
		{" \n", 1, 1, "empty"},
		{"true\n|| \x00", 2, 4, "control character"},
		{"user.email == '\xff'", 1, 1, "UTF-8"},
		{strings.Repeat("!", rekey.MaxExpression) + "true", 1, 1, "at most 4,000 characters"},
		{strings.Repeat("(", 100) + "true" + strings.Repeat(")", 100), 1, 1, "nested too deeply"},
		{`user.last_login_at == null`, 1, 23, "null is not allowed; use has("},
		{`b"x" == b"x"`, 1, 1, "expected a text in quotes"},
		{`[] == []`, 1, 1, "at least one value"},
		{`[1, "x"].size() == 2`, 1, 5, "expected type 'int' but found 'string'"},
		{`SystemUser{email: "x"} == user`, 1, 11, "a condition cannot create objects"},
		{`type(1) == int`, 1, 5, "unknown function 'type'"},
		{`dyn(1) == 1`, 1, 4, "unknown function 'dyn'"},
		{`optional.of(1).hasValue()`, 1, 12, "unknown function 'optional.of'"},
		{`timestamp("yesterday") < now`, 1, 1, "a constant cannot be calculated"},
		{`user.email.matches("(")`, 1, 20, "the pattern is not valid (RE2): error parsing regexp: missing closing )"},
		{`user.email.matches(user.domain)`, 1, 19, "must be a text in quotes"},
	} {
		_, err := c.Compile(test.expression)
		var problem *ExpressionError
		var shown *rekey.Error
		if !errors.As(err, &problem) || !errors.As(err, &shown) {
			t.Errorf("%q: %v, want a problem", test.expression, err)
			continue
		}
		if problem.Line != test.line || problem.Column != test.column || !strings.Contains(problem.Message, test.says) {
			t.Errorf("%q: %v\nwant line %d, column %d: … %s", test.expression, problem, test.line, test.column, test.says)
		}
		if shown.Code != rekey.CodeInvalid || len(shown.Fields) == 0 ||
			shown.Fields[0].Field != "expression" || shown.Fields[0].Message != problem.Error() {
			t.Errorf("%q: shown as %+v", test.expression, shown)
		}
	}
}

// A pattern is refused before it is written out: these would take megabytes.
func TestPatternsAreMeasuredBeforeTheyAreCompiled(t *testing.T) {
	t.Parallel()
	for pattern, says := range map[string]string{
		strings.Repeat("a", 201):              "at most 200 characters",
		"a{51}":                               "repeats at most 50 times",
		"((a{10}){10}){10}":                   "repeats at most 50 times",
		strings.Repeat(`[^\x00]{1000}`, 10):   "repeats at most 50 times",
		strings.Repeat("(abcdefg){50}", 1):    "too large",
		"a(":                                  "not valid",
		`^[a-z.]+@(example|test)[.](org|net)`: "",
	} {
		_, err := patternSize(pattern)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v, want … %s", pattern, err, says)
		}
	}
}

func TestBuiltInSelectionLeavesOutAPIUsers(t *testing.T) {
	t.Parallel()
	builtIn := BuiltIn()
	if err := builtIn.Validate(); err != nil || builtIn.BuiltIn != rekey.AllExceptAPI {
		t.Fatalf("%+v: %v", builtIn, err)
	}
	for _, test := range []struct {
		user rekey.SystemUser
		want bool
	}{
		{rekey.SystemUser{Type: rekey.TypeUI}, true},
		{rekey.SystemUser{Type: rekey.TypeAPI}, false},
		{rekey.SystemUser{Type: rekey.TypeHybrid}, true},
		{rekey.SystemUser{Type: rekey.TypeHybrid, LastPasswordCallAt: noon.AddDate(0, 0, -89)}, false},
		{rekey.SystemUser{Type: rekey.TypeHybrid, LastPasswordCallAt: noon.AddDate(0, 0, -91)}, true},
	} {
		if got, err := match(t, builtIn.Expression, test.user); got != test.want || err != nil {
			t.Errorf("%+v: %v, %v", test.user, got, err)
		}
	}
}
