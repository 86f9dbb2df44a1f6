// Command screenshots takes a picture of every page of the console in every state:
// light and dark, on a desk and on a phone, each from top to bottom. The files are
// named <name>-<light|dark>-<width>.png. With -sheets it also arranges many pictures on
// one sheet, to see them all at once.
//
//	screenshots                                       the stories, which it serves itself
//	screenshots -only '^run'                          those whose name matches
//	screenshots -server http://127.0.0.1:8080 login=/login forgot=/forgot
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"time"

	"rekey/internal/browser"
	"rekey/internal/console/story"
)

// settings are what the command line says.
type settings struct {
	server string // "" means the stories
	only   *regexp.Regexp
	out    string
	sheet  int // how wide and high a sheet is; 0 means none
	pages  []page
}

// page is where a page is, below the server, and what its pictures are called.
type page struct{ name, path string }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, say io.Writer) error {
	s, err := parse(arguments, say)
	if err != nil {
		return err
	}
	if s.server == "" {
		stories, err := story.Handler()
		if err != nil {
			return err
		}
		server := httptest.NewServer(stories)
		defer server.Close()
		s.server = server.URL
		for _, one := range story.All() {
			s.pages = append(s.pages, page{one.Name, "/" + one.Name})
		}
	}
	if s.pages = s.wanted(); len(s.pages) == 0 {
		return errors.New("there is no such page")
	}
	if err := os.MkdirAll(s.out, 0o750); err != nil {
		return err
	}
	b, err := browser.Start(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	pictures, err := s.shoot(ctx, b)
	if err == nil && s.sheet > 0 {
		err = s.lay(ctx, b, pictures)
	}
	if err := errors.Join(err, b.Close()); err != nil {
		return err
	}
	fmt.Fprintf(say, "%d pictures are in %s, after %v.\n", len(pictures), s.out, time.Since(began).Round(time.Second))
	return nil
}

func parse(arguments []string, say io.Writer) (settings, error) {
	var s settings
	var only string
	flags := flag.NewFlagSet("screenshots", flag.ContinueOnError)
	flags.SetOutput(say)
	flags.StringVar(&s.server, "server", "", "take pictures of this `URL`'s pages, which follow as name=/path, instead of the stories")
	flags.StringVar(&only, "only", "", "only pages whose name matches this regular `expression`")
	flags.StringVar(&s.out, "out", "artefacts/screenshots", "`folder` for the pictures")
	flags.IntVar(&s.sheet, "sheets", 0, "lay the pictures side by side, too, on square sheets of this many `pixels`")
	if err := flags.Parse(arguments); err != nil {
		return s, err
	}
	for _, a := range flags.Args() {
		name, path, ok := strings.Cut(a, "=")
		if !ok || !strings.HasPrefix(path, "/") {
			return s, fmt.Errorf("%s is no page: write name=/path", a)
		}
		s.pages = append(s.pages, page{name, path})
	}
	if (s.server == "") != (len(s.pages) == 0) {
		return s, errors.New("-server and name=/path go together")
	}
	if s.sheet != 0 && s.sheet < deskWidth+2*gap {
		return s, fmt.Errorf("a sheet of %d pixels has no room for a picture: %d and more do", s.sheet, deskWidth+2*gap)
	}
	var err error
	s.only, err = regexp.Compile(only)
	return s, err
}

// wanted are the pages whose name matches.
func (s settings) wanted() []page {
	var list []page
	for _, p := range s.pages {
		if s.only.MatchString(p.name) {
			list = append(list, p)
		}
	}
	return list
}
