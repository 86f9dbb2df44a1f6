package rekey_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"rekey"
)

// wantFields checks that err refuses exactly these fields, in this order, each
// with a sentence; none means that err must be nil.
func wantFields(t *testing.T, err error, fields ...string) {
	t.Helper()
	if len(fields) == 0 {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	var e *rekey.Error
	if !errors.As(err, &e) || e.Code != rekey.CodeInvalid {
		t.Errorf("got %v, want the fields %q refused", err, fields)
		return
	}
	var got []string
	for _, f := range e.Fields {
		got = append(got, f.Field)
		if !strings.HasSuffix(f.Message, ".") {
			t.Errorf("%s: %q is no sentence", f.Field, f.Message)
		}
	}
	if !slices.Equal(got, fields) {
		t.Errorf("refused %q, want %q", got, fields)
	}
}

func TestAnErrorNamesItsFieldsAndHidesItsCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial tcp 10.0.0.7: connection refused")
	e := &rekey.Error{Code: rekey.CodeUnavailable, Message: "Try again later.", Cause: cause}
	if e.Error() != "Try again later." || !errors.Is(e, cause) {
		t.Errorf("%q, cause %v", e.Error(), errors.Unwrap(e))
	}
	e.Fields = []rekey.FieldError{{Field: "name", Message: "Give a name."}, {Field: "delay.unit", Message: "Choose a unit."}}
	if e.Error() != "name: Give a name. delay.unit: Choose a unit." {
		t.Errorf("%q", e.Error())
	}
}

func TestTheCodeOfAnErrorIsFoundInItsChain(t *testing.T) {
	t.Parallel()
	stale := rekey.NewError(rekey.CodeStale, "Too late.")
	tests := map[rekey.Code]error{
		"":                    nil,
		rekey.CodeStale:       fmt.Errorf("save: %w", stale),
		rekey.CodeInternal:    io.ErrUnexpectedEOF,
		rekey.CodeInvalid:     rekey.Invalid("name", "Give a name."),
		rekey.CodeNotFound:    errors.Join(io.EOF, rekey.NewError(rekey.CodeNotFound, "There is no such thing.")),
		rekey.CodeMalformed:   &rekey.Error{Code: rekey.CodeMalformed, Cause: stale},
		rekey.CodeForbidden:   rekey.NewError(rekey.CodeForbidden, "No."),
		rekey.CodeUnavailable: rekey.NewError(rekey.CodeUnavailable, "Not now."),
	}
	for want, err := range tests {
		if got := rekey.CodeOf(err); got != want {
			t.Errorf("the code of %v is %q, want %q", err, got, want)
		}
	}
}

func TestProblemsAreToldAllAtOnce(t *testing.T) {
	t.Parallel()
	var p rekey.Problems
	p.Merge("delay.", nil)
	if p.Err() != nil {
		t.Fatalf("nothing was recorded, yet: %v", p.Err())
	}
	p.Add("name", "Give a name.")
	p.Merge("delay.", fmt.Errorf("wrapped: %w", rekey.Invalid("unit", "Choose a unit.")))
	p.Merge("job_params.", rekey.NewError(rekey.CodeInvalid, "Not readable."))
	p.Merge("source.", errors.New("pq: password authentication failed for user rekey"))
	wantFields(t, p.Err(), "name", "delay.unit", "job_params", "source")
	if strings.Contains(p.Err().Error(), "pq:") {
		t.Errorf("an internal cause is shown: %v", p.Err())
	}
}
