package userfile

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"rekey"
)

func TestFileIsReadHoweverItIsDivided(t *testing.T) {
	t.Parallel()
	const plain = "Address , first_name,role,attribute.Team\n" +
		"grace@example.org, Grace ,Manager,\"Compilers, old\"\n" +
		"\n" +
		"alan@example.org,,,\n"
	semicolons := strings.ReplaceAll(strings.ReplaceAll(plain, ",", ";"), "Compilers; old", "Compilers, old")
	for name, text := range map[string]string{
		"commas":                  plain,
		"semicolons":              semicolons,
		"byte order mark":         "\ufeff" + plain,
		"line ends of Windows":    strings.ReplaceAll(plain, "\n", "\r\n"),
		"empty fields at its end": plain + ",,,\n , ,,\n",
		"no line end at its end":  strings.TrimSuffix(plain, "\n"),
	} {
		file, err := Read(strings.NewReader(text), UnknownIgnored)
		lines := file.Lines
		if err != nil || len(lines) != 2 {
			t.Fatalf("%s: %d lines, %v", name, len(lines), err)
		}
		u := lines[0].User
		if lines[0].Number != 2 || u.Address != "grace@example.org" || u.FirstName != "Grace" || u.Type != "" ||
			u.Role != rekey.RoleManager || !maps.Equal(u.Attributes, map[string]string{"Team": "Compilers, old"}) {
			t.Errorf("%s: read %+v", name, lines[0])
		}
		if v := lines[1].User; lines[1].Number != 4 || v.Address != "alan@example.org" || v.Role != "" || v.Attributes != nil {
			t.Errorf("%s: read %+v", name, lines[1])
		}
	}
}

func TestBadFileIsRefusedByLine(t *testing.T) {
	t.Parallel()
	many := "address\n" + strings.Repeat("a@example.org\n", rekey.MaxImport)
	if file, err := Read(strings.NewReader(many), UnknownIgnored); err != nil || len(file.Lines) != rekey.MaxImport {
		t.Errorf("as many as are allowed: %d, %v", len(file.Lines), err)
	}
	for name, c := range map[string]struct {
		text   string
		code   rekey.Code
		fields string
		says   string
	}{
		"nothing at all":     {"", rekey.CodeInvalid, "line 1", "empty"},
		"two names of one":   {"address,e-mail,nick\n", rekey.CodeInvalid, "line 1", `the columns "address" and "e-mail" mean the same`},
		"attribute of none":  {"address,attribute.\n", rekey.CodeInvalid, "line 1", "not known"},
		"too many columns":   {"address" + strings.Repeat(",a", maxColumns) + "\n", rekey.CodeInvalid, "line 1", fmt.Sprintf("At most %d", maxColumns)},
		"a column twice":     {"address,Address\n", rekey.CodeInvalid, "line 1", "twice"},
		"no address":         {"first_name\n", rekey.CodeInvalid, "line 1", "The column address is missing"},
		"uneven lines":       {"address,role\na@example.org\nb@example.org,member\nc@example.org,,\n", rekey.CodeInvalid, "line 2", "There are 2 columns"},
		"a lone quote":       {"address\na@example.org\n\"b\n", rekey.CodeInvalid, "line 3", "quotation mark"},
		"a quote within":     {"address\na\"b\n", rekey.CodeInvalid, "line 2", "quotation mark"},
		"Latin-1":            {"address,first_name\na@example.org,Jos\xe9\n", rekey.CodeInvalid, "line 2", "UTF-8"},
		"UTF-16 cut off":     {"\xff\xfea\x00d\x00\x00", rekey.CodeInvalid, "line 1", "UTF-8"},
		"one line too many":  {many + "b@example.org\n", rekey.CodeTooLarge, "", "10,000"},
		"one byte too large": {strings.Repeat("a", MaxBytes+1), rekey.CodeTooLarge, "", "5 MiB"},
	} {
		file, err := Read(strings.NewReader(c.text), UnknownIgnored)
		var e *rekey.Error
		if file.Lines != nil || !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if fields := fieldsOf(e); fields != c.fields || !strings.Contains(e.Error(), c.says) {
			t.Errorf("%s: fields %q, %v", name, fields, e)
		}
	}
	_, err := Read(iotest.ErrReader(io.ErrUnexpectedEOF), UnknownIgnored)
	if rekey.CodeOf(err) != rekey.CodeMalformed {
		t.Errorf("broken off: %v", err)
	}
	uneven, err := Read(strings.NewReader("address\n"+strings.Repeat("a,b\n", 10*maxProblems)), UnknownIgnored)
	var e *rekey.Error
	if !errors.As(err, &e) || len(e.Fields) != maxProblems || uneven.Lines != nil {
		t.Errorf("a thousand bad lines: %v", err)
	}
}

func fieldsOf(e *rekey.Error) string {
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, f.Path())
	}
	return strings.Join(fields, "|")
}

// What a file costs is bounded by its length, whatever is in it: reading one takes
// it into memory, which costs several times its length while
// buffers grow.
//
//nolint:paralleltest // it measures what all goroutines allocate
func TestFileOfNothingButDividersCostsLittle(t *testing.T) {
	const most = 12 * MaxBytes
	for name, c := range map[string]struct{ head, filler, says string }{
		"commas":                    {"", ",", "line 1: There are more than"},
		"semicolons":                {"", ";", "line 1: There are more than"},
		"commas below the titles":   {"address\n", ",", "line 2: There are more than"},
		"commas after a quotation":  {"address\n\"a\nb\"", ",", "line 2: There are more than"},
		"commas in a quotation":     {"address\n\"", ",", "quotation mark"},
		"commas after a lone quote": {"address\na\"b", ",", "quotation mark"},
		"line ends":                 {"", "\n", "The file is empty"},
		"line ends of Windows":      {"address\r\n", "\r\n", ""},
		"uneven lines":              {"address,role\n", "x\n", "There are 2 columns"},
		"quotation marks":           {"address\n", "\"\"", ""},
	} {
		text := c.head + strings.Repeat(c.filler, (MaxBytes-len(c.head))/len(c.filler))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(strings.NewReader(text), UnknownIgnored)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > most {
			t.Errorf("%s: %d MiB were allocated", name, got>>20)
		}
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}
