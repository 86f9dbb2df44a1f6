package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rekey"
)

func TestPauseIsShownOnEveryPageUntilItEnds(t *testing.T) {
	t.Parallel()
	o := open(t)
	member := o.member
	root, manager := o.as(o.root), o.as(o.manager)
	root.get("/runs").shows(http.StatusOK, `href="/pause"`)
	root.get("/pause").shows(http.StatusOK, "no run is executed and no new mail is sent", `name="reason"`)
	root.post("/pause", url.Values{"reason": {strings.Repeat("x", 201)}}).shows(http.StatusUnprocessableEntity, "at most 200 characters")
	root.post("/pause", url.Values{"reason": {"the wrong <file>"}}).shows(http.StatusSeeOther)
	o.automation(o.root, "Leak", true, onExternal)
	o.happen(o.root, "leak", member.ID)
	for _, page := range []string{"/", "/users", "/account"} {
		root.get(page).shows(http.StatusOK, "Sending is paused", "the wrong &lt;file&gt;", "1 run and 0 deliveries wait", `href="/resume"`).lacks(`href="/pause"`)
		manager.get(page).shows(http.StatusOK, "Sending is paused", "the wrong &lt;file&gt;").lacks(`href="/resume"`)
	}
	o.as(member).get("/account").shows(http.StatusOK, "Sending is paused</strong> since 22 November 2026, 14:00 CET.", "New passwords are mailed when the pause ends.").lacks("the wrong", o.root.Address)
	for language, words := range map[string]string{
		"de-CH": `<p><strong>Der Versand ist angehalten</strong> seit 22.11.2026, 14:00 CET.`,
		"fr":    `<p><strong>L’envoi est suspendu</strong> depuis le 22/11/2026 à 14:00 CET.`,
		"es":    `<p><strong>El envío está en pausa</strong> desde el 22/11/2026, 14:00 CET.`,
	} {
		reader := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Language = language })
		o.as(reader).get("/account").shows(http.StatusOK, `<html lang="`+language[:2]+`"`, words).lacks("Sending is paused")
	}
	root.get("/resume").shows(http.StatusOK, "1 run and 0 deliveries wait")
	root.post("/resume", nil).shows(http.StatusSeeOther)
	root.get("/").shows(http.StatusOK).lacks("Sending is paused")
	root.get("/resume").shows(http.StatusOK, "Sending is not paused").lacks("<form method=\"post\" action=\"/resume\"")
}

func TestOnlyAdministratorsPause(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.manager)
	v.get("/runs").shows(http.StatusOK).lacks(`href="/pause"`)
	for _, path := range []string{"/pause", "/resume"} {
		v.get(path).shows(http.StatusForbidden)
		v.post(path, nil).shows(http.StatusForbidden)
	}
	if p, err := o.DB.Pause(t.Context()); err != nil || p.On() {
		t.Errorf("paused: %v, %v", p, err)
	}
}
