// Package story shows every page of the console in every state, from fixtures, without
// a server in that state. The storybook serves the stories, the browser tests inspect
// them, and the pictures show them.
package story

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"rekey/internal/console/static"
	"rekey/internal/console/view"
)

// Story is one page in one state.
type Story struct {
	// Name is its path: the page, then the state, as in "automations-empty".
	Name string
	Page view.Page
}

// now is the time of every story.
var now = time.Date(2026, 11, 22, 13, 2, 11, 0, time.UTC)

// berlin is the zone of whoever reads the stories.
var berlin = time.FixedZone("CET", 60*60)

// long and strange names, which no page may cut off or reverse.
const (
	longName   = "Maximiliane-Friederike von Hohenstein-Württemberg-Langenburg"
	longWord   = "Donaudampfschifffahrtsgesellschaftskapitänsmützenbeauftragte"
	hebrewName = "אדה לאבלייס"
	arabicName = "محمد بن موسى الخوارزمي"
	scriptName = "<script>alert(1)</script>"
)

// All returns the stories, page by page.
func All() []Story {
	framed, _ := letters()
	return slices.Concat(
		doors(),
		overview(),
		automations(),
		mail(),
		framed,
		runs(),
		events(),
		users(),
		directories(),
		directoryUsers(),
		selections(),
		accounts(),
		help(),
		histories(),
		runsIn(),
		overviewRuns(),
		trials(),
		reports(),
		runsInWaves(),
		runsUndone(),
		usersSeveral(),
		messages(),
	)
}

// moment is a length of time before now or, if negative, after it.
func moment(ago time.Duration) view.Moment {
	return view.Moment{At: now.Add(-ago).In(berlin), Now: now}
}

// inside is the frame of a page for an Administrator.
func inside(title, section string) view.Frame {
	return view.Frame{
		Title: title, System: "Rekey", Section: section, Path: section, In: true,
		Me: &view.Me{Name: "Ada Byron", Address: "ada@example.org", Role: "Administrator", Defines: true, Administers: true, Shortcuts: true},
	}
}

// outside is the frame of a page for a visitor.
func outside(title string) view.Frame { return view.Frame{Title: title, System: "Rekey"} }

// Handler serves each story under its name, with a list of them at /.
func Handler() (http.Handler, error) {
	mux := http.NewServeMux()
	var index strings.Builder
	index.WriteString("<!doctype html><html lang=\"en\"><title>Storybook</title><h1>Storybook</h1><ul>")
	for _, s := range All() {
		var page bytes.Buffer
		if err := view.Render(&page, s.Page); err != nil {
			return nil, err
		}
		mux.HandleFunc("GET /"+s.Name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(page.Bytes()) // whoever does not read it cannot be told
		})
		index.WriteString(`<li><a href="/` + s.Name + `">` + s.Name + `</a></li>`)
	}
	index.WriteString("</ul>")
	_, mails := letters()
	for name, mail := range mails {
		mux.HandleFunc("GET /"+name+"/html", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", view.MailPolicy(mail))
			_, _ = w.Write([]byte(mail))
		})
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(index.String()))
	})
	mux.HandleFunc("GET "+livePath, live)
	mux.HandleFunc("GET "+static.Prefix+"{file}", func(w http.ResponseWriter, r *http.Request) {
		if !static.Serve(w, r, r.PathValue("file")) {
			http.NotFound(w, r)
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", view.PagePolicy)
		mux.ServeHTTP(w, r)
	}), nil
}
