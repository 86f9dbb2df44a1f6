package catcher

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

var pages = template.Must(template.ParseFS(static, "static/*.html"))

const (
	// pagePolicy lets the pages load their own style sheet and show a message
	// in a frame, and nothing else.
	pagePolicy = "default-src 'none'; style-src 'self'; frame-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	// messagePolicy lets a message style itself; links open in a new window.
	messagePolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'"
)

// Handler serves the mailbox: a list of the messages, each as text, as HTML
// and as it was sent.
func (k *Catcher) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", k.list)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, static, "static/style.css")
	})
	mux.HandleFunc("GET /messages/{number}", k.withMessage(showMessage))
	mux.HandleFunc("GET /messages/{number}/html", k.withMessage(showHTML))
	mux.HandleFunc("GET /messages/{number}/raw", k.withMessage(showRaw))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", pagePolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		if !loopback(r.Host) {
			http.Error(w, "The mailbox is shown only at loopback addresses.", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

type listPage struct{ Messages []Message }

func (k *Catcher) list(w http.ResponseWriter, _ *http.Request) {
	messages := k.Messages()
	slices.Reverse(messages)
	w.Header().Set("Refresh", "5")
	render(w, "list.html", listPage{messages})
}

// withMessage calls next with the message in the path.
func (k *Catcher) withMessage(show func(http.ResponseWriter, Message)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.Atoi(r.PathValue("number"))
		m, ok := k.Message(number)
		if err != nil || !ok {
			http.Error(w, "Message not found.", http.StatusNotFound)
			return
		}
		show(w, m)
	}
}

func showMessage(w http.ResponseWriter, m Message) { render(w, "message.html", m) }

func showHTML(w http.ResponseWriter, m Message) {
	w.Header().Set("Content-Security-Policy", messagePolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// In the frame, a link would open inside it.
	_, _ = w.Write([]byte(strings.Replace(m.HTML, "<head>", `<head><base target="_blank">`, 1)))
}

func showRaw(w http.ResponseWriter, m Message) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(m.Raw)
}

func render(w http.ResponseWriter, name string, page any) {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, name, page); err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = out.WriteTo(w)
}
