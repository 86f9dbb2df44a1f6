package userfile

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rekey"
)

// read reads a file of testdata.
func read(t *testing.T, name string, unknown Unknown) (File, error) {
	t.Helper()
	in, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	return Read(in, unknown)
}

// summary is what a line says: "3: ann@example.org Ann Four de-AT Europe/Vienna".
func summary(l Line) string {
	u := l.User
	words := fmt.Sprintf("%d: %s %s|%s %s %s", l.Number, u.Address, u.FirstName, u.LastName, u.Language, u.TimeZone)
	return strings.TrimSpace(words)
}

func TestFilesOfSpreadsheetsAndDirectoriesAreRead(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"tab.tsv":                      {"2: tab@example.org Tina|", "3: two@example.org |Two"},
		"semicolon.csv":                {"2: semi@example.org Sue|Semi; Colon, Jr."},
		"pipe.csv":                     {"2: pipe@example.org Pia|Pipe"},
		"sep_line.csv":                 {"3: sep@example.org Sepp|Zeile"},
		"sep_line_tab.csv":             {"3: septab@example.org Tab|"},
		"sep_line_comma_in_header.csv": {"3: comma@example.org Cora|"},
		"trailing_columns.csv":         {"2: trail@example.org Tom|Trail"},
		"trailing_columns_rows.csv":    {"2: trail@example.org Tom|Trail"},
		"trailing_columns_header.csv":  {"2: trail@example.org Tom|"},
		"wide_sheet.csv":               {"2: wide@example.org Will|"},
		"above_the_names.csv":          {"6: above@example.org Abe|"},
		"header_words.csv":             {"2: words@example.org Wanda|Words de-AT Europe/Vienna"},
		"header_invisible.csv":         {"2: invis@example.org Ida|Unseen"},
		"header_lines.csv":             {"4: lines@example.org Lina|"},
		"google_workspace.csv":         {"2: gina@example.org Gina|Google"},
		"entra.csv":                    {"3: enno@example.org Enno|Entra"},
		"entra_export.csv":             {"2: enno@example.org Enno|Entra de-DE"},
		"active_directory.csv":         {"3: adi@example.org Adi|Dir"},
		"okta.csv":                     {"2: olga@example.org Olga|Okta fr Europe/Paris"},
		"pandas.csv":                   {"2: pan@example.org Panda|"},
		"utf16le.csv":                  {"2: utf16@example.org Ünal|🦊Fox"},
		"utf16be.csv":                  {"2: utf16@example.org Ünal|🦊Fox"},
		"old_mac.csv":                  {"2: mac@example.org Mac\nOld|", "4: two@example.org Two|"},
		"python_on_windows.csv":        {"2: py@example.org Monty|"},
		"invisible_cells.csv":          {"2: invis@example.org Ida Maria|Unseen"},
		"blanks.csv":                   {"2: blank@example.org Bea, B.|Blank"},
		"curly_quotes.csv":             {"2: curly@example.org Curt|O’Curly"},
		"decomposed.csv":               {"2: decomposed@example.org José|"},
		"mail_links.csv":               {"2: link@example.org Linus|", "3: two@example.org Two|"},
		"languages.csv":                {"2: a@example.org | de-AT", "3: b@example.org | pt-BR", "4: c@example.org | en-GB"},
		"text_formulas.csv":            {"2: formula@example.org 0049|"},
		"quotes.csv":                   {`2: quotes@example.org Ann "Annie" Four|`},
	} {
		file, err := read(t, name, UnknownIgnored)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, line := range file.Lines {
			got = append(got, summary(line))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestFileThatCannotBeReadSaysWhereAndWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"windows1252.csv":          "line 2: This is not UTF-8, but perhaps Windows-1252",
		"utf16_no_mark.csv":        "line 1: This is not UTF-8: it has NUL characters. Save the file as “CSV UTF-8”.",
		"lost_letters.csv":         "line 2: A letter of this line was lost",
		"unclosed.csv":             "line 3: A quotation mark on this line is not closed",
		"unclosed_then_closed.csv": "line 2: A quotation mark on this line is not closed",
		"unclosed_in_header.csv":   "line 1: A quotation mark on this line is not closed",
		"quote_within.csv":         "line 2: A quotation mark is in the wrong place",
		"same_column_twice.csv":    `line 1: address appears twice: the columns "Email" and "E-mail" mean the same. Remove one.`,
		"no_names.csv":             "line 1: The column address is missing. The first line must name the columns",
		"sep_wrong.csv":            "line 1: The column address is missing.",
		"workbook.xlsx":            "line 1: This is a workbook of Excel or LibreOffice",
	} {
		_, err := read(t, name, UnknownIgnored)
		if rekey.CodeOf(err) != rekey.CodeInvalid || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", name, err, want)
		}
	}
}

func TestEachBadLineIsNamedAndTheNextOneIsRead(t *testing.T) {
	t.Parallel()
	_, err := read(t, "quote_within.csv", UnknownIgnored)
	for _, want := range []string{"line 2: A quotation mark", "line 3: Cells: 4. There are 2 columns.", "line 4: Cells: 1. There are 2 columns."} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

func TestUnknownColumnsAreNamedAndBecomeAttributesOnlyByChoice(t *testing.T) {
	t.Parallel()
	const text = "id,address,first_name,Department,attribute.Team,\nx1,ann@example.org,Ann,Sales,Red,\n"
	for unknown, want := range map[Unknown]struct {
		ignored    string
		attributes map[string]string
	}{
		"":                 {"id Department", map[string]string{"Team": "Red"}},
		UnknownIgnored:     {"id Department", map[string]string{"Team": "Red"}},
		UnknownAsAttribute: {"", map[string]string{"Team": "Red", "id": "x1", "Department": "Sales"}},
	} {
		file, err := Read(strings.NewReader(text), unknown)
		if err != nil {
			t.Fatal(err)
		}
		var ignored []string
		for _, c := range file.Ignored() {
			ignored = append(ignored, c.Name)
		}
		if got := strings.Join(ignored, " "); got != want.ignored || !maps.Equal(file.Lines[0].User.Attributes, want.attributes) {
			t.Errorf("%q: ignored %q, attributes %v", unknown, got, file.Lines[0].User.Attributes)
		}
	}
	for text, want := range map[string]string{
		"address,Team,attribute.Team\n":                  `attribute.Team appears twice`,
		"address," + strings.Repeat("ä", 101) + "\n":     strings.Repeat("ä", 100) + "…\" cannot be an attribute",
		"address,\"two\nlines\"\n":                       "no line breaks",
		"address,attribute.\n":                           "not known",
		"address,Abteilung,Stadt,Abteilung\n":            "attribute.Abteilung appears twice",
		"address" + strings.Repeat(",a", maxColumns-1):   "appears twice",
		"address" + strings.Repeat(",a", maxColumns+100): "There are more than 16384 cells",
	} {
		if _, err := Read(strings.NewReader(text), UnknownAsAttribute); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %.200v, want %s", text, err, want)
		}
	}
}

func TestPasswordsOfAFileAreNeverKept(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"google_workspace.csv", "entra.csv"} {
		file, err := read(t, name, UnknownAsAttribute)
		if err != nil {
			t.Fatal(err)
		}
		for key, value := range file.Lines[0].User.Attributes {
			if value == "not-a-secret" {
				t.Errorf("%s: the password became the attribute %q", name, key)
			}
		}
		if !slices.ContainsFunc(file.Ignored(), func(c Column) bool { return c.Why == "passwords are never imported" }) {
			t.Errorf("%s: ignored %+v", name, file.Ignored())
		}
	}
	for _, name := range []string{"Password", "initial_password", "PASSWORT", "Mot de passe", "Contraseña", "passwordPolicies", "Pwd", "attribute.password", "Attribute: Password", "Initial (password)", "clave", "contrasena", "Pass", "PW", "secret"} {
		file, err := Read(strings.NewReader("address,"+name+"\na@example.org,hidden\n"), UnknownAsAttribute)
		if err != nil || file.Lines[0].User.Attributes != nil {
			t.Errorf("%s: %+v, %v", name, file.Lines, err)
		}
	}
}

func TestColumnIsKnownUnderAllItsNames(t *testing.T) {
	t.Parallel()
	for field, names := range map[string]string{
		"address":            "address|ADDRESS|email|E-Mail|e mail|mail|Email Address|email_address|Primary Email|E-mail 1 - Value|Work Email|User name|userPrincipalName|login|E-Mail-Adresse|Courriel|Correo electrónico",
		"first_name":         "first_name|First Name|first-name|FIRSTNAME|firstName|given name|givenName|Given_Name|forename|Vorname|Prénom|Pre\u0301nom|Nombre",
		"last_name":          "last_name|Last Name|lastName|surname|Surname|sn|family name|family-name|Nachname|Nom|Apellidos",
		"type":               "type|Type",
		"role":               "role|ROLE|Rolle",
		"language":           "language|Lang|locale|preferredLanguage|Preferred Language|Sprache|Langue|Idioma",
		"time_zone":          "time_zone|Time Zone|timezone|TimeZone|tz|time-zone|zoneinfo|Zeitzone",
		"attribute.Team Red": "attribute.Team Red|Attribute.Team Red|attributes.Team Red|attribute: Team Red|ATTRIBUTE_Team Red",
	} {
		for name := range strings.SplitSeq(names, "|") {
			head := "address,"
			if field == "address" {
				head = ""
			}
			file, err := Read(strings.NewReader(head+name+"\n"), UnknownIgnored)
			if err != nil || file.Columns[len(file.Columns)-1].Field != field {
				t.Errorf("%s: %+v, %v", name, file.Columns, err)
			}
		}
	}
}
