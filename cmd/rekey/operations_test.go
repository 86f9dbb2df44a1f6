package main

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"rekey/internal/api"
)

// operations are the commands by the operation of the REST API that they call.
var operations = map[string]string{
	"get-account":              "account show",
	"change-password":          "account password",
	"list-users":               "user list",
	"create-user":              "user add",
	"import-users":             "user import",
	"get-user":                 "user show",
	"update-user":              "user edit",
	"delete-user":              "user delete",
	"block-user":               "user block",
	"restore-user":             "user restore",
	"send-password":            "user send-password",
	"send-passwords":           "user send-password",
	"change-users":             "user change",
	"list-selections":          "selection list",
	"create-selection":         "selection create",
	"get-selection":            "automation show",
	"update-selection":         "selection edit",
	"delete-selection":         "selection delete",
	"preview-selection":        "selection preview",
	"preview-expression":       "selection preview",
	"list-event-types":         "event types",
	"list-job-types":           "automation jobs",
	"list-automations":         "automation list",
	"create-automation":        "automation apply",
	"get-automation":           "automation show",
	"update-automation":        "automation apply",
	"delete-automation":        "automation delete",
	"activate-automation":      "automation activate",
	"deactivate-automation":    "automation deactivate",
	"try-automation":           "automation trial",
	"backtest":                 "automation backtest",
	"get-trial":                "automation trial",
	"copy-automation":          "automation copy",
	"preview-automation":       "automation preview",
	"preview-draft":            "automation preview",
	"list-events":              "event list",
	"post-events":              "event send",
	"get-event":                "event show",
	"preview-mapping":          "event map",
	"list-runs":                "run list",
	"get-run":                  "run show",
	"list-run-deliveries":      "run show",
	"approve-run":              "run approve",
	"send-again":               "run send-again",
	"preview-undo":             "run undo",
	"undo-run":                 "run undo",
	"stop-run":                 "run stop",
	"send-rest-of-run":         "run send-rest",
	"cancel-run":               "run cancel",
	"list-deliveries":          "delivery list",
	"get-delivery":             "delivery show",
	"retry-delivery":           "delivery retry",
	"list-tokens":              "token list",
	"create-token":             "token create",
	"delete-token":             "token revoke",
	"list-user-tokens":         "token list",
	"get-held-runs":            "run approve-all",
	"approve-held-runs":        "run approve-all",
	"cancel-held-runs":         "run cancel-all",
	"transfer-automation":      "automation transfer",
	"transfer-selection":       "selection transfer",
	"list-automation-history":  "automation history",
	"list-selection-history":   "selection history",
	"list-user-history":        "user history",
	"hand-on":                  "user hand-on",
	"list-directories":         "directory list",
	"list-directory-entries":   "directory entries",
	"test-directory":           "directory test",
	"try-account":              "directory test",
	"import-directory":         "directory sync",
	"release-directory-events": "directory release",
	"confirm-address":          "directory confirm",
	"report":                   "report",
	"get-pause":                "pause",
	"pause":                    "pause",
	"resume":                   "resume",
	"create-user-token":        "token create",
}

// TestEveryOperationHasACommandThatAScriptShows goes through the OpenAPI document.
func TestEveryOperationHasACommandThatAScriptShows(t *testing.T) {
	t.Parallel()
	rest, err := api.New(api.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	rest.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	scripts := scriptsText(t)
	commands := commandNames(t)
	left := maps.Clone(operations)
	for path, methods := range document.Paths {
		for method, operation := range methods {
			command, found := operations[operation.OperationID]
			switch {
			case !found:
				t.Errorf("%s %s (%s) has no command", strings.ToUpper(method), path, operation.OperationID)
			case !slices.Contains(commands, command):
				t.Errorf("%s: there is no command %q", operation.OperationID, command)
			case !strings.Contains(scripts, "exec rekey "+command):
				t.Errorf("%s: no script shows %q", operation.OperationID, command)
			}
			delete(left, operation.OperationID)
		}
	}
	if len(left) > 0 {
		t.Errorf("the document does not have %v", slices.Sorted(maps.Keys(left)))
	}
}

// commandNames are all commands: "user edit".
func commandNames(t *testing.T) (names []string) {
	t.Helper()
	var cli commands
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		names = append(names, strings.TrimPrefix(strings.Join(strings.Fields(leaf.Path()), " "), parser.Model.Name+" "))
	}
	return names
}

// scriptsText is all scripts in one.
func scriptsText(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
