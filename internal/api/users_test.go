package api_test

import (
	"net/http"
	"testing"

	"rekey"
	"rekey/client"
)

func TestAPathNamesAUserByIDOrAddress(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ada := o.person("ada@example.org", "", func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid })
	o.person("heir@example.org", "", func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	c := o.as(o.root)
	for _, name := range []string{ada.ID, "Ada@Example.org"} {
		read, err := c.User(o.ctx, name)
		o.must(err)
		read.ID, read.FirstName = name, read.FirstName+"x"
		written, err := c.UpdateUser(o.ctx, read)
		o.must(err)
		if written.ID != ada.ID {
			t.Errorf("%s is %+v", name, written)
		}
		_, err = c.BlockUser(o.ctx, name)
		o.must(err)
		_, err = c.RestoreUser(o.ctx, name)
		o.must(err)
		_, err = c.HandOn(o.ctx, name, "heir@example.org")
		o.must(err)
		_, err = c.SendPassword(o.ctx, name)
		o.must(err)
		issued, err := c.CreateToken(o.ctx, name, client.NewToken{Name: "ci"})
		o.must(err)
		list, err := c.Tokens(o.ctx, name)
		o.must(err)
		if issued.UserID != ada.ID || list.Items[0].UserID != ada.ID {
			t.Errorf("tokens of %s: %+v, %+v", name, issued.Token, list)
		}
	}
	if _, err := c.Tokens(o.ctx, "nobody@example.org"); problemOf(t, err).Status != http.StatusNotFound {
		t.Errorf("nobody: %v", err)
	}
	own, err := c.CreateToken(o.ctx, "", client.NewToken{Name: "own"})
	o.must(err)
	if _, err := o.client(client.WithToken(own.Text)).CreateToken(o.ctx, o.root.Address, client.NewToken{Name: "another"}); problemOf(t, err).Status != http.StatusForbidden {
		t.Errorf("a token made its holder, named by address, another: %v", err)
	}
	read, err := c.User(o.ctx, ada.Address)
	o.must(err)
	o.must(c.DeleteUser(o.ctx, ada.Address, read.Version))
}
