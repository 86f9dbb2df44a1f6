package console

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/console/view"
	"rekey/internal/console/words"
	"rekey/internal/server"
)

// frame returns the parts of every page, for the user who sent the request.
// section is the path of the page's entry in the navigation, "" for none.
func (c *Console) frame(r *http.Request, title, section string) view.Frame {
	l := c.language(r)
	f := view.Frame{Title: title, System: c.System, Section: section, Notice: l.Say(noticeOf(r)), Warned: warnings[r.URL.Query().Get("notice")], Theme: themeOf(r), Language: l}
	if r.Method == http.MethodGet {
		f.Path = r.URL.RequestURI()
	}
	e, in := access.EntryFrom(r.Context())
	f.In, f.For = in, e.User.ID
	if !in || e.MustChange() {
		return f
	}
	f.Me = &view.Me{
		Name: e.User.Name(), Address: e.User.Address,
		Role: e.User.Role.Label(), Shortcuts: shortcutsOf(r),
		Defines: e.User.Authority().MayDefine(), Administers: e.User.Authority().MayAdminister(), Directories: c.Admin.HasDirectories(),
	}
	if f.Me.Name == "" {
		f.Me.Name = e.User.Address
	}
	if f.Me.Defines {
		f.Alarm = c.alarm()
	}
	f.Paused = c.pausedStrip(r)
	return f
}

// show writes a page. The whole page is made before the first byte is sent.
func (c *Console) show(w http.ResponseWriter, r *http.Request, status int, page view.Page) {
	var body bytes.Buffer
	if err := view.Render(&body, page); err != nil {
		c.unmade(w, r, err)
		return
	}
	c.write(w, status, body.Bytes())
}

// showPart writes one block of a page's template, to replace that part in place.
func (c *Console) showPart(w http.ResponseWriter, r *http.Request, page view.Page, block string) {
	var body bytes.Buffer
	if err := view.Fragment(&body, page, block); err != nil {
		c.unmade(w, r, err)
		return
	}
	c.write(w, http.StatusOK, body.Bytes())
}

func (c *Console) unmade(w http.ResponseWriter, r *http.Request, err error) {
	c.Logger.ErrorContext(r.Context(), "page not made", "error", err.Error(), "request_id", server.From(r.Context()).ID)
	http.Error(w, "Something went wrong here.", http.StatusInternalServerError)
}

func (c *Console) write(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // made by templates, which escape; whoever does not read it cannot be told
}

// leadTo redirects the browser to a page of the console. to is a path that this
// package has made, with the id of an existing record.
func leadTo(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// moment returns at in the time zone of the reader.
func (c *Console) moment(r *http.Request, at time.Time) view.Moment {
	if at.IsZero() {
		return view.Moment{}
	}
	return view.Moment{At: at.In(c.readerZone(r)), Now: c.Clock(), In: c.language(r)}
}

// language is what a reader is answered in. Pages for those who define automations are
// in English. Visitors and Members read their own language, that of their browser or
// that of the system: the first that there is.
func (c *Console) language(r *http.Request) words.Language {
	e := entry(r)
	if !e.MustChange() && e.User.Authority().MayDefine() {
		return words.English
	}
	return words.Of(e.User.Language, r.Header.Get("Accept-Language"), c.Language)
}

// readerZone is the time zone in which pages show times: the reader's own, or that of
// their browser, which a script tells, or that of the system.
func (c *Console) readerZone(r *http.Request) *time.Location {
	u := entry(r).User
	if u.TimeZone == "" {
		u.TimeZone = zoneOfBrowser(r)
	}
	return c.zoneOf(u)
}

// zoneOf is the time zone of a user, or that of the system.
func (c *Console) zoneOf(u rekey.SystemUser) *time.Location {
	if u.TimeZone != "" {
		if own, err := rekey.LoadZone(u.TimeZone); err == nil {
			return own
		}
	}
	return c.zone
}

var typeTexts = map[rekey.UserType]string{
	rekey.TypeUI:     "UI: logs in here",
	rekey.TypeAPI:    "API: calls the API",
	rekey.TypeHybrid: "Hybrid: logs in here and calls the API",
}

// notices are the messages of a page after a redirect, by the word in its
// address. Each verb adds its own.
var notices = map[string]string{ //nolint:gosec // these speak of passwords and hold none
	"password-changed":       "Your new password is set. All other sessions have ended.",
	"password-changed-api":   "Your new password is set. Put it into the program that calls the API. An API user cannot log in here.",
	"password-changed-there": "Your new password is set in the directory. Use it there from now on; on this page it does not log in.",
	"selection-created":      "The selection is created.",
	"selection-saved":        "The selection is saved.",
	"selection-deleted":      "The selection is deleted.",
	"logged-out":             "You are logged out.",
	"token-confirmed":        "The token can be used again.",
	"token-revoked":          "The token is revoked. The next call with it is refused.",
	"user-blocked":           "Blocked. Sessions and mailed passwords have ended, and tokens are refused.",
	"user-restored":          "Restored. Their password works again.",
	"user-deleted":           "The system user is deleted.",
	"user-created":           "The system user is created. They have no password until one is sent.",
	"account-saved":          "Your profile is saved.",
	"sessions-ended":         "Ended. The other browser or program must log in again.",
	"shortcuts-on":           "Keyboard shortcuts are on in this browser.",
	"shortcuts-off":          "Keyboard shortcuts are off in this browser.",
	"user-saved":             "Saved.",
}

func noticeOf(r *http.Request) string {
	query := r.URL.Query()
	if name := query.Get("notice"); name != "users-imported" {
		return notices[name]
	}
	return importedNotice(query)
}

// entry returns the session's user and password for a request that needs a session.
func entry(r *http.Request) access.Entry {
	e, _ := access.EntryFrom(r.Context())
	return e
}

// actor returns the user who sent a request, read from the database for it.
func actor(r *http.Request) rekey.SystemUser { return entry(r).User }

// alarm returns the warning that every page shows while mail cannot be sent.
func (c *Console) alarm() *view.Alarm {
	if c.Mail == nil || c.Mail.Down(c.Clock()).IsZero() {
		return nil
	}
	return &view.Alarm{Text: "No mail can be sent. New passwords wait. Old passwords still work, unless they were revoked. Rekey retries automatically.",
		Link: view.Link{Text: "See the reply", Href: "/mail"}}
}
