package story

import (
	"net/http"
	"net/http/httptest"
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
