package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"rekey"
	"rekey/client"
	"rekey/internal/engine"
	"rekey/internal/server"
)

const (
	// maxEvents is the size limit of posted events, in bytes.
	maxEvents = 1 << 20
	// maxBatch is how many events may be posted at once.
	maxBatch = 1_000
)

// postEvents handles CloudEvents in structured, batched and binary mode. It does
// without huma because it is the busiest route. A batch is read once, checked as a
// whole, and stored in one transaction.
func (a *API) postEvents(w http.ResponseWriter, r *http.Request) {
	receipts, err := a.takeEvents(r)
	if err != nil {
		if rekey.CodeOf(err) == server.CodeMediaType {
			w.Header().Set("Accept-Encoding", "gzip") // RFC 9110 §12.5.3
		}
		server.Answer(w, r, a.log, err)
		return
	}
	status, body := http.StatusOK, client.EventReceipts{Events: make([]client.EventReceipt, len(receipts))}
	ids := make([]string, len(receipts))
	for i, receipt := range receipts {
		ids[i] = receipt.Event.ID
		body.Events[i] = client.EventReceipt{
			ID: receipt.Event.ID, Source: receipt.Event.Source, SourceID: receipt.Event.SourceID, Repeat: receipt.Repeat,
			People: receipt.People, Unknown: receipt.Unknown, Runs: receipt.Runs,
		}
		if !receipt.Repeat {
			status = http.StatusAccepted
		}
	}
	noteEvents(r.Context(), ids...)
	text, err := json.Marshal(body)
	if err != nil {
		server.Answer(w, r, a.log, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	if _, err := w.Write(text); err != nil {
		a.log.DebugContext(r.Context(), "answer not read", slog.Any("error", err)) // the client may post again
	}
}

func (a *API) takeEvents(r *http.Request) ([]engine.Receipt, error) {
	caller, err := a.recognise(r, false)
	if err != nil {
		return nil, err
	}
	text, err := readEvents(r)
	if err != nil {
		return nil, err
	}
	posted, err := readCloudEvents(r.Header, text)
	if err != nil {
		return nil, err
	}
	events, err := checkEvents(posted, caller.User, a.now())
	if err != nil || len(events) == 0 {
		return nil, err
	}
	if err := a.mapPeople(posted, events, caller.User); err != nil {
		return nil, err
	}
	receipts, err := a.engine.AcceptEvents(r.Context(), events, caller.User.Authority())
	return receipts, asPosted(err, posted)
}

// asPosted renames the fields of the engine's error: "events[0].id" becomes the
// attribute's name if a single event was posted.
func asPosted(err error, posted []cloudEvent) error {
	var known *rekey.Error
	if len(posted) != 1 || posted[0].path != "" || !errors.As(err, &known) {
		return err
	}
	renamed := *known
	renamed.Fields = slices.Clone(known.Fields)
	for i, f := range renamed.Fields {
		if name, ok := strings.CutPrefix(f.Field, "events[0]."); ok {
			renamed.Fields[i].Field = posted[0].attribute(name)
		}
	}
	return &renamed
}
