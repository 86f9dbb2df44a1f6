package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/seal"
)

// behind is a node that was not brought the keys that the harness has from now
// on.
func (h *harness) behind() *engine.Engine {
	h.t.Helper()
	file, err := os.ReadFile(h.keys.Path())
	h.must(err)
	path := filepath.Join(h.t.TempDir(), "keys.json")
	h.must(os.WriteFile(path, file, 0o600))
	old, err := seal.Open(path)
	h.must(err)
	h.must(seal.Rotate(h.keys.Path()))
	h.must(h.keys.Reload())
	config := h.config
	config.Sealer = old
	return engine.New(config)
}

func TestNodeWithoutTheNewKeysLeavesADeliveryToTheOthers(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "451 later"}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	behind := h.behind()
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
	h.pass(2 * time.Minute)
	if err := behind.Deliver(h.ctx, run.ID, 1); !errors.Is(err, seal.ErrKeyMissing) {
		t.Errorf("got %v", err)
	}
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}
