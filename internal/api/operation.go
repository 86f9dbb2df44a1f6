package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/validation"

	"rekey"
	"rekey/client"
	"rekey/internal/server"
)

// missing begins the message for a field that is required and not there; what
// follows is its name.
const missing = "Missing: "

// huma is set up through variables of its package.
func init() {
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, detail string, found ...error) huma.StatusError {
		return problemOf(context.Background(), status, detail, found)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, detail string, found ...error) huma.StatusError {
		return problemOf(ctx.Context(), status, detail, found)
	}
	validation.MsgExpectedRequiredProperty = missing + "%s"
	validation.MsgUnexpectedProperty = "There is no such field."
	validation.MsgExpectedRFC3339DateTime = "Give a moment such as 2026-01-31T12:00:00Z."
	validation.MsgExpectedBoolean = "Give true or false."
	validation.MsgExpectedNumber = "Give a number."
	validation.MsgExpectedInteger = "Give a whole number."
	validation.MsgExpectedString = "Give a text."
	validation.MsgExpectedArray = "Give a list."
	validation.MsgExpectedObject = "Give an object."
	validation.MsgExpectedOneOf = `Choose one of "%s".`
	validation.MsgExpectedMinLength = "Give at least %d characters."
	validation.MsgExpectedMaxLength = "Give at most %d characters."
	validation.MsgExpectedMinItems = "Give at least %d."
	validation.MsgExpectedMaxItems = "Give at most %d."
	validation.MsgExpectedMinimumNumber = "Give %v or more."
	validation.MsgExpectedMaximumNumber = "Give %v or less."
}

// problemOf turns what huma found wrong with a request into a problem. The
// values that were wrong stay out of it: they may be passwords.
func problemOf(ctx context.Context, status int, detail string, found []error) *server.Problem {
	if _, ok := errors.AsType[*http.MaxBytesError](errors.Join(found...)); ok {
		return server.NewProblem(ctx, http.StatusRequestEntityTooLarge, "")
	}
	switch status {
	case http.StatusUnprocessableEntity:
		return server.NewProblem(ctx, status, "The input is not valid.", fieldsOf(found)...)
	case http.StatusBadRequest:
		fields := fieldsOf(found)
		if len(fields) == 1 && fields[0].Field == "body" { // the text is no JSON
			return server.NewProblem(ctx, status, "The body is not valid JSON: "+fields[0].Message+".", fields...)
		}
		return server.NewProblem(ctx, status, "A body is required.", fields...)
	case http.StatusInternalServerError: // the body broke off
		return server.NewProblem(ctx, http.StatusBadRequest, "The body could not be read.")
	case http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusRequestTimeout:
		return server.NewProblem(ctx, status, "")
	default:
		return server.NewProblem(ctx, status, detail)
	}
}

// fieldsOf names fields as the caller wrote them: "delay.value", not
// "body.delay.value".
func fieldsOf(found []error) []rekey.FieldError {
	var fields []rekey.FieldError
	for _, err := range found {
		var detailer huma.ErrorDetailer
		if !errors.As(err, &detailer) {
			fields = append(fields, rekey.FieldError{Field: "body", Message: "It cannot be read."})
			continue
		}
		detail := detailer.ErrorDetail()
		where, field, _ := strings.Cut(detail.Location, ".")
		message := detail.Message
		if name, ok := strings.CutPrefix(message, missing); ok {
			field, message = strings.TrimPrefix(field+"."+name, "."), "This is required."
		}
		if field == "" {
			field = where
		}
		fields = append(fields, rekey.FieldError{Field: field, Message: message})
	}
	return fields
}

// route describes an operation. Its path is below client.Prefix.
type route struct {
	id, method, path string
	tag              string
	summary, about   string
	status           int   // of success; 0 is 200
	errors           []int // beside those of every operation
}

// handle registers an operation for whoever is recognised.
func handle[I, O any](a *API, r route, do func(ctx context.Context, caller rekey.SystemUser, in *I) (*O, error)) {
	huma.Register(a.huma, r.operation(), func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, callerOf(ctx).User, in)
		if err != nil {
			return nil, server.Explain(ctx, a.log, err)
		}
		return out, nil
	})
}

func (r route) operation() huma.Operation {
	always := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable}
	if r.method == http.MethodPost || r.method == http.MethodPut {
		always = append(always, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return huma.Operation{
		OperationID: r.id, Method: r.method, Path: client.Prefix + r.path, Tags: []string{r.tag},
		Summary: r.summary, Description: r.about, DefaultStatus: r.status, MaxBodyBytes: maxBody,
		Errors:   append(always, r.errors...),
		Security: []map[string][]string{{"basic": {}}, {"bearer": {}}},
	}
}

// authenticated lets nobody pass who is not recognised.
func (a *API) authenticated(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	caller, err := a.recognise(r, ctx.Operation().OperationID == changePassword)
	if err != nil {
		server.Answer(w, r, a.log, err)
		return
	}
	next(huma.WithValue(ctx, callerKey{}, caller))
}

// discard reads what is left of a body, within the server's limit.
func discard(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // it is read so that the answer is
}
