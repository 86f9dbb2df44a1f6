package console

import (
	"errors"
	"net/http"
	"strings"

	"rekey"
	"rekey/internal/console/view"
	"rekey/internal/server"
)

var (
	errNoPage     = rekey.NewError(rekey.CodeNotFound, "This page does not exist. Check the address. What the page showed may also have been deleted.")
	errNotOffered = rekey.NewError(rekey.CodeForbidden, "You do not have access to this page. Ask somebody with a higher role.")

	errMethod = errors.New("method not allowed")
)

// wrongMethod answers 405 with the methods that the path has.
func wrongMethod(w http.ResponseWriter, methods []string) error {
	w.Header().Set("Allow", strings.Join(methods, ", "))
	return errMethod
}

// fail shows the page of an error.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	page := view.Error{Frame: c.frame(r, "", "")}
	var status int
	if errors.Is(err, errMethod) {
		status = http.StatusMethodNotAllowed
		page.Title, page.Message = "This page cannot be opened directly", "Nothing was done. Go back and use the button on the page."
	} else {
		problem := server.Explain(r.Context(), c.Logger, err)
		status = problem.Status
		page.Title, page.Message = problem.Title, problem.Detail
		if status == http.StatusNotFound {
			page.Title = "Page not found"
		}
		if status >= http.StatusInternalServerError {
			page.Request = problem.Instance
		}
		for name, values := range problem.GetHeaders() {
			if name == "Retry-After" {
				w.Header()[name] = values
			}
		}
	}
	page.Title = page.Language.Say(page.Title)
	c.show(w, r, status, page)
}

// showAgain shows a form again with its errors. If the user cannot correct err in
// the form, or the form cannot be shown, it shows the error page instead.
func (c *Console) showAgain(w http.ResponseWriter, err error, show func(view.Problem) error) error {
	var known *rekey.Error
	if !errors.As(err, &known) {
		return err
	}
	switch known.Code {
	case rekey.CodeForbidden:
		if len(known.Fields) == 0 {
			return err
		}
	case rekey.CodeInvalid, rekey.CodeConflict, rekey.CodeUnauthenticated, rekey.CodeLimited, rekey.CodeUnavailable:
	default:
		return err
	}
	p := problemOf(known)
	if known.Code == rekey.CodeLimited || known.Code == rekey.CodeUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	return show(p)
}

// problemOf returns an error in the form that a page shows.
func problemOf(err *rekey.Error) view.Problem {
	p := view.Problem{Status: server.StatusOf(err.Code), Fields: err.Fields}
	if len(err.Fields) == 0 {
		p.Message = err.Message
	}
	return p
}
