package api

import (
	"context"
	"net/http"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
)

type selectionList struct {
	Paging

	Search string `query:"search" maxLength:"100" doc:"Part of the name."`
}

type selectionWrite struct {
	OneByID
	Versioned

	Body rekey.Selection
}

// Sample limits the lists of a preview.
type Sample struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"20" doc:"The most system users to list in each group: those selected, and those not."`
}

func (a *API) selectionRoutes() {
	const tag = "Selections"
	handle(a, route{id: "list-selections", method: http.MethodGet, path: "/selections", tag: tag,
		summary: "List selections", about: "In the order of their creation."}, a.listSelections)
	handle(a, route{id: "create-selection", method: http.MethodPost, path: "/selections", tag: tag, status: http.StatusCreated,
		summary: "Create a selection", about: "The condition and its types are checked: an error says where, and what was expected.",
		errors: []int{http.StatusConflict}}, a.createSelection)
	handle(a, route{id: "preview-expression", method: http.MethodPost, path: "/selections/preview", tag: tag,
		summary: "Preview a condition", about: "Shows what it selects now, among the system users that the caller may view. Cost and time are limited."}, a.previewExpression)
	handle(a, route{id: "get-selection", method: http.MethodGet, path: "/selections/{id}", tag: tag,
		summary: "Read a selection", errors: []int{http.StatusNotFound}}, a.getSelection)
	handle(a, route{id: "update-selection", method: http.MethodPut, path: "/selections/{id}", tag: tag,
		summary: "Change a selection", about: "The change applies to every run that is executed from now on.", errors: writeErrors}, a.updateSelection)
	handle(a, route{id: "delete-selection", method: http.MethodDelete, path: "/selections/{id}", tag: tag, status: http.StatusNoContent,
		summary: "Delete a selection", about: "Refused while an automation uses it.", errors: writeErrors}, a.deleteSelection)
	handle(a, route{id: "transfer-selection", method: http.MethodPost, path: "/selections/{id}/transfer", tag: tag,
		summary: "Give a selection another owner", errors: verbErrors},
		func(ctx context.Context, caller rekey.SystemUser, in *transfer) (*tagged[rekey.Selection], error) {
			version, err := in.optional()
			if err != nil {
				return nil, err
			}
			return taggedSelection(a.admin.TransferSelection(ctx, caller, in.ID, version, in.Body.Owner))
		})
	a.historyRoute("/selections", tag, "selection", rekey.KindSelection)
	handle(a, route{id: "preview-selection", method: http.MethodPost, path: "/selections/{id}/preview", tag: tag,
		summary: "Preview a selection", errors: []int{http.StatusNotFound}}, a.previewSelection)
}

func (a *API) listSelections(ctx context.Context, caller rekey.SystemUser, in *selectionList) (*plain[client.Page[rekey.Selection]], error) {
	return listed(in.Paging, "selections", func(x rekey.Selection) string { return x.ID }, selectionOf,
		func(p admin.Place) (admin.Listed[rekey.Selection], error) {
			return a.admin.Selections(ctx, caller, in.Search, p)
		})
}

func (a *API) createSelection(ctx context.Context, caller rekey.SystemUser, in *struct{ Body rekey.Selection }) (*tagged[rekey.Selection], error) {
	var s rekey.Selection
	writeSelection(&s, in.Body)
	return taggedSelection(a.admin.CreateSelection(ctx, caller, s))
}

func (a *API) getSelection(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*tagged[rekey.Selection], error) {
	return taggedSelection(a.admin.Selection(ctx, caller, in.ID))
}

func (a *API) updateSelection(ctx context.Context, caller rekey.SystemUser, in *selectionWrite) (*tagged[rekey.Selection], error) {
	version, err := in.required()
	if err != nil {
		return nil, err
	}
	return taggedSelection(a.admin.UpdateSelection(ctx, caller, in.ID, version, func(s *rekey.Selection) error {
		writeSelection(s, in.Body)
		return nil
	}))
}

func (a *API) deleteSelection(ctx context.Context, caller rekey.SystemUser, in *verb) (*nothing, error) {
	version, err := in.required()
	if err != nil {
		return nil, err
	}
	return &nothing{}, a.admin.DeleteSelection(ctx, caller, in.ID, version)
}

func (a *API) previewSelection(ctx context.Context, caller rekey.SystemUser, in *struct {
	OneByID
	Sample
}) (*plain[client.SelectionPreview], error) {
	s, err := a.admin.Selection(ctx, caller, in.ID)
	if err != nil {
		return nil, err
	}
	return a.preview(ctx, caller, s.Expression, in.Limit)
}

func (a *API) previewExpression(ctx context.Context, caller rekey.SystemUser, in *struct {
	Sample

	Body client.Expression
}) (*plain[client.SelectionPreview], error) {
	return a.preview(ctx, caller, in.Body.Expression, in.Limit)
}

func (a *API) preview(ctx context.Context, caller rekey.SystemUser, expression string, limit int) (*plain[client.SelectionPreview], error) {
	p, err := a.admin.PreviewSelection(ctx, caller, expression, limit)
	if err != nil {
		return nil, err
	}
	return answer(client.SelectionPreview{
		Matched: p.Matched, NotMatched: p.NotMatched, NotEvaluated: p.NotEvaluated, Complete: p.Complete, Stopped: p.Stopped, Warnings: p.Warnings,
		In: whole(p.In, recipient).Items, Out: whole(p.Out, recipient).Items,
	}, nil)
}

// recipient returns a candidate as the API shows it.
func recipient(c admin.Candidate) client.Recipient {
	w := client.Recipient{
		UserID: c.User.ID, Subject: c.Subject, Address: c.User.Address, Name: c.User.Name(),
		Gets: c.Reason == "", Reason: string(c.Reason), Detail: c.Detail,
	}
	if c.Reason != "" {
		w.ReasonText = c.Reason.Text()
	}
	return w
}

func writeSelection(s *rekey.Selection, w rekey.Selection) {
	s.Name, s.Description, s.Expression = w.Name, w.Description, w.Expression
}

func taggedSelection(s rekey.Selection, err error) (*tagged[rekey.Selection], error) {
	if err != nil {
		return nil, err
	}
	return tag(s.Version, selectionOf(s)), nil
}

// selectionOf returns a selection as the API shows it.
func selectionOf(s rekey.Selection) rekey.Selection {
	s.UpdatedAt = moment(s.UpdatedAt, s.CreatedAt)
	return s
}
