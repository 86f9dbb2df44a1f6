package api

import "net/http"

// handshake answers the validation request of a sender of webhooks (HTTP 1.1 Web
// Hooks for Event Delivery 1.0.2 §4), which comes before the sender has credentials
// to show. It permits every origin: only a caller with credentials can post, so the
// permission is worth nothing to anybody else. The answer depends on nothing in the
// request. Rekey never calls the address in WebHook-Request-Callback: whoever sends
// a request must not choose where Rekey connects to.
func handshake(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Allow", "GET, HEAD, OPTIONS, POST")
	h.Set("WebHook-Allowed-Origin", "*")
	h.Set("WebHook-Allowed-Rate", "*") // requests per minute; nothing limits them
	w.WriteHeader(http.StatusOK)
}
