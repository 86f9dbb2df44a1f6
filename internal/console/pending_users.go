package console

import "net/http"

func (c *Console) newImport(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) previewImport(http.ResponseWriter, *http.Request) error { return errNoPage }
func (c *Console) applyImport(http.ResponseWriter, *http.Request) error   { return errNoPage }
