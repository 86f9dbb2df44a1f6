package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"rekey"
	"rekey/client"
)

// ProblemsPath is the page that describes the kinds of problems.
const ProblemsPath = "/api/docs/problems"

// Kind is a kind of problem.
type Kind struct {
	Code        rekey.Code
	Status      int
	Title       string
	Description string // what happened, and what the caller can do
}

// Codes of HTTP, besides those of the domain.
const (
	CodeTimeout      rekey.Code = "timeout"                // 408
	CodeMethod       rekey.Code = "method_not_allowed"     // 405
	CodeMediaType    rekey.Code = "unsupported_media_type" // 415
	CodeMisdirected  rekey.Code = "misdirected"            // 421
	CodePrecondition rekey.Code = "precondition_required"  // 428
)

var kinds = []Kind{
	{rekey.CodeMalformed, http.StatusBadRequest, "The request cannot be read", "The body does not match its content type, is incomplete, or has more after its end; or a parameter cannot be read. Correct the request and send it again."},
	{rekey.CodeUnauthenticated, http.StatusUnauthorized, "The credentials are missing or wrong", "Send Basic credentials of an API or Hybrid user, or a bearer token. The answer does not say what was wrong. A mailed password works only for PUT /api/v1/account/password."},
	{rekey.CodeForbidden, http.StatusForbidden, "You may not do this", "The credentials are right, but the caller's role or record does not allow this."},
	{rekey.CodeNotFound, http.StatusNotFound, "Not found", "It does not exist, was deleted, or you may not see it."},
	{CodeMethod, http.StatusMethodNotAllowed, "Method not allowed", "The header Allow lists the methods of this address."},
	{CodeTimeout, http.StatusRequestTimeout, "The request took too long to arrive", "Send it again, faster."},
	{rekey.CodeConflict, http.StatusConflict, "This conflicts with stored data", "For example a name that is taken, a selection that is in use, or an event whose source and id were posted before with other content."},
	{rekey.CodeStale, http.StatusPreconditionFailed, "Somebody saved a newer version", "The version in If-Match is out of date. Read the record again, then make the change again."},
	{rekey.CodeTooLarge, http.StatusRequestEntityTooLarge, "The request is too large", "Events: at most 1 MiB in all. Everything else: at most 64 KiB."},
	{CodeMediaType, http.StatusUnsupportedMediaType, "This content type is not supported", "Send application/json; for events application/cloudevents+json, application/cloudevents-batch+json, or the headers of the binary mode."},
	{CodeMisdirected, http.StatusMisdirectedRequest, "This server has another name", "The request names a host other than that of public_url. Use that address, or ask the operator to add the name to the setting hosts."},
	{rekey.CodeInvalid, http.StatusUnprocessableEntity, "The input is not valid", "The request is readable, but breaks a rule. The list errors names each field and says what would be right."},
	{CodePrecondition, http.StatusPreconditionRequired, "The version is missing", "A write to a system user, a selection or an automation needs If-Match with the ETag that was read, so that no change is lost."},
	{rekey.CodeLimited, http.StatusTooManyRequests, "Too many requests", "Wait for the time that Retry-After gives."},
	{rekey.CodeInternal, http.StatusInternalServerError, "Something went wrong here", "The error is in Rekey, not in your request. The server's log has the cause, under the id of the request."},
	{rekey.CodeUnavailable, http.StatusServiceUnavailable, "Not available now", "The server is busy, starting or stopping. Try again in a moment; Retry-After says when."},
}

// Kinds lists the kinds of problems by status.
func Kinds() []Kind { return kinds }

// kindOf returns the first kind that fits, or the internal one.
func kindOf(fits func(Kind) bool) Kind {
	internal := Kind{}
	for _, k := range kinds {
		if fits(k) {
			return k
		}
		if k.Code == rekey.CodeInternal {
			internal = k
		}
	}
	return internal
}

// StatusOf returns the HTTP status for a code.
func StatusOf(code rekey.Code) int {
	return kindOf(func(k Kind) bool { return k.Code == code }).Status
}

// Problem is an error as it is sent to the client (RFC 9457).
type Problem struct { //nolint:errname // it is what RFC 9457 calls it
	client.Problem

	headers http.Header
}

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns the headers that go with the status.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType returns the content type of the answer.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// NewProblem returns the problem for a status. Without a kind of its own, 4xx
// becomes CodeMalformed and 5xx CodeInternal. An empty detail becomes the kind's
// description.
func NewProblem(ctx context.Context, status int, detail string, fields ...rekey.FieldError) *Problem {
	k := kindOf(func(k Kind) bool { return k.Status == status })
	if k.Status != status && status < http.StatusInternalServerError {
		k = kindOf(func(k Kind) bool { return k.Code == rekey.CodeMalformed })
	}
	if detail == "" {
		detail = k.Description
	}
	p := &Problem{Problem: client.Problem{
		Type: ProblemsPath + "#" + string(k.Code), Title: k.Title, Status: k.Status,
		Detail: detail, Instance: From(ctx).ID, Code: string(k.Code), Errors: fields,
	}, headers: http.Header{}}
	switch k.Status {
	case http.StatusUnauthorized:
		p.headers.Add("WWW-Authenticate", `Basic realm="Rekey", charset="UTF-8"`)
		p.headers.Add("WWW-Authenticate", `Bearer realm="Rekey"`)
	case http.StatusServiceUnavailable:
		p.headers.Set("Retry-After", "2")
	case http.StatusTooManyRequests:
		p.headers.Set("Retry-After", "60")
	}
	return p
}

// Explain turns any error into a problem. If the cause is not the caller's, such as
// a defect or a database that cannot be reached, it logs it.
func Explain(ctx context.Context, log *slog.Logger, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var known *rekey.Error
	if !errors.As(err, &known) {
		known = unknown(err)
	}
	fields := slices.Clone(known.Fields)
	for i, f := range fields {
		fields[i].Field = f.Path()
	}
	p = NewProblem(ctx, StatusOf(known.Code), known.Message, fields...)
	var later interface{ RetryAfter() time.Duration }
	if errors.As(err, &later) && later.RetryAfter() > 0 {
		p.headers.Set("Retry-After", strconv.Itoa(int(later.RetryAfter().Round(time.Second).Seconds())))
	}
	if known.Code == rekey.CodeInternal {
		p.Detail = kindOf(func(k Kind) bool { return k.Code == rekey.CodeInternal }).Description
		log.ErrorContext(ctx, "request failed", "request_id", p.Instance, "error", causes(err))
	} else if known.Code == rekey.CodeUnavailable && known.Cause != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "request not possible now", "request_id", p.Instance, "error", causes(err))
	}
	return p
}

// unknown returns the rekey.Error for an error that is none.
func unknown(err error) *rekey.Error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &rekey.Error{Code: rekey.CodeTooLarge, Cause: err}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &rekey.Error{Code: rekey.CodeUnavailable, Message: "This took too long and was stopped. Please try again.", Cause: err}
	default:
		return &rekey.Error{Code: rekey.CodeInternal, Cause: err}
	}
}

// causes returns the text of an error with its cause, which a rekey.Error does not
// show.
func causes(err error) string {
	text := err.Error()
	var known *rekey.Error
	if errors.As(err, &known) && known.Cause != nil {
		text += ": " + known.Cause.Error()
	}
	return text
}

// Answer writes the problem for an error.
func Answer(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	Explain(r.Context(), log, err).Write(w)
}

// Write writes the answer.
func (p *Problem) Write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil {
		http.Error(w, p.Title, p.Status) // texts and numbers can always be marshalled
		return
	}
	header := w.Header()
	maps.Copy(header, p.headers)
	header.Set("Content-Type", p.ContentType(""))
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // there is nobody to tell if the client is gone
}
