package demo

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/client"
)

// Every step of the story is first made to fail, by a change of its input, and then
// succeeds.
func TestEachCheckCanFail(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var s *story
	swap := func(t *testing.T, value *string, wrong string, check func(context.Context) ([]string, error)) {
		t.Helper()
		right := *value
		*value = wrong
		if _, err := check(t.Context()); err == nil {
			t.Error("a step that does not hold is not told")
		}
		*value = right
	}
	tried := 0
	before := map[string]func(){
		"The security monitor posts an event that names four people": func() {
			swap(t, &s.world.person(siem).token, "rk_wrong", s.post)
		},
		"The run says who was skipped, and why": func() {
			expired, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if _, err := s.run(expired, "another automation", client.Run.Ended); err == nil {
				t.Error("a run that is not there is not told")
			}
		},
		"Ada logs in with the password from the mail": func() {
			wrong := s.mailed[ada]
			s.mailed[ada] = "AAAAAA-AAAAAA-AAAAAA-AAAAAA"
			if _, err := s.enter(t.Context()); err == nil {
				t.Error("a log-in that fails is not told")
			}
			s.mailed[ada] = wrong
		},
		"Her old password does not work for now": func() { swap(t, &s.world.person(ada).password, s.mailed[ada], s.rest) },
		"The chosen password logs in": func() {
			swap(t, &s.world.person(ada).password, s.mailed[ada], s.enterAgain)
		},
		"The mailed password no longer does": func() {
			swap(t, &s.old, s.world.person(ada).password, s.refuse)
		},
		"The same event once more starts nothing and mails nobody": func() { swap(t, &s.event, "another", s.repeat) },
		"No file that the server wrote holds a mailed password": func() {
			path := filepath.Join(s.world.folder, "leak")
			if err := os.WriteFile(path, []byte("x"+s.mailed[grace]+"x"), 0o600); err != nil {
				t.Error(err)
			}
			if _, err := s.search(t.Context()); err == nil {
				t.Error("a mailed password in a file is not found")
			}
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		},
	}
	s = &story{paint: paint{out: &out}, Options: Options{Out: &out, Listen: "127.0.0.1:0", Clock: time.Now, Before: func(title string) error {
		if spoil := before[title]; spoil != nil {
			tried++
			spoil()
		}
		return nil
	}}}
	err := s.tell(t.Context())
	folder := s.world.folder
	if err = errors.Join(err, s.close()); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	if tried != len(before) {
		t.Errorf("%d of %d checks were tried", tried, len(before))
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("%s is left behind", folder)
	}
}

func TestBrokenStepEndsTheStoryAndIsNamed(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	broken := errors.New("broken on purpose")
	err := Run(t.Context(), Options{Out: &out, Clock: time.Now, Exit: true, Before: func(title string) error {
		if strings.HasPrefix(title, "Two mails arrive") {
			return broken
		}
		return nil
	}})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "step 4, Two mails arrive") {
		t.Errorf("%v", err)
	}
	if text := out.String(); !strings.Contains(text, "✗  4  Two mails arrive") || strings.Contains(text, "Everything worked") || strings.Contains(text, " 5  ") {
		t.Error(text)
	}
}
