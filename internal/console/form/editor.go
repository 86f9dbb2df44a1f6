package form

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxEditor in bytes: the texts of an automation, before and after the change. Each
// character may take nine bytes: 256 KiB.
const maxEditor = 256 << 10

// Editor is the form of the automation editor. It has the fields of all steps; those
// of the other steps are hidden.
type Editor struct {
	// Typed are the fields by name, as typed.
	Typed url.Values
	// Was are the fields as they were when the editor was opened.
	Was url.Values
	// Step is the step that was shown, and Go the button that was pressed.
	Step, Go string
	ID       string // of an automation that is stored
	Version  int64  // that was opened
	// Confirmed is the number of API users that somebody typed.
	Confirmed string
	// Naming are the people whom the preview is about, one per line.
	Naming string
}

// ReadEditor reads an Editor with fields of these names. What is empty is left
// out, as a box that is not ticked is.
func ReadEditor(w http.ResponseWriter, r *http.Request, names []string) (Editor, error) {
	if err := parseUpTo(w, r, maxEditor); err != nil {
		return Editor{}, err
	}
	e := Editor{
		Typed: url.Values{}, Step: text(r, "step"), Go: text(r, "go"), ID: text(r, "id"),
		Confirmed: text(r, "confirm_api_users"), Naming: lines(r, "naming"),
	}
	for _, name := range names {
		for _, value := range r.PostForm[name] {
			if value = lineEnds.Replace(value); value != "" {
				e.Typed.Add(name, value)
			}
		}
	}
	var err error
	if e.Version, err = strconv.ParseInt(text(r, "version"), 10, 64); err != nil {
		e.Version = -1 // no form of ours: it is the version of nothing
	}
	if json.Unmarshal([]byte(r.PostForm.Get("was")), &e.Was) != nil {
		e.Was = nil // it is only shown
	}
	return e, nil
}

// lineEnds makes those that are kept of those that browsers send.
var lineEnds = strings.NewReplacer("\r\n", "\n")

// Activation is the form that activates an automation.
type Activation struct {
	Version   int64
	Confirmed string // the number of API users that somebody typed
}

// ReadActivation reads an Activation.
func ReadActivation(w http.ResponseWriter, r *http.Request) (Activation, error) {
	err := parse(w, r)
	return Activation{version(r), text(r, "confirm_api_users")}, err
}
