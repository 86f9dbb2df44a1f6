package admin_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
)

func TestTokenIsShownOnceAndStoredAsAHash(t *testing.T) {
	t.Parallel()
	o := setup(t)
	u := o.person(rekey.RoleMember, api)
	token, text, err := o.CreateToken(o.ctx, u, admin.TokenRequest{UserID: u.ID, Name: " ci "})
	o.must(err)
	if !regexp.MustCompile(`^rk_[0-9A-Za-z]{43}$`).MatchString(text.Reveal()) {
		t.Error("the text is not rk_ and 43 letters and digits")
	}
	if strings.Contains(fmt.Sprint(token, text), text.Reveal()) {
		t.Error("the text can be printed by chance")
	}
	if token.Name != "ci" || token.ExpiresAt != monday.Add(90*24*time.Hour) {
		t.Errorf("the token is %+v", token)
	}
	found, id, _, err := o.db.TokenUser(o.ctx, rekey.TokenHash(text), o.now())
	if err != nil || found.ID != u.ID || id != token.ID {
		t.Errorf("the hash finds %q (%v), want its user", found.ID, err)
	}
	o.must(o.RevokeToken(o.ctx, u, token.ID))
	if _, _, _, err := o.db.TokenUser(o.ctx, rekey.TokenHash(text), o.now()); rekey.CodeOf(err) != rekey.CodeNotFound {
		t.Errorf("the revoked token is found (%v)", err)
	}
}

func TestBadTokenIsRefused(t *testing.T) {
	t.Parallel()
	o := setup(t)
	u := o.person(rekey.RoleMember, api)
	blocked := o.person(rekey.RoleMember, api, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	o.unchanged(func() {
		for _, c := range []struct {
			holder, name string
			life         time.Duration
			code         rekey.Code
			fields       []string
		}{
			{u.ID, "", 0, rekey.CodeInvalid, []string{"name"}},
			{u.ID, strings.Repeat("x", 101), 0, rekey.CodeInvalid, []string{"name"}},
			{u.ID, "ci", 366 * 24 * time.Hour, rekey.CodeInvalid, []string{"expires_in_days"}},
			{u.ID, "ci", -1, rekey.CodeInvalid, []string{"expires_in_days"}},
			{o.member.ID, "ci", 0, rekey.CodeConflict, []string{"type"}},
			{blocked.ID, "ci", 0, rekey.CodeConflict, nil},
			{newID(), "ci", 0, rekey.CodeNotFound, nil},
		} {
			_, _, err := o.CreateToken(o.ctx, o.root, admin.TokenRequest{UserID: c.holder, Name: c.name, Life: c.life})
			o.refused(err, c.code, c.fields...)
		}
	})
	for range admin.MaxTokens {
		_, _, err := o.CreateToken(o.ctx, o.root, admin.TokenRequest{UserID: u.ID, Name: "ci", Life: rekey.MaxTokenLife})
		o.must(err)
	}
	_, _, err := o.CreateToken(o.ctx, o.root, admin.TokenRequest{UserID: u.ID, Name: "one more"})
	o.refused(err, rekey.CodeConflict)
}

func TestTokensOfOthersAreNotRevokedOrConfirmed(t *testing.T) {
	t.Parallel()
	o := setup(t)
	boss := o.person(rekey.RoleAdministrator, api)
	token, _, err := o.CreateToken(o.ctx, boss, admin.TokenRequest{UserID: boss.ID, Name: "ci"})
	o.must(err)
	o.unchanged(func() {
		o.refused(o.RevokeToken(o.ctx, o.manager, token.ID), rekey.CodeNotFound)
		o.refused(o.ConfirmToken(o.ctx, o.manager, token.ID), rekey.CodeNotFound)
		peer := o.person(rekey.RoleMember)
		_, err := o.Tokens(o.ctx, o.member, peer.ID)
		o.refused(err, rekey.CodeForbidden)
		o.must(o.DeleteUser(o.ctx, o.root, peer.ID, 0))
	})
}

func TestTokenDoesNotMakeItsHolderAnother(t *testing.T) {
	t.Parallel()
	o := setup(t)
	boss := o.person(rekey.RoleAdministrator, api)
	o.unchanged(func() {
		_, _, err := o.CreateToken(o.ctx, boss, admin.TokenRequest{UserID: boss.ID, Name: "ci", ByToken: true})
		o.refused(err, rekey.CodeForbidden)
	})
	other := o.person(rekey.RoleMember, api)
	_, _, err := o.CreateToken(o.ctx, boss, admin.TokenRequest{UserID: other.ID, Name: "ci", ByToken: true})
	o.must(err)
}
