package story

import (
	"fmt"
	"net/http/httptest"
	"os"
	"testing"

	"rekey/internal/browser"
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

func TestChartsAreDrawnAsTheyComeIntoSight(t *testing.T) {
	t.Parallel()
	h, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	b := browsertest.Open(t, browser.Options{Width: 390, Height: 844})
	b.Open(server.URL + "/overview")
	// An observer is told after those that the page has made before.
	b.WaitUntil("await new Promise((inSight) => new IntersectionObserver(inSight).observe(document.body)).then(() => true)")
	var plots, drawn, before, after int
	b.Eval("document.querySelectorAll('.plot').length", &plots)
	b.Eval("document.querySelectorAll('.plot canvas').length", &drawn)
	if plots == 0 || drawn != 0 {
		t.Fatalf("%d of %d charts are drawn, and all are below the screen", drawn, plots)
	}
	b.Eval("document.querySelector('main').offsetHeight", &before)
	for i := range plots {
		b.Eval(fmt.Sprintf("document.querySelectorAll('.plot')[%d].scrollIntoView()", i), nil)
		b.WaitUntil(fmt.Sprintf("document.querySelectorAll('.plot')[%d].querySelector('canvas') !== null", i))
	}
	if b.Eval("document.querySelector('main').offsetHeight", &after); after != before {
		t.Errorf("the page was %d pixels high, and is %d with its charts", before, after)
	}
}
