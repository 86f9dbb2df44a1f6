package admin

import (
	"context"

	"rekey"
)

// PreviewTransfer is PreviewAutomation with the authority of somebody who is to
// own the automation: see TransferAutomation. What the new owner may not do is
// among the warnings, since the checks decide when a run is executed.
func (s *Service) PreviewTransfer(ctx context.Context, actor rekey.SystemUser, id, owner string, subjects []string) (AutomationPreview, error) {
	a, err := s.Automation(ctx, actor, id)
	if err != nil {
		return AutomationPreview{}, err
	}
	if err := mayManage(ctx, s.store.Queries, actor, a.OwnerID); err != nil {
		return AutomationPreview{}, err
	}
	heir, err := newOwner(ctx, s.store.Queries, actor, owner)
	if err != nil {
		return AutomationPreview{}, err
	}
	a.OwnerID = heir.ID
	var p rekey.Problems
	checkContent(&p, &a, true)
	if err := s.checkReferences(ctx, s.store.Queries, &p, actor, &a, true); err != nil {
		return AutomationPreview{}, err
	}
	var warnings []rekey.Warning
	for _, problem := range fieldsOf(p.Err()) {
		warnings = append(warnings, rekey.Warning(problem))
	}
	preview, err := s.previewWith(ctx, actor, a, heir.Authority(), subjects)
	if rekey.CodeOf(err) == rekey.CodeInvalid && len(warnings) > 0 { // a draft that lacks something reaches nobody yet
		preview, err = AutomationPreview{Complete: true}, nil
	}
	preview.Warnings = append(warnings, preview.Warnings...)
	return preview, err
}
