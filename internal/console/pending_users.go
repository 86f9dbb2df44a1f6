package console

import "net/http"

func (c *Console) newUser(http.ResponseWriter, *http.Request) error         { return errNoPage }
func (c *Console) createUser(http.ResponseWriter, *http.Request) error      { return errNoPage }
func (c *Console) newImport(http.ResponseWriter, *http.Request) error       { return errNoPage }
func (c *Console) previewImport(http.ResponseWriter, *http.Request) error   { return errNoPage }
func (c *Console) applyImport(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) showUser(http.ResponseWriter, *http.Request) error        { return errNoPage }
func (c *Console) editUser(http.ResponseWriter, *http.Request) error        { return errNoPage }
func (c *Console) saveUser(http.ResponseWriter, *http.Request) error        { return errNoPage }
func (c *Console) askBlockUser(http.ResponseWriter, *http.Request) error    { return errNoPage }
func (c *Console) blockUser(http.ResponseWriter, *http.Request) error       { return errNoPage }
func (c *Console) restoreUser(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) askDeleteUser(http.ResponseWriter, *http.Request) error   { return errNoPage }
func (c *Console) deleteUser(http.ResponseWriter, *http.Request) error      { return errNoPage }
func (c *Console) askSendPassword(http.ResponseWriter, *http.Request) error { return errNoPage }
func (c *Console) sendPassword(http.ResponseWriter, *http.Request) error    { return errNoPage }
func (c *Console) createUserToken(http.ResponseWriter, *http.Request) error { return errNoPage }
func (c *Console) revokeUserToken(http.ResponseWriter, *http.Request) error { return errNoPage }
