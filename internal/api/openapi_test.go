package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rekey/client"
	"rekey/internal/server"
)

// document holds the parts of the OpenAPI document that are checked.
type document struct {
	OpenAPI    string
	Info       struct{ Title, Version string }
	Paths      map[string]map[string]operation
	Components struct {
		Schemas         map[string]any
		SecuritySchemes map[string]any
	}
}

type operation struct {
	OperationID string
	Security    []map[string][]string
	Responses   map[string]any
	Parameters  []struct{ Name, In string }
}

func (o *office) document() (d document, text string) {
	o.t.Helper()
	got := o.send(request{method: "GET", path: "/api/openapi.json"})
	if got.status != 200 || got.header.Get("Content-Type") != "application/openapi+json" {
		o.t.Fatalf("%d %v", got.status, got.header)
	}
	o.must(json.Unmarshal([]byte(got.text), &d))
	return d, got.text
}

type path struct{ method, path string }

// paths are all operations of the document but POST /events.
func (o *office) paths() (list []path) {
	o.t.Helper()
	d, _ := o.document()
	for p, methods := range d.Paths {
		for method := range methods {
			if method != "post" || p != "/api/v1/events" {
				list = append(list, path{strings.ToUpper(method), p})
			}
		}
	}
	return list
}

// routes is the table of the specification.
const routes = `
GET /account
PUT /account/password
GET,POST /users
POST /users/import
GET,PUT,DELETE /users/{id}
POST /users/{id}/block
POST /users/{id}/restore
POST /users/{id}/confirm-address
POST /users/{id}/hand-on
GET /users/{id}/history
POST /users/{id}/password
POST /users/changes
POST /users/password
GET,POST /users/{id}/tokens
GET,POST /selections
POST /selections/preview
GET,PUT,DELETE /selections/{id}
POST /selections/{id}/preview
POST /selections/{id}/transfer
GET /selections/{id}/history
GET /event-types
GET /job-types
GET,POST /automations
POST /automations/preview
GET,PUT,DELETE /automations/{id}
POST /automations/{id}/activate
GET,POST /automations/{id}/trial
POST /automations/{id}/backtest
POST /automations/{id}/deactivate
POST /automations/{id}/copy
POST /automations/{id}/preview
POST /automations/{id}/transfer
GET /automations/{id}/history
GET /automations/{id}/held
POST /automations/{id}/held/approve
POST /automations/{id}/held/cancel
GET,POST /events
GET /events/{id}
POST /mappings/preview
GET /runs
GET /runs/{id}
GET /runs/{id}/deliveries
POST /runs/{id}/approve
POST /runs/{id}/cancel
POST /runs/{id}/send-again
POST /runs/{id}/send-rest
POST /runs/{id}/stop
GET,POST /runs/{id}/undo
GET /deliveries
GET /deliveries/{id}
POST /deliveries/{id}/retry
GET,POST /tokens
DELETE /tokens/{id}
GET /directories
GET /directories/{name}/entries
POST /directories/{name}/test
POST /directories/{name}/try
POST /directories/{name}/sync
POST /directories/{name}/release
GET /report
GET,POST /pause
POST /resume
`

func TestDocumentDescribesEveryRouteOfTheTable(t *testing.T) {
	t.Parallel()
	o := setup(t)
	d, _ := o.document()
	var want []string
	for line := range strings.Lines(strings.TrimSpace(routes)) {
		methods, p, _ := strings.Cut(strings.TrimSpace(line), " ")
		for method := range strings.SplitSeq(methods, ",") {
			want = append(want, method+" "+client.Prefix+p)
		}
	}
	var got []string
	for _, p := range o.paths() {
		got = append(got, p.method+" "+p.path)
	}
	got = append(got, "POST /api/v1/events")
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("document has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d.OpenAPI != "3.1.0" || d.Info.Version != "test" || len(d.Components.SecuritySchemes) != 2 {
		t.Errorf("document %+v", d.Info)
	}
}

func TestDocumentIsSoundInItself(t *testing.T) {
	t.Parallel()
	o := setup(t)
	d, text := o.document()
	for _, ref := range regexp.MustCompile(`"\$ref": "([^"]*)"`).FindAllStringSubmatch(text, -1) {
		name, ok := strings.CutPrefix(ref[1], "#/components/schemas/")
		if _, there := d.Components.Schemas[name]; !ok || !there {
			t.Errorf("%s leads nowhere", ref[1])
		}
	}
	ids := map[string]bool{}
	for p, methods := range d.Paths {
		for method, op := range methods {
			if op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s %s: operation id %q", method, p, op.OperationID)
			}
			ids[op.OperationID] = true
			if len(op.Security) != 2 || op.Responses["401"] == nil || op.Responses["403"] == nil {
				t.Errorf("%s %s: security %v, responses %v", method, p, op.Security, slices.Sorted(maps.Keys(op.Responses)))
			}
			for _, parameter := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(p, -1) {
				if !slices.ContainsFunc(op.Parameters, func(x struct{ Name, In string }) bool { return x.In == "path" && x.Name == parameter[1] }) {
					t.Errorf("%s %s: parameter %s is not described", method, p, parameter[1])
				}
			}
		}
	}
}

func TestUnknownFieldsAreRefusedByEverySchema(t *testing.T) {
	t.Parallel()
	o := setup(t)
	d, _ := o.document()
	for name, schema := range d.Components.Schemas {
		object, _ := schema.(map[string]any)
		if object["type"] == "object" && name != "CloudEvent" && fmt.Sprint(object["additionalProperties"]) != "false" {
			t.Errorf("%s takes unknown fields", name)
		}
	}
}

// recorder records the operation of every call, and answers nothing.
type recorder struct {
	document document
	called   map[string]bool
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	for p, methods := range r.document.Paths {
		pattern := "^" + regexp.MustCompile(`\{\w+\}`).ReplaceAllString(p, `[^/]+`) + "$"
		op, ok := methods[strings.ToLower(q.Method)]
		if !ok || !regexp.MustCompile(pattern).MatchString(q.URL.Path) || strings.Contains(p, "{") && r.document.Paths[q.URL.Path] != nil {
			continue
		}
		for name := range q.URL.Query() {
			if !slices.ContainsFunc(op.Parameters, func(x struct{ Name, In string }) bool { return x.In == "query" && x.Name == name }) {
				return nil, fmt.Errorf("%s %s has no parameter %s", q.Method, p, name)
			}
		}
		r.called[op.OperationID] = true
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: q}, nil
	}
	return nil, fmt.Errorf("the document has no %s %s", q.Method, q.URL.Path)
}

// TestClientAndDocumentAgree calls every method of the client, with every field
// of its arguments set, and checks the requests by the document.
func TestClientAndDocumentAgree(t *testing.T) {
	t.Parallel()
	o := setup(t)
	d, _ := o.document()
	r := &recorder{document: d, called: map[string]bool{}}
	c := client.New("http://rekey.example.org", client.WithHTTPClient(&http.Client{Transport: r}), client.WithAttempts(1))
	call := func(method reflect.Value, empty bool) error {
		in := []reflect.Value{reflect.ValueOf(context.Background())}
		for i := 1; i < method.Type().NumIn(); i++ {
			argument := reflect.New(method.Type().In(i)).Elem()
			if method.Type().IsVariadic() && i == method.Type().NumIn()-1 {
				argument = reflect.New(argument.Type().Elem()).Elem()
			}
			if !empty {
				fill(argument)
			}
			in = append(in, argument)
		}
		out := method.Call(in)
		err, _ := reflect.TypeAssert[error](out[len(out)-1])
		return err
	}
	for i := range reflect.TypeOf(c).NumMethod() {
		name := reflect.TypeOf(c).Method(i).Name
		if err := call(reflect.ValueOf(c).Method(i), false); err != nil {
			t.Errorf("client.%s: %v", name, err)
		}
		if slices.Contains([]string{"Tokens", "CreateToken", "Deliveries"}, name) { // "" has a path of its own
			if err := call(reflect.ValueOf(c).Method(i), true); err != nil {
				t.Errorf("client.%s with nothing: %v", name, err)
			}
		}
	}
	for p, methods := range d.Paths {
		for method, op := range methods {
			if !r.called[op.OperationID] {
				t.Errorf("the client has nothing for %s %s", method, p)
			}
		}
	}
}

// fill sets every field.
func fill(v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // no others occur
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for _, field := range v.Fields() {
			if field.CanSet() {
				fill(field)
			}
		}
	}
}

func TestDocumentationAsksNothingOfOtherAddresses(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for _, p := range []string{"/api/docs", server.ProblemsPath, "/api/docs/document.css"} {
		got := o.send(request{method: "GET", path: p})
		csp := got.header.Get("Content-Security-Policy")
		if got.status != 200 || strings.Contains(csp, "unsafe") || !strings.HasPrefix(csp, "default-src 'none'") {
			t.Errorf("%s: %d, %s", p, got.status, csp)
		}
		for _, outside := range []string{"<script", "style=", "src=\"http", "href=\"http", "url("} {
			if strings.Contains(got.text, outside) {
				t.Errorf("%s has %s", p, outside)
			}
		}
	}
	reference := o.send(request{method: "GET", path: "/api/docs"}).text
	for _, p := range o.paths() {
		if !strings.Contains(reference, p.path) {
			t.Errorf("%s is not in the reference", p.path)
		}
	}
	kinds := o.send(request{method: "GET", path: server.ProblemsPath}).text
	for _, k := range server.Kinds() {
		if !strings.Contains(kinds, fmt.Sprintf(`id="%s"`, k.Code)) {
			t.Errorf("%s is not described", k.Code)
		}
	}
}

func TestAddressesThatThereAreNot(t *testing.T) {
	t.Parallel()
	o := setup(t)
	if got := o.send(request{method: "GET", path: "/api/v1/nothing", as: o.root}); got.status != 404 || got.problem.Code != "not_found" {
		t.Errorf("%d %s", got.status, got.text)
	}
	got := o.send(request{method: "PATCH", path: "/api/v1/users", as: o.root})
	if got.status != 405 || !slices.Equal(got.header.Values("Allow"), []string{"GET", "POST"}) {
		t.Errorf("%d %v %s", got.status, got.header.Values("Allow"), got.text)
	}
}

func TestNothingIsReadOrDoneWithoutCredentials(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ui := o.person("ui@example.org", o.verifier())
	_, err := o.as(o.root).UpdateUser(o.ctx, o.wire(ui.ID, func(u *client.User) { u.Type = "ui" }))
	o.must(err)
	before := o.stored()
	for _, p := range o.paths() {
		q := request{method: p.method, path: strings.ReplaceAll(p.path, "{id}", o.siem.ID)}
		nobody, console, other := q, q, q
		console.as = ui // the API is not for those who only log in to the console
		other.header = map[string]string{"Cookie": "session=x", "Authorization": "Digest x"}
		for _, q := range []request{nobody, console, other} {
			if got := o.send(q); got.status != http.StatusUnauthorized {
				t.Errorf("%s %s: %d %s", q.method, q.path, got.status, got.text)
			}
		}
	}
	if after := o.stored(); after != before {
		t.Errorf("something was stored:\n%s\n%s", before, after)
	}
}
