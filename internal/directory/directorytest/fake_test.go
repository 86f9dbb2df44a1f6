package directorytest

import (
	"errors"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
)

func TestFakeLosesRepliesAndGoesDown(t *testing.T) {
	t.Parallel()
	f := NewFake(directory.OpenLDAP, time.Now)
	key, err := f.Add(t.Context(), Person{Login: "ada", Password: "old"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := f.Read(t.Context(), []directory.Key{key})
	if err != nil {
		t.Fatal(err)
	}
	token, chosen := found[key].Token, rekey.NewSecret("chosen")
	for _, c := range []struct {
		name string
		do   func()
		want directory.Result
	}{
		{"down", func() { f.Down(true) }, directory.Unreachable},
		{"back, but the reply is lost", func() { f.Down(false); f.LoseReplies(1) }, directory.Doubtful},
		{"the same again", func() {}, directory.Set},
	} {
		c.do()
		if _, outcome := f.Choose(t.Context(), key, token, chosen); outcome.Result != c.want {
			t.Errorf("%s: the outcome is %s, want %s", c.name, outcome.Result, c.want)
		}
	}
	if err := f.CanBind(t.Context(), "ada", "chosen"); err != nil {
		t.Error(err)
	}
	if err := f.CanBind(t.Context(), "ada", "old"); !errors.Is(err, ErrRefused) {
		t.Errorf("the old password: %v", err)
	}
}
