package console

import "net/http"

func (c *Console) listSelections(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) newSelection(http.ResponseWriter, *http.Request) error       { return errNoPage }
func (c *Console) createSelection(http.ResponseWriter, *http.Request) error    { return errNoPage }
func (c *Console) previewSelection(http.ResponseWriter, *http.Request) error   { return errNoPage }
func (c *Console) showSelection(http.ResponseWriter, *http.Request) error      { return errNoPage }
func (c *Console) editSelection(http.ResponseWriter, *http.Request) error      { return errNoPage }
func (c *Console) saveSelection(http.ResponseWriter, *http.Request) error      { return errNoPage }
func (c *Console) askDeleteSelection(http.ResponseWriter, *http.Request) error { return errNoPage }
func (c *Console) deleteSelection(http.ResponseWriter, *http.Request) error    { return errNoPage }
func (c *Console) showCatalogue(http.ResponseWriter, *http.Request) error      { return errNoPage }
