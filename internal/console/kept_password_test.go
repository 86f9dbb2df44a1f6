package console

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rekey/internal/console/form"
)

func TestKeptFormHoldsNoPassword(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for path := range f.console.again {
		typed := url.Values{"job_params.old_password": {"revoke"}}
		for _, name := range []string{"first_name", "password", "old_password", "current_password", "new_password", "repeat_password", form.MadeFor} {
			typed.Set(name, "typed")
		}
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(typed.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		k, sealed, err := f.console.keepForm(httptest.NewRecorder(), r, route{method: http.MethodPost, path: path}, "ada")
		if err != nil || sealed == "" {
			t.Fatalf("%s is not kept: %v", path, err)
		}
		if got := slices.Sorted(maps.Keys(k.Typed)); !slices.Equal(got, []string{"first_name", "job_params.old_password"}) {
			t.Errorf("%s keeps %v", path, got)
		}
	}
}
