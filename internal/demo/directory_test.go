package demo

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Every check of the story of a directory is first made to fail, by a change of its
// input, and then succeeds.
func TestEachCheckOfTheDirectoryCanFail(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var s *story
	fails := func(t *testing.T, check func(context.Context) ([]string, error)) {
		t.Helper()
		if _, err := check(t.Context()); err == nil {
			t.Error("a step that does not hold is not told")
		}
	}
	swap := func(t *testing.T, value *string, wrong string, check func(context.Context) ([]string, error)) {
		t.Helper()
		right := *value
		*value = wrong
		fails(t, check)
		*value = right
	}
	swapMailed := func(t *testing.T, wrong string, check func(context.Context) ([]string, error)) {
		t.Helper()
		right := s.mailed[hedy]
		s.mailed[hedy] = wrong
		fails(t, check)
		s.mailed[hedy] = right
	}
	tried := 0
	before := map[string]func(){
		"Until Hedy has chosen, the directory takes her old password": func() {
			swap(t, &s.world.person(hedy).password, "Wrong-Pass-1", s.untouched)
			swapMailed(t, s.world.person(hedy).password, s.untouched)
		},
		"The mailed password opens Rekey's page": func() {
			swapMailed(t, "AAAAAA-AAAAAA-AAAAAA-AAAAAA", s.enterPage)
		},
		"The directory takes the chosen password": func() {
			swap(t, &s.world.person(hedy).password, s.old, s.inForce)
		},
		"It no longer takes the old one": func() {
			swap(t, &s.old, s.world.person(hedy).password, s.oldEnded)
		},
		"No file that the server wrote holds any of these passwords": func() {
			for _, password := range []string{s.mailed[hedy], s.old, s.world.person(hedy).password} {
				path := filepath.Join(s.world.folder, "leak")
				if err := os.WriteFile(path, []byte("x"+password+"x"), 0o600); err != nil {
					t.Error(err)
				}
				fails(t, s.searchAll)
				if err := os.Remove(path); err != nil {
					t.Error(err)
				}
			}
		},
	}
	s = &story{paint: paint{out: &out}, Options: Options{Out: &out, Listen: "127.0.0.1:0", Clock: time.Now, Directory: true, Before: func(title string) error {
		if spoil := before[title]; spoil != nil {
			tried++
			spoil()
		}
		return nil
	}}}
	err := s.tell(t.Context())
	if err = errors.Join(err, s.close()); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	if tried != len(before) {
		t.Errorf("%d of %d checks were tried", tried, len(before))
	}
}
