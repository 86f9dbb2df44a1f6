package console

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

// maxSample is how long a sample event may be, in characters.
const maxSample = 20_000

// sourceRows are the fields of the sources that a program may post from.
func (c *Console) sourceRows(r *http.Request, f form.User, p view.Problem) *view.SourceRows {
	rows := &view.SourceRows{Errors: p.Of("sources")}
	list := f.Sources
	if len(list) == 0 || f.Go == "add-source" {
		list = append(slices.Clip(list), form.Source{})
	}
	for i, s := range list {
		fields, n := form.FieldsOfSource(i), strconv.Itoa(i+1)
		row := view.SourceRow{
			Source: view.Field{Name: fields.Source, Label: "Source " + n, Value: s.Source, Max: rekey.MaxEventSource, Code: true, Errors: p.Of(fields.Source), Focus: f.Go == "add-source" && i == len(list)-1},
			Names:  view.Field{Name: fields.Names, Label: "Names of events " + n + ", one per line", Kind: "textarea", Rows: 2, Value: s.Names, Max: 20_000, Code: true, Errors: p.Of(fields.Names)},
			People: view.Field{Name: fields.People, Label: "Mapping " + n, Kind: "textarea", Rows: 2, Value: s.People, Max: rekey.MaxExpression, Code: true, Optional: true, Errors: p.Of(fields.People),
				Hint: "Which part of an event names the people, such as [event.data.ticket.reporter.email]. Leave empty if the events have data.system_users."},
			Sample: view.Field{Name: fields.Sample, Label: "Sample event " + n, Kind: "textarea", Rows: 5, Value: s.Sample, Max: maxSample, Code: true, Optional: true,
				Hint: `An event as it is posted, such as {"id": "1", "type": "ticket.opened", "data": {"ticket": {}}}. It is not stored.`},
			Try: fields.Try,
		}
		if actor(r).Authority().MayAdminister() || s.Trusted {
			row.Trusted = &view.Check{Name: fields.Trusted, Label: "Trust mapping " + n + " to name people", On: s.Trusted, Errors: p.Of(fields.Trusted),
				Hint: "Only if no outsider can type what the mapping reads. Without trust, runs of these events may only keep the old password."}
		}
		row.Open = s.People != "" || s.Sample != "" || len(row.People.Errors) > 0
		if f.Go == fields.Try {
			c.tryMapping(r, s, &row)
		}
		rows.List = append(rows.List, row)
	}
	return rows
}

// tryMapping shows beside a mapping whom it finds in the sample.
func (c *Console) tryMapping(r *http.Request, s form.Source, row *view.SourceRow) {
	row.Sample.Focus = true
	event, err := c.ReadSample([]byte(s.Sample))
	var preview admin.MappingPreview
	if err == nil {
		preview, err = c.Admin.PreviewMapping(r.Context(), actor(r), s.People, event)
	}
	if known, ok := errors.AsType[*rekey.Error](err); ok && len(known.Fields) > 0 {
		field := &row.Sample
		if known.Fields[0].Field == "people" {
			field = &row.People
		}
		for _, problem := range known.Fields {
			field.Errors = append(field.Errors, problem.Message)
		}
		return
	}
	if err != nil {
		row.Sample.Errors = []string{"This cannot be tried now. Please try again."}
		return
	}
	row.Tried = &view.Tried{People: preview.People, Unknown: preview.Unknown}
}

// postSource is a source on the page of a program.
func (c *Console) postSource(r *http.Request, s rekey.EventSource) (view.PostSource, error) {
	source := view.PostSource{Source: s.Source, Names: s.Names, People: s.People}
	switch {
	case s.Trusted:
		source.Trust = "Trusted to name people."
	case s.Outsiders():
		source.Trust = "Not trusted: runs of its events may only keep the old password."
	}
	failing, err := c.Admin.FailingFor(r.Context(), actor(r), s)
	for _, a := range failing {
		source.Failing = append(source.Failing, view.Link{Text: a.Name, Href: "/automations/" + a.ID})
	}
	return source, err
}
