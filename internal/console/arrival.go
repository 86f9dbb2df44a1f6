package console

import (
	"cmp"
	"net/http"
	"path"
	"slices"
	"time"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

// Who is not in, or has to choose a password first, is led to where they wanted to go:
//
//	GET /runs/1 ──► /login?next=/runs/1 ──► (/change-password?next=/runs/1) ──► /runs/1
//
// A form that was sent is shown again there, with what was typed: see keptForm.

func init() {
	notices["ended"] = "Your session has ended. Please log in again."
	notices["password-ended"] = "Your password was changed or revoked, and this session has ended. Log in with your newest password."
	notices["mailed-ended"] = "The password from the mail no longer works: it has expired, or a newer mail replaced it. Use the newest mail, or ask for another."
	notices["elsewhere"] = "You are no longer logged in. You may have logged out in another window. Please log in again."
	notices["kept"] = "Nothing was saved, because your session had ended. What you typed is here again: check it, and send it."
	notices["kept-gone"] = "What was typed before is not shown, because it belongs to another account or is more than an hour old."
}

// warnings are the notices that something was not done.
var warnings = map[string]bool{"ended": true, "password-ended": true, "mailed-ended": true, "elsewhere": true, "kept": true, "kept-gone": true}

var endings = map[access.Ending]string{
	access.EndedPassword: "password-ended", access.EndedMailed: "mailed-ended", access.EndedOther: "ended",
}

// After a log-out, a cookie tells the other tabs of the browser why they are out.
const (
	leftCookie = "rekey-left"
	leftFor    = 12 * time.Hour // as long as a session
)

// ending is the notice of why a request came without a session; "" if its browser had
// none. madeFor is the user whose page a form was sent from, if it says so.
func ending(r *http.Request, madeFor string) string {
	notice := endings[access.EndedFrom(r.Context())]
	if notice == "" && (madeFor != "" || cookie(r, leftCookie) != "") {
		return "elsewhere"
	}
	return notice
}

// leadToLogIn sends a request without a session to the log-in, and afterwards to where
// it wanted to go. If a form was sent, the log-in page carries what was typed.
func (c *Console) leadToLogIn(w http.ResponseWriter, r *http.Request, route route, madeFor string) error {
	notice := ending(r, madeFor)
	_, kept, err := c.keepForm(w, r, route, madeFor)
	if err != nil {
		return err
	}
	if kept == "" {
		http.Redirect(w, r, with(logInPath, "next", c.wanted(r, route), "notice", notice), http.StatusSeeOther)
		return nil
	}
	page := c.logInPage(r, form.LogIn{Kept: kept}, view.Problem{})
	l := page.Language
	page.Warned = true
	page.Notice = l.Say(notices[cmp.Or(notice, "ended")]) + " " + l.Say("What you typed is kept for an hour. After you log in, you see it again and can send it.")
	c.show(w, r, http.StatusUnauthorized, page)
	return nil
}

// leadToChange sends a session that must choose a password to the page for it, and
// afterwards to where it wanted to go.
func (c *Console) leadToChange(w http.ResponseWriter, r *http.Request, route route, madeFor string) error {
	next := c.wanted(r, route)
	k, sealed, err := c.keepForm(w, r, route, madeFor)
	if err == nil && sealed != "" {
		next = c.pageOf(k)
		err = c.Sessions.Keep(r.Context(), sealed)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, with(changePath, "next", next), http.StatusSeeOther)
	return nil
}

// wanted is the page that a request wanted to see, or came from; "" for the start.
func (c *Console) wanted(r *http.Request, route route) string {
	inPart := r.Header.Get("HX-Request") != "" || r.Header.Get("Accept") == "text/event-stream"
	if into := r.Header.Get("Sec-Fetch-Dest"); inPart || into != "" && into != "document" {
		return "" // a part of a page; its script knows the page
	}
	switch {
	case route.to == toVisitors:
		return nextOf(r.URL.Query().Get("next"))
	case r.Method == http.MethodGet:
		return nextOf(r.URL.RequestURI())
	default:
		return nextOf(c.pageBehind(r.URL.Path, route.path))
	}
}

// pageBehind is the page that a form was on: the nearest path above it that has one.
func (c *Console) pageBehind(at, pattern string) string {
	for pattern != "/" {
		if slices.ContainsFunc(c.routes, func(o route) bool { return o.method == http.MethodGet && o.path == pattern && o.to != toAll }) {
			return at
		}
		at, pattern = path.Dir(at), path.Dir(pattern)
	}
	return "/"
}

// arrive leads somebody who has just logged in, or chosen a password, to where they
// wanted to go.
func (c *Console) arrive(w http.ResponseWriter, r *http.Request, next, notice string) {
	to := with(cmp.Or(nextOf(next), "/"), "notice", notice)
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // nextOf lets only paths of our own through
}

// refuseOther answers a form of a page that was made for another user: whoever is logged
// in now must not do what the other one was about to do.
func (c *Console) refuseOther(w http.ResponseWriter, r *http.Request, now rekey.SystemUser) {
	l := c.language(r)
	page := view.Error{
		Frame:   c.frame(r, l.Say("You are logged in with another account"), ""),
		Message: l.Say("This page belongs to another account. You are now logged in as %s, so nothing was done.", now.Address),
	}
	c.show(w, r, http.StatusConflict, page)
}
