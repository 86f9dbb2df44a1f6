package main

import (
	"bytes"
	"context"
	_ "embed" // how a sheet looks
	"fmt"
	"html/template"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"rekey/internal/browser"
)

// All lengths are in pixels.
const (
	gap   = 8  // around a picture
	label = 20 // the line above it

	// How wide the pictures are on a sheet: two phones take the place of a desk.
	deskWidth  = 480
	phoneWidth = (deskWidth - gap) / 2
)

//go:embed sheet.html
var sheetText string

var sheetPage = template.Must(template.New("sheet").Parse(sheetText))

// placed is a picture on a sheet.
type placed struct {
	picture
	X, Y, Width, Height int
	Cut                 int // how much of it is too long for the sheet
}

// Label says what one sees.
func (p placed) Label() string {
	if p.Cut > 0 {
		return fmt.Sprintf("%s %s (the last %d px are missing)", p.page, p.view, p.Cut)
	}
	return fmt.Sprintf("%s %s", p.page, p.view)
}

// File is where the picture is.
func (p placed) File() string { return url.PathEscape(p.file) }

// arrange lays pictures of a width in columns, each below the shortest so far,
// on as many square sheets as it takes. height tells how high a picture is at
// that width.
func arrange(pictures []picture, size, width int, height func(picture) (int, error)) ([][]placed, error) {
	var sheets [][]placed
	var columns []int // where each ends
	for _, p := range pictures {
		h, err := height(p)
		if err != nil {
			return nil, err
		}
		one := placed{picture: p, Width: width, Height: h}
		if longest := size - 2*gap - label; h > longest {
			one.Height, one.Cut = longest, h-longest
		}
		at := 0 // the shortest
		if len(columns) > 0 {
			at = slices.Index(columns, slices.Min(columns))
		}
		if len(columns) == 0 || columns[at]+label+one.Height+gap > size {
			sheets = append(sheets, nil)
			columns = make([]int, (size-gap)/(width+gap))
			for i := range columns {
				columns[i] = gap
			}
			at = 0
		}
		one.X, one.Y = gap+at*(width+gap), columns[at]
		columns[at] += label + one.Height + gap
		sheets[len(sheets)-1] = append(sheets[len(sheets)-1], one)
	}
	return sheets, nil
}

// lay makes the sheets, those of desks apart from those of phones.
func (s settings) lay(ctx context.Context, b *browser.Browser, pictures []picture) error {
	tab, err := b.Tab(ctx, browser.Options{Width: s.sheet, Height: s.sheet})
	if err != nil {
		return err
	}
	defer tab.Close()
	folder, err := filepath.Abs(s.out)
	if err != nil {
		return err
	}
	// There may have been more of them before.
	old, err := filepath.Glob(filepath.Join(folder, "sheet-*"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	for name, width := range map[string]int{"desk": deskWidth, "phone": phoneWidth} {
		var some []picture
		for _, p := range pictures {
			if (p.view.Width > 500) == (name == "desk") {
				some = append(some, p)
			}
		}
		sheets, err := arrange(some, s.sheet, width, func(p picture) (int, error) { return height(filepath.Join(folder, p.file), width) })
		if err != nil {
			return err
		}
		for i, sheet := range sheets {
			if err := photograph(ctx, tab, filepath.Join(folder, fmt.Sprintf("sheet-%s-%02d", name, i+1)), sheet); err != nil {
				return err
			}
		}
	}
	return nil
}

// height is that of a picture in a file when it is so wide.
func height(file string, width int) (int, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	size, err := png.DecodeConfig(f)
	if err != nil {
		return 0, err
	}
	return size.Height * width / size.Width, nil
}

// photograph writes a sheet as a page, and takes a picture of that.
func photograph(ctx context.Context, tab *browser.Tab, name string, sheet []placed) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var text bytes.Buffer
	if err := sheetPage.Execute(&text, sheet); err != nil {
		return err
	}
	if err := os.WriteFile(name+".html", text.Bytes(), 0o600); err != nil {
		return err
	}
	if err := tab.Open(ctx, "file://"+name+".html"); err != nil {
		return err
	}
	data, err := tab.Screenshot(ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(name+".png", data, 0o600)
}
