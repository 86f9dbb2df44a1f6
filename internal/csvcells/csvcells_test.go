package csvcells_test

import (
	"strings"
	"testing"

	"rekey/internal/csvcells"
)

func TestNoCellRunsInASpreadsheet(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "Ada": "Ada", "a=1": "a=1", "'=1": "'=1",
		`=HYPERLINK("http://evil")`: `'=HYPERLINK("http://evil")`, "+49 30": "'+49 30", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "＝1": "'＝1",
	} {
		if got := csvcells.Harmless(cell); got != want {
			t.Errorf("%q became %q, not %q", cell, got, want)
		}
	}
}

func TestLinesAreThoseOfRFC4180(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	w := csvcells.NewWriter(&text)
	for _, cells := range [][]string{{"name", "why"}, {`Ada "Countess" Byron`, "=1,2"}} {
		if err := w.Write(cells...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if want := "name,why\r\n\"Ada \"\"Countess\"\" Byron\",\"'=1,2\"\r\n"; text.String() != want {
		t.Errorf("%q, not %q", text.String(), want)
	}
}
