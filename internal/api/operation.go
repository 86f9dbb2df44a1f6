package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/validation"

	"rekey"
	"rekey/client"
	"rekey/internal/server"
	"rekey/internal/strictjson"
)

// missing begins the message for a required field that is not there. The field's
// name follows.
const missing = "Missing: "

// located separates the field of an error from its message: huma passes on only
// the text of an error from readJSON.
const located = "\x00"

// jsonFormat reads bodies more strictly than encoding/json, and says in our words
// what is wrong.
var jsonFormat = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}

func readJSON(text []byte, v any) error {
	err := strictjson.CheckNumbers(text)
	if err == nil {
		err = strictjson.Explain(json.Unmarshal(text, v), text)
	}
	if wrong, ok := errors.AsType[*strictjson.Error](err); ok && wrong.Field != "" {
		return errors.New(wrong.Field + located + wrong.Message)
	}
	return err
}

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
	validation.MsgUnexpectedProperty = "This field is unknown."
	validation.MsgExpectedRFC3339DateTime = rekey.MomentRule
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

// problemOf turns the errors that huma found into a problem. It leaves out the
// wrong values: they may be passwords.
func problemOf(ctx context.Context, status int, detail string, found []error) *server.Problem {
	if _, ok := errors.AsType[*http.MaxBytesError](errors.Join(found...)); ok {
		return server.NewProblem(ctx, http.StatusRequestEntityTooLarge, "")
	}
	switch status {
	case http.StatusUnprocessableEntity:
		return server.NewProblem(ctx, status, "The input is not valid.", fieldsOf(found)...)
	case http.StatusBadRequest:
		fields := fieldsOf(found)
		if len(found) == 0 {
			return server.NewProblem(ctx, status, "A body is required.")
		}
		if len(fields) == 1 && fields[0].Field == "body" { // the text is no JSON
			return server.NewProblem(ctx, status, "The body is not valid JSON. "+fields[0].Message, fields...)
		}
		return server.NewProblem(ctx, status, "The body is not valid.", fields...)
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
			fields = append(fields, rekey.FieldError{Field: "body", Message: "This cannot be read."})
			continue
		}
		detail := detailer.ErrorDetail()
		where, field, _ := strings.Cut(detail.Location, ".")
		message := detail.Message
		if name, ok := strings.CutPrefix(message, missing); ok {
			field, message = strings.TrimPrefix(field+"."+name, "."), "This is required."
		}
		if name, words, ok := strings.Cut(message, located); ok {
			field, message = name, words
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
	errors           []int // besides those of every operation
	most             int64 // size limit of the body in bytes; 0 is maxBody
}

// handle registers an operation. do is called only for recognised callers.
func handle[I, O any](a *API, r route, do func(ctx context.Context, caller rekey.SystemUser, in *I) (*O, error)) {
	_, hasBody := typeOf[I]().FieldByName("Body")
	_, hasFile := typeOf[I]().FieldByName("RawBody")
	huma.Register(a.huma, r.operation(hasBody || hasFile), func(ctx context.Context, in *I) (*O, error) {
		caller := callerOf(ctx).User
		err := a.findUser(ctx, caller, in)
		var out *O
		if err == nil {
			out, err = do(ctx, caller, in)
		}
		if err != nil {
			return nil, server.Explain(ctx, a.log, err)
		}
		return out, nil
	})
}

// findUser replaces the address in a path that names a system user by the id.
func (a *API) findUser(ctx context.Context, caller rekey.SystemUser, in any) error {
	path, ok := in.(interface{ user() *string })
	if !ok || !strings.Contains(*path.user(), "@") {
		return nil
	}
	u, err := a.admin.FindUser(ctx, caller, *path.user())
	*path.user() = u.ID
	return err
}

// always lists the error statuses that every operation may answer with.
var always = []int{
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestEntityTooLarge, http.StatusMisdirectedRequest,
	http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
}

// statuses returns all error statuses of the operation, sorted.
func (r route) statuses(hasBody bool) []int {
	all := append(slices.Clone(always), r.errors...)
	if hasBody {
		all = append(all, http.StatusRequestTimeout, http.StatusUnsupportedMediaType)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (r route) operation(hasBody bool) huma.Operation {
	return huma.Operation{
		OperationID: r.id, Method: r.method, Path: client.Prefix + r.path, Tags: []string{r.tag},
		Summary: r.summary, Description: r.about, DefaultStatus: r.status, MaxBodyBytes: cmp.Or(r.most, maxBody),
		Errors:   r.statuses(hasBody),
		Security: []map[string][]string{{"basic": {}}, {"bearer": {}}},
	}
}

// authenticated refuses callers who are not recognised.
func (a *API) authenticated(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	caller, err := a.recognise(r, ctx.Operation().OperationID == changePassword)
	if err == nil {
		err = checkQuery(r)
	}
	if err != nil {
		server.Answer(w, r, a.log, err)
		return
	}
	next(huma.WithValue(ctx, callerKey{}, caller))
}

// discard reads what is left of a body, within the server's limit.
func discard(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // otherwise the client may not read the answer
}
