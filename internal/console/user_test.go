package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/store"
)

func program(u *rekey.SystemUser) {
	u.Type, u.FirstName, u.LastName = rekey.TypeAPI, "", ""
	u.Sources = []rekey.EventSource{{Source: "/siem", Names: []string{"siem.*"}}}
}

func TestPageOfUserOffersWhatTheReaderMayDo(t *testing.T) {
	t.Parallel()
	o := open(t)
	u := o.newcomer(rekey.RoleMember, named("<script>alert(1)</script>", "Byron"), func(u *rekey.SystemUser) {
		u.Attributes = map[string]string{"team": "<b>blue</b>"}
	})
	path := "/users/" + u.ID
	offers := []string{path + "/edit", path + "/send-password", path + "/block", path + "/delete"}
	o.as(o.operator).get(path).shows(http.StatusOK, append(offers, `/edit" data-edit>`, "&lt;script&gt;", "&lt;b&gt;blue", "Never chose a password", u.Address)...).
		lacks("<script>alert", "<b>blue")
	o.as(o.manager).get("/users/"+o.manager.ID).shows(http.StatusOK, "This is you.").
		lacks("/send-password", "/block", "/delete")
	same := o.person(rekey.RoleOperator)
	v := o.as(o.operator)
	v.get("/users/"+same.ID).shows(http.StatusOK, "You cannot change this account or send it a new password; a Manager or an Administrator can.").
		lacks("/send-password", "/block", "/delete", "/edit")
	for act, refusal := range map[string]string{
		"block":         "You cannot block an Operator; a Manager or an Administrator can.",
		"delete":        "You cannot delete an Operator; a Manager or an Administrator can.",
		"send-password": "You cannot send an Operator a new password; a Manager or an Administrator can.",
	} {
		v.get("/users/"+same.ID+"/"+act).shows(http.StatusForbidden, refusal)
		v.post("/users/"+same.ID+"/"+act, nil).shows(http.StatusForbidden, refusal)
		v.post("/users/"+o.root.ID+"/"+act, nil).shows(http.StatusNotFound)
	}
	if o.read(same.ID).Status != rekey.UserActive || len(o.mail.Messages()) > 0 {
		t.Error("something was done all the same")
	}
}

func TestSendingAPasswordShowsTheMailFirstAndLeadsToItsRun(t *testing.T) {
	t.Parallel()
	o := open(t)
	v, path := o.as(o.manager), "/users/"+o.operator.ID+"/send-password"
	v.get(path).shows(http.StatusOK, "Send a new password to "+o.operator.Address, "SAMPLE-SAMPLE", "valid for 72 hours",
		"Their old password stops working once the mail is sent.", "Your new password for")
	sent := v.post(path, nil)
	if to := sent.Header.Get("Location"); sent.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/runs/") {
		t.Fatalf("led to %q: %s", to, sent.Status)
	}
	o.mail.WaitFor(1)
	v.get("/users/"+o.operator.ID).shows(http.StatusOK, "1 delivery", "Send a new password now", "/runs/")
}

func TestSendingAPasswordIsNotOfferedWhereNothingWouldBeSent(t *testing.T) {
	t.Parallel()
	o := open(t)
	u := o.newcomer(rekey.RoleMember, program)
	v := o.as(o.root)
	v.get("/users/"+u.ID+"/send-password").shows(http.StatusOK, "This is an API user", "leaves API users out", `href="/automations/`).
		lacks("<form method=\"post\" action=\"/users")
	blocked := o.newcomer(rekey.RoleMember, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	v.get("/users/"+blocked.ID+"/send-password").shows(http.StatusOK, "is blocked").lacks("<form method=\"post\" action=\"/users")
	v.post("/users/"+blocked.ID+"/send-password", nil).shows(http.StatusConflict, "is blocked")
}

func TestBlockingSaysWhatEndsAndCanBeTakenBack(t *testing.T) {
	t.Parallel()
	o := open(t)
	_, err := o.Admin.CreateAutomation(t.Context(), o.operator, rekey.Automation{Name: "<i>Mine</i>"}, false)
	o.ok(err)
	v, path := o.as(o.root), "/users/"+o.operator.ID
	theirs := o.as(o.operator)
	v.get(path+"/block").shows(http.StatusOK, "Their sessions end at once", "mailed passwords end permanently", "Block Ada Byron</button>")
	v.post(path+"/block", nil).leads(path)
	v.get(path+"?notice=user-blocked").shows(http.StatusOK, "Blocked.", path+"/restore").lacks(path+"/block", "/send-password")
	theirs.get("/users").leads("/login")
	v.post(path+"/restore", nil).leads(path)
	o.as(o.operator)
	v.get(path+"/delete").shows(http.StatusOK, "They own the automation &#39;&lt;i&gt;Mine&lt;/i&gt;&#39;", `name="owner"`, " required data-suggest=", "permanently</button>")
	v.post(path+"/delete", nil).shows(http.StatusConflict, "owns the automation")
}

func TestDeletingAsksAndIsRefusedAfterAChange(t *testing.T) {
	t.Parallel()
	o := open(t)
	v, path := o.as(o.root), "/users/"+o.member.ID
	v.get(path+"/delete").shows(http.StatusOK, "The account is deleted permanently", `name="version" value="1"`, "permanently</button>").lacks(`name="owner"`)
	_, err := o.Admin.UpdateUser(t.Context(), o.root, o.member.ID, 0, func(u *rekey.SystemUser) error { u.FirstName = "Grace"; return nil })
	o.ok(err)
	v.post(path+"/delete", url.Values{"version": {"1"}}).shows(http.StatusPreconditionFailed, "newer version")
	v.post(path+"/delete", url.Values{"version": {"2"}}).leads("/users")
	v.get(path).shows(http.StatusNotFound)
}

func TestNobodyShutsThemselvesOut(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.root)
	for act, refusal := range map[string]string{
		"block":         "You cannot block yourself; another Administrator can.",
		"delete":        "You cannot delete yourself; another Administrator can.",
		"send-password": "You cannot send yourself a new password; another Administrator can.",
	} {
		v.get("/users/"+o.root.ID+"/"+act).shows(http.StatusForbidden, refusal)
		v.post("/users/"+o.root.ID+"/"+act, nil).shows(http.StatusForbidden, refusal)
	}
}

var tokenText = regexp.MustCompile(`rk_[0-9A-Za-z]{43}`)

func TestTokenIsShownOnceAndNeverAgain(t *testing.T) {
	t.Parallel()
	o := open(t)
	u := o.newcomer(rekey.RoleMember, program)
	v, path := o.as(o.root), "/users/"+u.ID
	v.get(path).shows(http.StatusOK, "/siem", "siem.*", `action="`+path+`/tokens"`)
	v.post(path+"/tokens", url.Values{"name": {""}, "expires_in_days": {"30"}}).shows(http.StatusUnprocessableEntity, "Enter what the token is for.", `<option value="30" selected>`)
	v.post(path+"/tokens", url.Values{"name": {"ci"}, "expires_in_days": {"366"}}).shows(http.StatusUnprocessableEntity, "from 1 to 365")
	made := v.post(path+"/tokens", url.Values{"name": {"<i>ci</i>"}, "expires_in_days": {"30"}}).
		shows(http.StatusOK, "cannot show it again", "&lt;i&gt;ci")
	if tokenText.FindString(made.body) == "" || made.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("no token, or one that is kept: %v\n%s", made.Header, made.body)
	}
	if again := v.get(path).shows(http.StatusOK, "&lt;i&gt;ci"); tokenText.MatchString(again.body) {
		t.Error("the token is shown again")
	}
	tokens, err := o.Admin.Tokens(t.Context(), o.root, u.ID)
	o.ok(err)
	if len(tokens) != 1 || tokens[0].ExpiresAt.Sub(o.now()) != 30*24*time.Hour {
		t.Fatalf("tokens are %+v", tokens)
	}
	v.get(path).lacks("not confirmed after a restore", "/confirm")
	o.restored()
	v = o.as(o.root)
	v.get(path).shows(http.StatusOK, "not confirmed after a restore", "does not work until it is confirmed")
	confirm := path + "/tokens/" + tokens[0].ID + "/confirm"
	o.as(o.person(rekey.RoleMember)).post(confirm, nil).shows(http.StatusForbidden)
	v.post(confirm, nil).leads(path)
	v.get(path+"?notice=token-confirmed").shows(http.StatusOK, "The token can be used again.").lacks("not confirmed after a restore", "/confirm")
	revoke := path + "/tokens/" + tokens[0].ID + "/revoke"
	o.as(o.person(rekey.RoleMember)).post(revoke, nil).shows(http.StatusForbidden)
	v.get(revoke).shows(http.StatusOK, "The next call with this token is refused", "It was never used.")
	v.post(revoke, nil).leads(path)
	v.get(path).lacks("&lt;i&gt;ci")
	o.as(o.operator).get("/users/"+o.newcomer(rekey.RoleOperator, program, func(u *rekey.SystemUser) { u.Sources = nil }).ID).
		shows(http.StatusOK).lacks("Tokens", "/tokens")
}

func TestStandingSaysWhatLogsInAndWhatKeepsThemOut(t *testing.T) {
	t.Parallel()
	o := open(t)
	v, path := o.as(o.root), "/users/"+o.member.ID
	v.get(path).shows(http.StatusOK, "Active</span>", "Chosen password works since 23 October 2026").lacks("Mailed password", "Locked")
	d := rekey.Delivery{ID: "d1", RunID: "r1", UserID: o.operator.ID, Number: 1, Batch: 1, State: rekey.DeliveryQueued, OldPassword: rekey.KeepUntilChanged, UpdatedAt: o.now()}
	o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.Plan(t.Context(), []rekey.Delivery{d}); err != nil {
			return err
		}
		d.State, d.Attempting, d.Verifier, d.IssuedAt, d.ValidUntil = rekey.DeliveryIssued, true, "verifier", o.now(), o.now().Add(41*time.Hour)
		_, err := tx.Issue(t.Context(), []rekey.Delivery{d})
		return err
	}))
	v.get("/users/"+o.operator.ID).shows(http.StatusOK, "Mailed password, may have arrived, expires in 41 h", "Sending", "A deleted automation")
	stranger := &visitor{o, &http.Client{}}
	for range 5 {
		stranger.post("/login", url.Values{"address": {o.member.Address}, "password": {"wrong"}}).shows(http.StatusUnauthorized)
	}
	v.get(path).shows(http.StatusOK, "Locked until 14:20 CET for the addresses that sent wrong passwords")
	o.pass(21 * time.Minute)
	v.get(path).shows(http.StatusOK).lacks("Locked until")
}
