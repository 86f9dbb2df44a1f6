package api_test

import (
	"net/http"
	"testing"

	"rekey"
	"rekey/client"
)

func TestRunIsUndoneOnceAndSaysByWhom(t *testing.T) {
	t.Parallel()
	o := setup(t)
	member := o.person("member@example.org", "", func(u *rekey.SystemUser) { u.Type = rekey.TypeUI })
	c := o.as(o.root)
	sent, err := c.SendPassword(o.ctx, member.ID)
	o.must(err)
	id := sent.RunIDs[0]
	preview, err := c.PreviewUndo(o.ctx, id)
	o.must(err)
	if text(t, preview) != `{"unsent":0,"ended":0,"kept":[]}` {
		t.Errorf("the preview is %s", text(t, preview))
	}
	run, err := c.UndoRun(o.ctx, id)
	o.must(err)
	if run.State != "cancelled" || run.Reason != "undone" || run.UndoneBy != o.root.ID || run.UndoneAt.IsZero() || !run.Undoing {
		t.Errorf("undone %+v", run)
	}
	again, err := c.UndoRun(o.ctx, id)
	o.must(err)
	if !again.UndoneAt.Equal(run.UndoneAt) {
		t.Error("it was undone twice")
	}
	if _, err := c.PreviewUndo(o.ctx, id); problemOf(t, err).Status != http.StatusConflict {
		t.Errorf("the preview of an undone run: %v", err)
	}
	page, err := c.Deliveries(o.ctx, id, client.DeliveryFilter{Undone: rekey.UndoneKept})
	o.must(err)
	if len(page.Items) != 0 {
		t.Errorf("%d kept their password", len(page.Items))
	}
}
