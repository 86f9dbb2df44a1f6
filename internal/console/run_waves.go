package console

import (
	"net/http"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/sentence"
	"rekey/internal/console/view"
)

func init() {
	notices["run-stopped"] = "The run is stopped. Whoever has no password yet waits."
	notices["run-rest"] = "Everybody who waits belongs to the next wave. All checks are made again before anything is sent."
}

// wavesText says who waits for their wave in a run, and when the next one begins; "" if none
// is to come.
func (c *Console) wavesText(r *http.Request, run admin.RunView) string {
	if run.State != rekey.RunSending || run.WaveAt.IsZero() {
		return ""
	}
	text := view.Plural(run.Waiting(), "person waits", "people wait") + " for their wave."
	if run.RestAtOnce {
		text += " All of them belong to the next wave."
	} else if !run.Waves.IsZero() {
		text = "It is sent in waves: " + sentence.Waves(run.Waves) + ". " + text
	}
	next := c.moment(r, run.WaveAt)
	if !next.At.After(c.Clock()) {
		return text + " The next wave begins now."
	}
	return text + " " + waveName(run) + " begins on " + next.Text() + "."
}

// waveActions stop a run with a wave to come, and send its rest.
func waveActions(run admin.RunView) (stop, rest view.Action) {
	if run.State != rekey.RunSending || run.WaveAt.IsZero() {
		return stop, rest
	}
	path := runsPath + "/" + run.ID
	return view.Action{Text: "Stop", Post: path + "/stop"}, view.Action{Text: "Send the rest now", Href: path + "/send-rest"}
}

// waveName names the next wave of a run: "Wave 2".
func waveName(run admin.RunView) string {
	if run.Waves.IsZero() || run.RestAtOnce {
		return "The next wave"
	}
	return "Wave " + view.Count(run.Waves.Number(run.Looked, run.Candidates))
}

// stoppedText says why a run was stopped, and what it waits for.
func stoppedText(run admin.RunView) string {
	waiting := view.Plural(run.Waiting(), "person waits", "people wait")
	if run.Reason == rekey.ReasonStoppedByHand {
		return "It was stopped by hand. " + waiting + ". Nothing more is sent until somebody lets it go on. After 7 days it is cancelled."
	}
	return "It stopped itself, because too many mails were refused (" + run.Detail + "). " + waiting +
		". Another person than the owner, or an Administrator, must let it go on. Until then, nothing more is sent. After 7 days it is cancelled."
}

func (c *Console) stopRun(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.StopRun(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, runsPath+"/"+run.ID+"?notice=run-stopped", http.StatusSeeOther)
	return nil
}

// askSendRest says what sending the rest of a run at once means.
func (c *Console) askSendRest(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.Run(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := c.Admin.MayManageRun(r.Context(), actor(r), run.ID); err != nil {
		return err
	}
	if run.State != rekey.RunSending || run.WaveAt.IsZero() {
		return errNoWave
	}
	at, people := runsPath+"/"+run.ID, view.Plural(run.Waiting(), "person", "people")
	page := view.Ask{Frame: c.frame(r, "Send the rest of run "+shortID(run.ID)+" now?", runsPath), Text: []string{
		"The next wave takes all " + people + " who wait, in place of those of one hour.",
		"All checks are made again. If the automation has hours, the wave waits until they begin. The run still stops itself if too many mails are refused.",
	}, Post: at + "/send-rest", Button: "Send to " + people + " now", Danger: true, Back: view.Link{Text: "Keep the waves", Href: at}}
	page.Crumbs = []view.Link{{Text: "Runs", Href: runsPath}, {Text: "Run " + shortID(run.ID), Href: at}}
	c.show(w, r, http.StatusOK, page)
	return nil
}

var errNoWave = rekey.NewError(rekey.CodeConflict, "The run is not being sent, or no wave of it is to come.")

func (c *Console) sendRest(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.SendRest(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, runsPath+"/"+run.ID+"?notice=run-rest", http.StatusSeeOther)
	return nil
}
