package main

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rekey/internal/browser"
)

func TestEveryPageIsShotInEveryView(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>A page</title><h1 style="height: 1200px">%s</h1></html>`, r.URL.Path)
	}))
	t.Cleanup(server.Close)
	out := filepath.Join(t.TempDir(), "pictures")
	var said bytes.Buffer
	err := run(t.Context(), []string{"-server", server.URL, "-only", "^(one|two)$", "-out", out, "-sheets", "1480", "one=/1", "two=/2", "three=/3"}, &said)
	if errors.Is(err, browser.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, name := range []string{"one", "two"} {
		for _, view := range []string{"dark-1440", "dark-390", "light-1440", "light-390"} {
			want = append(want, fmt.Sprintf("%s-%s.png", name, view))
		}
	}
	want = append(want, "sheet-desk-01.html", "sheet-desk-01.png", "sheet-phone-01.html", "sheet-phone-01.png")
	slices.Sort(want)
	files, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range files {
		found = append(found, f.Name())
	}
	if !slices.Equal(found, want) {
		t.Errorf("there are %v, want %v", found, want)
	}
	data, err := os.ReadFile(filepath.Join(out, "one-light-390.png"))
	if err != nil {
		t.Fatal(err)
	}
	if size, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || size.Width != 390 || size.Height < 1200 {
		t.Errorf("the picture of a phone is %d × %d, %v", size.Width, size.Height, err)
	}
	if !strings.HasPrefix(said.String(), "8 pictures are in "+out) {
		t.Errorf("said %q", &said)
	}
}

func TestPicturesFillSheetsWithoutTouching(t *testing.T) {
	t.Parallel()
	const size = 1960
	pictures := make([]picture, 30)
	for i := range pictures {
		pictures[i].page = fmt.Sprint(i)
	}
	sheets, err := arrange(pictures, size, deskWidth, func(p picture) (int, error) { return 100 + len(p.page)*1500, nil })
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, sheet := range sheets {
		for i, p := range sheet {
			shown++
			if p.X+p.Width > size || p.Y+label+p.Height > size {
				t.Errorf("%+v reaches beyond its sheet", p)
			}
			for _, o := range sheet[:i] {
				if o.X == p.X && o.Y < p.Y+label+p.Height && p.Y < o.Y+label+o.Height {
					t.Errorf("%+v lies on %+v", p, o)
				}
			}
		}
	}
	if shown != len(pictures) || len(sheets) < 5 {
		t.Errorf("%d pictures are on %d sheets", shown, len(sheets))
	}
}

func TestAWrongCommandLineIsExplained(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{
		{"one=/1"}, {"-server", "http://127.0.0.1:1"}, {"-server", "http://127.0.0.1:1", "one"},
		{"-only", "("}, {"-sheets", "100"}, {"-only", "no page is called so"},
	} {
		if err := run(t.Context(), append(arguments, "-out=/nowhere"), &bytes.Buffer{}); err == nil || strings.Contains(err.Error(), "nowhere") {
			t.Errorf("%v: %v", arguments, err)
		}
	}
}
