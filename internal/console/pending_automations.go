package console

import "net/http"

func (c *Console) newAutomation(http.ResponseWriter, *http.Request) error           { return errNoPage }
func (c *Console) createAutomation(http.ResponseWriter, *http.Request) error        { return errNoPage }
func (c *Console) reachAutomation(http.ResponseWriter, *http.Request) error         { return errNoPage }
func (c *Console) showAutomation(http.ResponseWriter, *http.Request) error          { return errNoPage }
func (c *Console) editAutomation(http.ResponseWriter, *http.Request) error          { return errNoPage }
func (c *Console) saveAutomation(http.ResponseWriter, *http.Request) error          { return errNoPage }
func (c *Console) askActivateAutomation(http.ResponseWriter, *http.Request) error   { return errNoPage }
func (c *Console) activateAutomation(http.ResponseWriter, *http.Request) error      { return errNoPage }
func (c *Console) askDeactivateAutomation(http.ResponseWriter, *http.Request) error { return errNoPage }
func (c *Console) deactivateAutomation(http.ResponseWriter, *http.Request) error    { return errNoPage }
func (c *Console) copyAutomation(http.ResponseWriter, *http.Request) error          { return errNoPage }
func (c *Console) askDeleteAutomation(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) deleteAutomation(http.ResponseWriter, *http.Request) error        { return errNoPage }
