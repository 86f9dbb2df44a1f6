package main

import (
	"context"
	"errors"
	"fmt"

	"rekey"
	"rekey/client"
)

type selectionCommands struct {
	List     selectionListCommand     `cmd:"" help:"List selections."`
	Show     selectionShowCommand     `cmd:"" help:"Show a selection."`
	Create   selectionCreateCommand   `cmd:"" help:"Save a new selection."`
	Edit     selectionEditCommand     `cmd:"" help:"Change a selection."`
	Preview  selectionPreviewCommand  `cmd:"" help:"Show which system users a selection, or a condition, selects now."`
	Delete   selectionDeleteCommand   `cmd:"" help:"Delete a selection that no automation uses."`
	History  selectionHistoryCommand  `cmd:"" help:"List who changed a selection, when, and what."`
	Transfer selectionTransferCommand `cmd:"" help:"Give a selection another owner."`
}

type selectionListCommand struct{ remote }

// Run implements the command.
func (s *selectionListCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	selections := []rekey.Selection{}
	var rows [][]string
	for item, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[rekey.Selection], error) {
		return c.Selections(ctx, client.SelectionFilter{Paging: p})
	}) {
		if err != nil {
			return err
		}
		selections = append(selections, item)
		rows = append(rows, []string{item.Name, item.Expression})
	}
	if s.JSON {
		return e.json(selections)
	}
	return e.table([]string{"NAME", "CONDITION"}, rows)
}

type selectionShowCommand struct {
	remote

	Selection string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (s *selectionShowCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findSelection(ctx, c, s.Selection)
	if err != nil {
		return err
	}
	if s.JSON {
		return e.json(item)
	}
	return e.facts(fact{"Name", item.Name}, fact{"Description", item.Description}, fact{"Condition", item.Expression},
		fact{"Created", moment(item.CreatedAt)}, fact{"Changed", moment(item.UpdatedAt)}, fact{"Id", item.ID})
}

type selectionCreateCommand struct {
	remote

	Name        string `arg:"" help:"Its name."`
	Expression  string `required:"" short:"e" placeholder:"CEL" help:"The condition over user and now, such as 'user.domain == \"example.org\"'."`
	Description string `placeholder:"TEXT" help:"What it is for."`
}

// Run implements the command.
func (s *selectionCreateCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := c.CreateSelection(ctx, rekey.Selection{Name: s.Name, Description: s.Description, Expression: s.Expression})
	if err != nil {
		return err
	}
	warn(e, item.Warnings)
	return s.answer(e, item, "Created the selection %q.", item.Name)
}

type selectionPreviewCommand struct {
	remote

	Selection  string `arg:"" optional:"" help:"Name or id."`
	Expression string `short:"e" placeholder:"CEL" help:"A condition that is not saved, instead of a selection."`
}

// Run implements the command.
func (s *selectionPreviewCommand) Run(ctx context.Context, e *env) error {
	if (s.Selection == "") == (s.Expression == "") {
		return errors.New("name a selection, or give a condition with --expression, but not both")
	}
	c, err := s.ProvideClient(e)
	if err != nil {
		return err
	}
	preview, err := s.ask(ctx, c)
	if err != nil {
		return err
	}
	if s.JSON {
		return e.json(preview)
	}
	warn(e, preview.Warnings)
	var rows [][]string
	for _, r := range preview.In {
		rows = append(rows, []string{r.Address, dash(r.Name)})
	}
	if len(rows) > 0 {
		if err := e.table([]string{"SELECTED", "NAME"}, rows); err != nil {
			return err
		}
	}
	line := fmt.Sprintf("%d selected, %d not", preview.Matched, preview.NotMatched)
	if preview.NotEvaluated > 0 {
		line += fmt.Sprintf(", %d could not be evaluated", preview.NotEvaluated)
	}
	if !preview.Complete {
		line += "; not everybody was checked: " + preview.Stopped
	}
	return e.say("%s.", line)
}

func (s *selectionPreviewCommand) ask(ctx context.Context, c *client.Client) (client.SelectionPreview, error) {
	if s.Expression != "" {
		return c.PreviewExpression(ctx, s.Expression)
	}
	item, err := findSelection(ctx, c, s.Selection)
	if err != nil {
		return client.SelectionPreview{}, err
	}
	return c.PreviewSelection(ctx, item.ID)
}

type selectionDeleteCommand struct {
	remote

	Selection string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (s *selectionDeleteCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findSelection(ctx, c, s.Selection)
	if err != nil {
		return err
	}
	if err := c.DeleteSelection(ctx, item.ID, item.Version); err != nil {
		return err
	}
	return e.say("Deleted the selection %q.", item.Name)
}
