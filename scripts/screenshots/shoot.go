package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"rekey/internal/browser"
)

const (
	// tabs is how many pages are opened at a time.
	tabs = 2
	// patience is how long one page may take.
	patience = time.Minute
)

// picture is one that was taken.
type picture struct {
	page string
	view browser.View
	file string // its name in the folder
}

// shoot takes the pictures of all pages, and returns them in the order of the pages and
// the views. If one page fails, it goes on with the others.
func (s settings) shoot(ctx context.Context, b *browser.Browser) ([]picture, error) {
	pictures := make([][]picture, len(s.pages))
	faults := make([]error, len(s.pages))
	next := make(chan int)
	var working sync.WaitGroup
	for range tabs {
		tab, err := b.Tab(ctx, browser.Options{})
		if err != nil {
			return nil, err
		}
		defer tab.Close()
		working.Go(func() {
			for i := range next {
				pictures[i], faults[i] = s.shootPage(ctx, tab, s.pages[i])
			}
		})
	}
	for i := range s.pages {
		next <- i
	}
	close(next)
	working.Wait()
	return slices.Concat(pictures...), errors.Join(faults...)
}

// shootPage takes the pictures of one page. The page is loaded once for each width; the
// dark theme needs no reload.
func (s settings) shootPage(ctx context.Context, tab *browser.Tab, p page) ([]picture, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var list []picture
	for i, v := range browser.Views() {
		if err := tab.Look(ctx, v); err != nil {
			return list, err
		}
		if i == 0 || v.Width != browser.Views()[i-1].Width {
			if err := tab.Open(ctx, s.server+p.path); err != nil {
				return list, err
			}
		}
		data, err := tab.Screenshot(ctx)
		if err != nil {
			return list, fmt.Errorf("%s, %s: %w", p.name, v, err)
		}
		one := picture{p.name, v, fmt.Sprintf("%s-%s.png", p.name, v)}
		if err := os.WriteFile(filepath.Join(s.out, one.file), data, 0o600); err != nil {
			return list, err
		}
		list = append(list, one)
	}
	return list, nil
}
