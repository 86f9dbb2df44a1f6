package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/server"
)

//go:embed view/*.html
var viewFiles embed.FS

// views are the templates by name, each with the layout around it.
type views map[string]*template.Template

var viewNames = []string{"change", "error", "forgot", "home", "login", "setup"}

func parseViews(a assets) (views, error) {
	v := views{}
	layout, err := template.New("layout.html").Funcs(template.FuncMap{"asset": a.path}).
		ParseFS(viewFiles, "view/layout.html", "view/parts.html")
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	for _, name := range viewNames {
		page, err := layout.Clone()
		if err == nil {
			page, err = page.ParseFS(viewFiles, "view/"+name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("console: %w", err)
		}
		v[name] = page
	}
	return v, nil
}

// frame is what every page has.
type frame struct {
	Title  string
	System string
	// Notice says what has just been done.
	Notice string
	// Problem is what was wrong with the form that was sent.
	Problem problem
	// In: there is a session to leave.
	In bool
}

func (c *Console) frame(title string) frame { return frame{Title: title, System: c.System} }

// problem is what was wrong with a form.
type problem struct {
	Status int
	// Message is for what no field is to blame for.
	Message string
	Fields  []rekey.FieldError
}

// Any reports whether anything was wrong.
func (p problem) Any() bool { return p.Message != "" || len(p.Fields) > 0 }

// Of returns what was wrong with a field.
func (p problem) Of(field string) []string {
	var messages []string
	for _, f := range p.Fields {
		if f.Field == field {
			messages = append(messages, f.Message)
		}
	}
	return messages
}

// field is a field of a form, for the templates.
type field struct {
	Name, Label, Kind, Value, Autocomplete, Hint string
	Errors                                       []string
	// Also is the id of something else that describes the field.
	Also     string
	Optional bool
	Focus    bool
}

// Described lists the ids of what describes the field.
func (f field) Described() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	if len(f.Errors) > 0 {
		ids = append(ids, f.Name+"-error")
	}
	if f.Also != "" {
		ids = append(ids, f.Also)
	}
	return strings.Join(ids, " ")
}

// moment is a time as a page shows it.
type moment struct{ at time.Time }

// Machine is the moment for programs.
func (m moment) Machine() string { return m.at.UTC().Format(time.RFC3339) }

// Text is the moment for people, with its zone.
func (m moment) Text() string { return m.at.Format("2 January 2006, 15:04 MST") }

// Known reports whether there is such a moment.
func (m moment) Known() bool { return !m.at.IsZero() }

// moment returns at in the time zone of the user.
func (c *Console) moment(at time.Time, u rekey.SystemUser) moment {
	if at.IsZero() {
		return moment{}
	}
	zone := c.zone
	if u.TimeZone != "" {
		if own, err := rekey.LoadZone(u.TimeZone); err == nil {
			zone = own
		}
	}
	return moment{at.In(zone)}
}

// show writes a page. It is made as a whole before the first byte is sent.
func (c *Console) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	var body bytes.Buffer
	if err := c.views[name].Execute(&body, page); err != nil {
		c.Logger.ErrorContext(r.Context(), "page not made", "page", name, "error", err.Error(), "request_id", server.From(r.Context()).ID)
		http.Error(w, "Something went wrong here.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // whoever does not read the page cannot be told
}

// who is shown on the pages of those who came in.
type who struct {
	Name    string // or the address of somebody without a name
	Address string
	Type    string
	Role    string
}

func whoIs(u rekey.SystemUser) who {
	w := who{Name: u.Name(), Address: u.Address, Type: typeTexts[u.Type], Role: roleTexts[u.Role]}
	if w.Name == "" {
		w.Name = u.Address
	}
	return w
}

var typeTexts = map[rekey.UserType]string{
	rekey.TypeUI:     "UI: logs in here",
	rekey.TypeAPI:    "API: calls the API",
	rekey.TypeHybrid: "Hybrid: logs in here and calls the API",
}

var roleTexts = map[rekey.Role]string{
	rekey.RoleAdministrator: "Administrator",
	rekey.RoleManager:       "Manager",
	rekey.RoleOperator:      "Operator",
	rekey.RoleMember:        "Member",
}

// notices are what a page says after a redirect, by the word in its address.
var notices = map[string]string{
	"password-changed":     "Your new password is set. All other sessions were ended.",
	"password-changed-api": "Your new password is set. Put it into the program that calls the API; this kind of user does not log in here.",
	"logged-out":           "You are logged out.",
	"ended":                "Your session has ended. Log in again.",
}

func noticeOf(r *http.Request) string { return notices[r.URL.Query().Get("notice")] }

// entry is who sent a request that only those who came in can send.
func entry(r *http.Request) access.Entry {
	e, _ := access.EntryFrom(r.Context())
	return e
}
