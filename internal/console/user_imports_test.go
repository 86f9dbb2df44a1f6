package console

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/iotest"
	"time"

	"rekey"
)

func TestThirdImportAtOnceIsToldToComeBack(t *testing.T) {
	t.Parallel()
	places := newImports()
	places.wait = 0
	first, err := places.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := places.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := places.take(t.Context()); rekey.CodeOf(err) != rekey.CodeUnavailable {
		t.Errorf("a third: %v", err)
	}
	places.wait = time.Hour
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := places.take(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("somebody who has gone: %v", err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := places.take(t.Context())
		waiting <- err
	}()
	first()
	if err := <-waiting; err != nil {
		t.Errorf("who waited for the first to end: %v", err)
	}
}

func TestImportsBeyondTwoAreRefusedBeforeTheirFileIsRead(t *testing.T) {
	t.Parallel()
	c := &Console{imports: newImports()}
	c.imports.wait = 0
	for range importsAtOnce {
		done, err := c.imports.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer done()
	}
	unread := iotest.ErrReader(errors.New("the file was read"))
	for name, handle := range map[string]func(http.ResponseWriter, *http.Request) error{"preview": c.previewImport, "apply": c.applyImport} {
		err := handle(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, importPath, unread))
		if !errors.Is(err, errImporting) {
			t.Errorf("%s: %v", name, err)
		}
		sent := bytes.NewReader(make([]byte, 5<<20))
		err = handle(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, importPath, sent))
		if !errors.Is(err, errImporting) || sent.Len() > 0 {
			t.Errorf("%s: %v, and %d bytes of the file that a browser still sends", name, err, sent.Len())
		}
	}
}

func TestBadLinesOfAFileOfLineEndsAreQuotedWithoutDividingIt(t *testing.T) {
	t.Parallel()
	file := bytes.Repeat([]byte("\n"), 1000)
	file = append(file, "the bad one\r\n"...)
	bad := badLines(file, []rekey.FieldError{{Field: "line 1001", Message: "m"}, {Field: "line 3, role", Message: "r"}, {Field: "line 2000", Message: "none"}})
	if len(bad) != 3 || bad[0].Number != 3 || bad[0].Text != "" || bad[1].Text != "the bad one" || bad[2].Text != "" {
		t.Errorf("%+v", bad)
	}
}
