package api_test

import (
	"net"
	"net/http"
	"reflect"
	"testing"

	"rekey"
)

func TestHandshakeOfWebhooksIsTheSameForEverybody(t *testing.T) {
	t.Parallel()
	o := setup(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	o.must(err)
	called := make(chan struct{})
	callback := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(called) })}
	go func() { _ = callback.Serve(listener) }()
	t.Cleanup(func() { _ = callback.Close() })

	ask := func(as rekey.SystemUser, password string, header map[string]string) http.Header {
		t.Helper()
		got := o.send(request{method: "OPTIONS", path: "/api/v1/events", as: as, password: password, header: header})
		if got.status != 200 || got.text != "" {
			t.Errorf("%d %s", got.status, got.text)
		}
		for _, own := range []string{"Date", "X-Request-Id"} {
			got.header.Del(own)
		}
		return got.header
	}
	origin := map[string]string{"WebHook-Request-Origin": "eventemitter.example.com", "WebHook-Request-Rate": "120"}
	first := ask(rekey.SystemUser{}, "", origin)
	for name, want := range map[string]string{
		"Webhook-Allowed-Origin": "*", "Webhook-Allowed-Rate": "*", "Allow": "GET, HEAD, OPTIONS, POST", "Set-Cookie": "", "Www-Authenticate": "",
		"Access-Control-Allow-Origin": "",
	} {
		if first.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, first.Get(name), want)
		}
	}
	for name, other := range map[string]http.Header{
		"the owner of a source": ask(o.siem, "", origin),
		"a wrong password":      ask(o.siem, "wrong", origin),
		"nobody":                ask(rekey.SystemUser{Address: "nobody@example.org", ID: "x"}, "", origin),
		"another origin":        ask(rekey.SystemUser{}, "", map[string]string{"WebHook-Request-Origin": "evil.example\" <x>"}),
		"no origin":             ask(rekey.SystemUser{}, "", nil),
		"a callback": ask(o.siem, "", map[string]string{
			"WebHook-Request-Origin": "eventemitter.example.com", "WebHook-Request-Callback": "http://" + listener.Addr().String() + "/confirm"}),
	} {
		if !reflect.DeepEqual(first, other) {
			t.Errorf("%s: %v, want %v", name, other, first)
		}
	}
	// A later request comes after whatever the handshake has set off.
	o.receipt(o.post(oneEvent, event(nil)))
	select {
	case <-called:
		t.Error("the callback was called")
	default:
	}
	// It permits nothing.
	o.refused(request{method: "POST", path: "/api/v1/events", body: event(nil), header: map[string]string{
		"Content-Type": oneEvent, "WebHook-Request-Origin": "eventemitter.example.com"}}, 401)
	o.refused(request{method: "OPTIONS", path: "/api/v1/runs"}, 405)
}
