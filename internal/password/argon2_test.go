package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"rekey"
)

// cheap is a cost for tests.
var cheap = Params{Memory: 8, Time: 1, Threads: 1}

func setupArgon2(t testing.TB, config Argon2Config) *Argon2 {
	t.Helper()
	if config.Params == (Params{}) {
		config.Params = cheap
	}
	a, err := NewArgon2(config)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestChosenPasswordVerifies(t *testing.T) {
	t.Parallel()
	a := setupArgon2(t, Argon2Config{})
	secret := rekey.NewSecret("caf\u00e9 in the rain")
	stored, err := a.Hash(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"caf\u00e9 in the rain": true, "cafe\u0301 in the rain": true, // two spellings of the same letter
		"cafe in the rain": false, "caf\u00e9 in the rain ": false, "": false,
	} {
		ok, rehash, err := a.Verify(t.Context(), stored, rekey.NewSecret(text))
		if err != nil || ok != want || rehash {
			t.Errorf("%q: %t %t %v", text, ok, rehash, err)
		}
	}
	again, err := a.Hash(t.Context(), secret)
	if err != nil || again == stored {
		t.Errorf("two verifiers have the same salt: %v", err)
	}
}

// The vector is from the reference implementation, phc-winner-argon2, test.c.
func TestVerifierOfTheReferenceImplementationIsUnderstood(t *testing.T) {
	t.Parallel()
	const stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	ok, rehash, err := setupArgon2(t, Argon2Config{}).Verify(t.Context(), stored, rekey.NewSecret("password"))
	if err != nil || !ok || !rehash { // its salt has 8 bytes
		t.Fatal(ok, rehash, err)
	}
}

func TestDefaultCostIsThatOfOWASP(t *testing.T) {
	t.Parallel()
	a, err := NewArgon2(Argon2Config{})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := a.Hash(t.Context(), rekey.NewSecret("x"))
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(stored, err)
	}
	if cap(a.cores) != runtime.GOMAXPROCS(0) || cap(a.places) != cap(a.cores)+64 {
		t.Fatal(cap(a.cores), cap(a.places))
	}
}

func TestRaisedCostAsksForANewVerifier(t *testing.T) {
	t.Parallel()
	secret := rekey.NewSecret("secret")
	now := setupArgon2(t, Argon2Config{Params: Params{Memory: 32, Time: 2, Threads: 1}})
	for _, c := range []struct {
		params Params
		want   bool
	}{
		{Params{16, 2, 1}, true}, {Params{32, 1, 1}, true}, {Params{32, 2, 1}, false}, {Params{64, 3, 2}, false},
	} {
		stored, err := setupArgon2(t, Argon2Config{Params: c.params}).Hash(t.Context(), secret)
		if err != nil {
			t.Fatal(err)
		}
		if ok, rehash, err := now.Verify(t.Context(), stored, secret); err != nil || !ok || rehash != c.want {
			t.Errorf("%+v: %t %t %v", c.params, ok, rehash, err)
		}
		if _, rehash, _ := now.Verify(t.Context(), stored, rekey.NewSecret("wrong")); rehash {
			t.Errorf("%+v: a wrong password asks for a new verifier", c.params)
		}
	}
}

func TestFullQueueIsToldAtOnce(t *testing.T) {
	t.Parallel()
	a := setupArgon2(t, Argon2Config{Cores: 1, Queue: -1})
	a.places <- struct{}{} // somebody computes
	stored, secret := "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", rekey.NewSecret("x")
	_, err := a.Hash(t.Context(), secret)
	_, _, verifyErr := a.Verify(t.Context(), stored, secret)
	_, _, malformedErr := a.Verify(t.Context(), "nonsense", secret)
	for _, err := range []error{err, verifyErr, malformedErr, a.Dummy(t.Context(), secret)} {
		if rekey.CodeOf(err) != rekey.CodeUnavailable {
			t.Errorf("%v", err)
		}
	}
	<-a.places
	if _, err := a.Hash(t.Context(), secret); err != nil {
		t.Errorf("after the queue has emptied: %v", err)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	a := setupArgon2(t, Argon2Config{Cores: 1, Queue: 1})
	a.cores <- struct{}{} // somebody computes and never ends
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.Dummy(ctx, rekey.NewSecret("x")) }()
	for len(a.places) == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(a.places) != 0 {
		t.Fatal("the place in the queue was not given back")
	}
}

func TestNoMoreThanTheCoresComputeAtATime(t *testing.T) {
	t.Parallel()
	a := setupArgon2(t, Argon2Config{Cores: 2, Queue: 50})
	errs := make(chan error)
	for range 50 {
		go func() { errs <- a.Dummy(t.Context(), rekey.NewSecret("x")) }()
	}
	for range 50 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
		if len(a.cores) > 2 {
			t.Errorf("%d compute", len(a.cores))
		}
	}
}

func TestUnreadableVerifierIsAnErrorWithoutItsText(t *testing.T) {
	t.Parallel()
	_, _, err := setupArgon2(t, Argon2Config{}).Verify(t.Context(), "plain-password", rekey.NewSecret("plain-password"))
	if !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "plain") {
		t.Fatal(err)
	}
}

func TestParametersOutOfRangeAreRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []Params{{Memory: 7}, {Memory: maxMemory + 1}, {Time: maxTime + 1}, {Threads: maxThreads + 1}, {Memory: 8, Threads: 2}} {
		if _, err := NewArgon2(Argon2Config{Params: p}); err == nil {
			t.Errorf("%+v", p)
		}
	}
}

func FuzzPHC(f *testing.F) {
	const good = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if _, err := parsePHC(good); err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	for _, change := range [][2]string{
		{"argon2id", "argon2i"}, {"v=19", "v=16"}, {"m=19456", "m=019456"}, {"m=19456", "m=+19456"}, {"m=19456", "m=0"}, {"m=19456", "m=7"},
		{"m=19456", "m=1048577"}, {"m=19456", "m=18446744073709551616"}, {"t=2", "t=0"}, {"t=2", "t=65"}, {"t=2", "t=-2"}, {"p=1", "p=0"}, {"p=1", "p=257"},
		{"t=2,p=1", "p=1,t=2"}, {",p=1", ""}, {"$c29tZXNhbHQ", "$c29t"}, {"c29tZXNhbHQ", "c29tZXNhbHQ="}, {"c29tZXNhbHQ", "c29tZXNhbHR"}, {"PPc", "PPc\n"}, {"PPc", "PPc$"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if _, err := parsePHC(bad); !errors.Is(err, ErrMalformed) {
			f.Errorf("%q: %v", bad, err)
		}
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := parsePHC(text)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if v.String() != text || !v.params.valid() {
			t.Fatalf("%q is read as %q", text, v)
		}
	})
}

func BenchmarkArgon2(b *testing.B) {
	a, err := NewArgon2(Argon2Config{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := a.Dummy(b.Context(), rekey.NewSecret("secret")); err != nil {
			b.Fatal(err)
		}
	}
}
