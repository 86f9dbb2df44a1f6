package console

import "net/http"

func (c *Console) newUser(http.ResponseWriter, *http.Request) error       { return errNoPage }
func (c *Console) createUser(http.ResponseWriter, *http.Request) error    { return errNoPage }
func (c *Console) newImport(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) previewImport(http.ResponseWriter, *http.Request) error { return errNoPage }
func (c *Console) applyImport(http.ResponseWriter, *http.Request) error   { return errNoPage }
func (c *Console) editUser(http.ResponseWriter, *http.Request) error      { return errNoPage }
func (c *Console) saveUser(http.ResponseWriter, *http.Request) error      { return errNoPage }
