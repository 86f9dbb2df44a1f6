package story

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestEveryStoryIsShown(t *testing.T) {
	t.Parallel()
	h, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range All() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+s.Name, nil))
		if w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("%s: %d", s.Name, w.Code)
		}
	}
}

func TestPagesLoadOnlyTheScriptsTheyNeed(t *testing.T) {
	t.Parallel()
	h, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range All() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+s.Name, nil))
		page := w.Body.String()
		for script, mark := range map[string]string{
			"/static/htmx.min.": " hx-", "/static/sse.min.": " sse-connect=", "/static/uPlot.": " data-plot=", "/static/chart.": " data-plot=",
		} {
			if loads, needs := strings.Contains(page, script), strings.Contains(page, mark); loads != needs {
				t.Errorf("%s: loads %s: %v, needs it: %v", s.Name, script, loads, needs)
			}
		}
	}
}
