package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"rekey"
	"rekey/client"
	"rekey/internal/access"
	"rekey/internal/admin"
	"rekey/internal/engine"
	"rekey/internal/server"
	"rekey/internal/userfile"
)

// maxBody is the size limit of a request, in bytes, except for events.
const maxBody = 64 << 10

// Config is what the API needs. All fields are required.
type Config struct {
	Access  *access.Service
	Engine  *engine.Engine
	Admin   *admin.Service
	Logger  *slog.Logger
	Clock   func() time.Time // UTC
	Version string           // of the program, for the OpenAPI document
	Imports *userfile.Turns  // shared with the pages; required
}

// API answers everything below /api/.
type API struct {
	access *access.Service
	engine *engine.Engine
	admin  *admin.Service
	log    *slog.Logger
	now    func() time.Time
	turns  *userfile.Turns

	mux  *http.ServeMux
	huma huma.API
}

// New returns the API, to be mounted at "/api/".
func New(c Config) (*API, error) {
	a := &API{access: c.Access, engine: c.Engine, admin: c.Admin, log: c.Logger, now: c.Clock, turns: c.Imports, mux: http.NewServeMux()}
	a.huma = humago.New(a.mux, huma.Config{
		OpenAPI:                      describe(c.Version),
		Formats:                      map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	})
	a.huma.UseMiddleware(a.authenticated)
	a.accountRoutes()
	a.userRoutes()
	a.selectionRoutes()
	a.catalogueRoutes()
	a.automationRoutes()
	a.eventRoutes()
	a.mappingRoutes()
	a.runRoutes()
	a.deliveryRoutes()
	a.tokenRoutes()
	a.directoryRoutes()
	a.pauseRoutes()
	a.reportRoutes()
	refine(a.huma.OpenAPI())
	if err := a.documentRoutes(); err != nil {
		return nil, err
	}
	leaveTimes(a.huma.OpenAPI())
	return a, nil
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.noRoute(w, r)
		return
	}
	if r.ContentLength > maxBody && r.URL.Path != client.Prefix+"/events" && r.URL.Path != client.Prefix+importPath {
		a.tooLarge(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	a.mux.ServeHTTP(w, r)
}

// noRoute answers 404 for an unknown path and 405 for an unknown method.
func (a *API) noRoute(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := a.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		server.Answer(w, r, a.log, rekey.NewError(rekey.CodeNotFound, "There is no "+r.URL.Path+". See /api/docs for all addresses."))
		return
	}
	w.Header()["Allow"] = allowed
	server.NewProblem(r.Context(), http.StatusMethodNotAllowed, "").Write(w)
}

// tooLarge answers for a body beyond the limit. It reads the body to the end if
// the client does not wait for the answer: otherwise the client would only see a
// broken connection.
func (a *API) tooLarge(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Expect") == "" {
		discard(r)
	}
	server.Answer(w, r, a.log, rekey.NewError(rekey.CodeTooLarge, ""))
}
