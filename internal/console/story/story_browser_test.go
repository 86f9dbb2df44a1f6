package story

import (
	"net/http/httptest"
	"os"
	"testing"

	"rekey/internal/browser/browsertest"
)

func TestMain(m *testing.M) { os.Exit(browsertest.Main(m)) }

// TestEveryStoryIsInOrder looks at each in a real browser: by day and by night,
// on a desk and on a phone nothing is complained about, everything fits, and
// axe finds nothing.
func TestEveryStoryIsInOrder(t *testing.T) {
	t.Parallel()
	h, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	var names []string
	for _, s := range All() {
		names = append(names, s.Name)
	}
	browsertest.InspectAll(t, server.URL, names)
}
