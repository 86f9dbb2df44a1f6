package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/internal/oauth"
	"rekey/internal/seal"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

// A provider that takes each refresh token once only: the node that renews must
// store the next one before another node asks.
func TestTwoNodesLoseNoRefreshToken(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := 0
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("refresh_token") != fmt.Sprint("refresh", asked) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
			return
		}
		asked++
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": fmt.Sprint("token", asked), "token_type": "Bearer", "expires_in": 3600, "refresh_token": fmt.Sprint("refresh", asked),
		})
	}))
	t.Cleanup(provider.Close)
	keys, err := seal.Create(filepath.Join(t.TempDir(), "rekey.keys"))
	if err != nil {
		t.Fatal(err)
	}
	c := Config{SMTP: SMTP{OAuthTokenURL: provider.URL, OAuthClientID: "rekey", OAuthRefreshToken: rekey.NewSecret("refresh0")}}
	address, now := storetest.Postgres(t), time.Now()
	nodes := make([]*oauth.Source, 2)
	for i := range nodes {
		db, err := store.OpenPostgres(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		nodes[i] = c.tokens(db, keys, fmt.Sprint("node", i), func() time.Time { return now })
	}
	for round := 1; round <= 3; round++ {
		var all sync.WaitGroup
		for i, node := range nodes {
			all.Go(func() {
				if got, err := node.Token(t.Context()); err != nil || got.Reveal() != fmt.Sprint("token", round) {
					t.Errorf("round %d, node %d: %q, %v", round, i, got.Reveal(), err)
				}
			})
		}
		all.Wait()
		now = now.Add(2 * time.Hour) // the access token has expired
	}
}
