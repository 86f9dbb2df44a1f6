package selection

import (
	"strings"
	"testing"
)

func TestConstantThatNeverMatchesIsDoubted(t *testing.T) {
	t.Parallel()
	c := setup(t)
	for expression, want := range map[string]string{
		// Addresses and domains are compared in lower case, the domain in ASCII.
		`user.email == "Ada@Example.org"`:                      `user.email is never "Ada@Example.org"; write "ada@example.org"`,
		`"Ada@Example.org" == user.email`:                      `write "ada@example.org"`,
		`user.email != "mailto:ada@example.org"`:               `write "ada@example.org"`,
		`user.email in ["ada@example.org", "Bob@example.org"]`: `Line 1, column 35: user.email is never "Bob@example.org"; write "bob@example.org"`,
		"user.email == \"ada@example.org\u200b\"":              `user.email is never "ada@example.org\u200b"; write "ada@example.org"`,
		`user.email == "Ada <ada@example.org>"`:                `write "ada@example.org"`,
		`user.email == "ada@bücher.example"`:                   `write "ada@xn--bcher-kva.example"`,
		`user.email == "ada"`:                                  `user.email is never "ada". Give an email address`,
		`user.email == ""`:                                     `Give an email address`,
		`user.email.endsWith("@Example.org")`:                  `user.email never ends with "@Example.org"; write "@example.org"`,
		`user.email.endsWith("@bücher.example")`:               `write "@xn--bcher-kva.example"`,
		`user.email.startsWith("Ada.")`:                        `user.email never begins with "Ada."; write "ada."`,
		`user.email.contains("ADA")`:                           `user.email never contains "ADA"; write "ada"`,
		`user.email.upperAscii() == "ada@example.org"`:         `write "ADA@EXAMPLE.ORG"`,
		`user.domain == "@example.org"`:                        `write "example.org"`,
		`user.domain in ["Example.org"]`:                       `write "example.org"`,
		`user.domain == "ada@example.org x"`:                   `Give a domain such as example.org`,
		// Choices.
		`user.type == "UI"`:                         `user.type is never "UI"; write "ui"`,
		`user.role == "Admin"`:                      `user.role is never "Admin". Choose administrator, manager, operator or member`,
		`user.role != "Manager"`:                    `write "manager"`,
		`user.role in ["manager", "admins"]`:        `user.role is never "admins"`,
		`!(user.status == "Blocked")`:               `write "blocked"`,
		`user.status == "locked"`:                   `Choose active or blocked`,
		`user.role.startsWith("Admin")`:             `write "admin"`,
		`user.role.contains("root")`:                `user.role never contains "root". Choose administrator`,
		`user.role.lowerAscii() == "Manager"`:       `write "manager"`,
		`user.role.upperAscii() == "manager"`:       `write "MANAGER"`,
		`user.uses_api ? user.type == "Api" : true`: `write "api"`,
		// Languages and time zones.
		`user.language == "de_AT"`:             `user.language is never "de_AT"; write "de-AT"`,
		`user.language == "DE"`:                `write "de"`,
		`user.language == "de-at"`:             `write "de-AT"`,
		`user.language == "German"`:            `user.language is never "German". Give a language tag`,
		`user.language.startsWith("de_")`:      `write "de-"`,
		`user.language.startsWith("EN")`:       `write "en"`,
		`user.time_zone == "europe/berlin"`:    `write "Europe/Berlin"`,
		`user.time_zone == "America/New York"`: `write "America/New_York"`,
		`user.time_zone == "Europe/Belin"`:     `Give a time zone such as Europe/Berlin`,
		`user.time_zone.contains("New York")`:  `write "New_York"`,
		`now.getHours("Europe/Belin") < 9`:     `there is no time zone "Europe/Belin", so nobody is selected`,
		`now.getHours("europe/berlin") < 9`:    `write one such as "Europe/Berlin"`,
		// Every text: invisible characters, blanks at the ends, the Unicode form.
		"user.first_name == \"Ada\u200b\"":                     `user.first_name is never "Ada\u200b"; write "Ada"`,
		"user.first_name == \"Ada\u00a0Maria\"":                `write "Ada Maria"`,
		`user.last_name == " Lovelace "`:                       `write "Lovelace"`,
		"user.last_name == \"Noe\u0308l\"":                     "write \"No\u00ebl\"",
		`user.last_name.lowerAscii() == "Lovelace"`:            `write "lovelace"`,
		`user.last_name.trim().lowerAscii() == "Lovelace"`:     `write "lovelace"`,
		"user.attributes.team == \"red\u00ad\"":                `write "red"`,
		"user.attributes[\"team\"] == \"red \"":                `write "red"`,
		"user.attributes[?\"team\"].orValue(\"\") == \" red\"": `write "red"`,
		"user.attributes.?team.orValue(\"\") == \" red\"":      `write "red"`,
		"user.attributes[?\"team \"].orValue(\"\") == \"red\"": `no attribute has the name "team "; write "team"`,
		"\"te\u200bam\" in user.attributes":                    `no attribute has the name "te\u200bam"; write "team"`,
		"\"Sales \" in user.groups":                            `no group has the name "Sales "; write "Sales"`,
		"user.attributes[\"cost\u00a0center\"] == \"1\"":       `write "cost center"`,
		// Numbers.
		`user.rank == 4`:                         `user.rank == 4 is the same for everybody: it is 0 to 3`,
		`user.rank > 3`:                          `user.rank > 3 is the same for everybody`,
		`3 < user.rank`:                          `user.rank > 3 is the same for everybody`,
		`user.rank in [1, 7]`:                    `user.rank == 7`,
		`user.password_age_days < 0`:             `it is 0 or more`,
		"user.rank >= 2\n&& user.type == \"UI\"": `Line 2, column 17: user.type is never "UI"`,
	} {
		found := c.ConstantWarnings(expression)
		if len(found) != 1 || found[0].Field != "expression" || !strings.Contains(found[0].Message, want) {
			t.Errorf("%s\ngot %+v\nwant %s", expression, found, want)
		}
	}
}

func TestConstantsThatCanMatchAreNotDoubted(t *testing.T) {
	t.Parallel()
	c := setup(t)
	expressions := []string{
		`user.email == "ada@example.org"`, `user.email.startsWith("ada.")`, `user.email.endsWith(".org")`, `user.email.contains("+")`,
		`user.email.upperAscii() == "ADA@EXAMPLE.ORG"`, `user.domain == "xn--bcher-kva.example"`,
		`user.type == "ui" || user.role in ["manager", "operator"]`, `user.role.endsWith("or")`, `user.role.upperAscii() == "MANAGER"`,
		`user.language == "de-AT"`, `user.language == ""`, `user.language.startsWith("de")`, `user.language.startsWith("zh-Hant")`, `user.language in ["en", "pt-BR"]`,
		`user.time_zone == "America/Port-au-Prince"`, `user.time_zone == ""`, `user.time_zone.startsWith("Europe/")`,
		`user.first_name == "Ada"`, `user.last_name.startsWith("van ")`, `user.last_name.contains(" ")`, `user.first_name == ""`,
		`user.attributes.team == "Engines"`, `user.attributes[?"cost center"].orValue("") != ""`, `"team" in user.attributes`,
		`user.rank >= 3`, `user.rank <= 0`, `user.rank < 1`, `user.rank in [0, 1]`, `user.password_age_days >= 0`, `user.password_age_days == 0`,
		`now.getHours("Europe/Berlin") < 9`, `now.getHours("+01:00") < 9`, `now.getHours("UTC") < 9`,
		`"Admin" == "Admin"`, `user.attributes.exists(key, key.startsWith("X "))`, `has(user.attributes.team)`,
		`user.nothing == "x"`, `user.role ==`, "",
	}
	for _, example := range Examples() {
		expressions = append(expressions, example.Expression)
	}
	for _, expression := range expressions {
		if found := c.ConstantWarnings(expression); found != nil {
			t.Errorf("%s: %+v", expression, found)
		}
	}
}

func TestConstantsOfRowsAreSavedAsTheFieldIsWritten(t *testing.T) {
	t.Parallel()
	c := setup(t)
	for row, want := range map[Row]string{
		{"email", Is, "mailto:Ada@Example.org"}:                `user.email == "ada@example.org"`,
		{"email", OneOf, "Ada@Example.org, <bob@Example.org>"}: `user.email in ["ada@example.org", "bob@example.org"]`,
		{"email", EndsWith, "@Bücher.example"}:                 `user.email.endsWith("@xn--bcher-kva.example")`,
		{"domain", Is, "@Example.org"}:                         `user.domain == "example.org"`,
		{"role", Is, "Manager"}:                                `user.role == "manager"`,
		{"type", OneOf, "UI, Hybrid"}:                          `user.type in ["ui", "hybrid"]`,
		{"language", Is, "de_AT"}:                              `user.language == "de-AT"`,
		{"language", OneOf, "DE, pt_BR.UTF-8"}:                 `user.language in ["de", "pt-BR"]`,
		{"language", StartsWith, "de_"}:                        `user.language.startsWith("de-")`,
		{"time_zone", IsNot, "europe/berlin"}:                  `user.time_zone != "Europe/Berlin"`,
		{"first_name", Is, " Ada\u200b "}:                      `user.first_name == "Ada"`,
		{"last_name", Contains, "van\u00a0der"}:                `user.last_name.contains("van der")`,
		{"attributes.team", Is, "re\u00add"}:                   `user.attributes["team"] == "red"`,
		{"attributes.team\u200b", Is, "red"}:                   `user.attributes["team"] == "red"`,
		{"attributes. team ", Exists, ""}:                      `"team" in user.attributes`,
	} {
		got, err := Render(Rows{All: true, Rows: []Row{row}})
		if err != nil || got != want {
			t.Errorf("%+v: %s, %v\nwant %s", row, got, err, want)
		}
		if found := c.ConstantWarnings(got); found != nil {
			t.Errorf("%s is doubted: %+v", got, found)
		}
		if back, ok := Parse(got); !ok {
			t.Errorf("%s is not read as rows: %+v", got, back)
		}
	}
}

func TestMistypedConditionSaysWhatToWrite(t *testing.T) {
	t.Parallel()
	c := setup(t)
	for expression, want := range map[string]string{
		"user.role == “manager”":            "write straight quotation marks",
		"user.role == ‘manager’":            "write straight quotation marks",
		"user.role == „manager“":            "write straight quotation marks",
		"user.role\u00a0== \"manager\"":     "an invisible character (U+00A0)",
		"user.role == \"manager\"\u200b":    "an invisible character (U+200B)",
		`user.role = "manager"`:             "write == to compare",
		`user.address == "ada@example.org"`: "undefined field 'address'; write user.email.",
		`user.firstName == "Ada"`:           "write user.first_name.",
		`user.Role == "manager"`:            "write user.role.",
		`user.timezone == "UTC"`:            "write user.time_zone.",
		`user.locale == "de"`:               "write user.language.",
		`user.nothing == "x"`:               "undefined field 'nothing'. A system user has",
	} {
		if _, err := c.Compile(expression); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", expression, err, want)
		}
	}
}
