package console

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/iotest"

	"rekey"
	"rekey/internal/userfile"
)

func TestImportsBeyondTwoAreRefusedBeforeTheirFileIsRead(t *testing.T) {
	t.Parallel()
	c := &Console{Config: Config{Imports: userfile.NewTurns()}}
	c.Imports.Wait = 0
	for range 2 {
		done, err := c.Imports.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer done()
	}
	unread := iotest.ErrReader(errors.New("the file was read"))
	for name, handle := range map[string]func(http.ResponseWriter, *http.Request) error{"preview": c.previewImport, "apply": c.applyImport} {
		err := handle(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, importPath, unread))
		if !errors.Is(err, userfile.ErrBusy) {
			t.Errorf("%s: %v", name, err)
		}
		sent := bytes.NewReader(make([]byte, 5<<20))
		err = handle(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, importPath, sent))
		if !errors.Is(err, userfile.ErrBusy) || sent.Len() > 0 {
			t.Errorf("%s: %v, and %d bytes of the file that a browser still sends", name, err, sent.Len())
		}
	}
}

func TestBadLinesOfAFileOfLineEndsAreQuotedWithoutDividingIt(t *testing.T) {
	t.Parallel()
	file := bytes.Repeat([]byte("\n"), 1000)
	file = append(file, "the bad one\r\n"...)
	bad := badLines(string(file), []rekey.FieldError{{Line: 1001, Message: "m"}, {Line: 3, Field: "role", Message: "r"}, {Line: 2000, Message: "none"}})
	if len(bad) != 3 || bad[0].Number != 3 || bad[0].Text != "" || bad[1].Text != "the bad one" || bad[2].Text != "" {
		t.Errorf("%+v", bad)
	}
}
