package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"rekey"
	"rekey/client"
)

const about = `Rekey watches for events about the people who work in a system, and sends the right ones a new password.

Authenticate with the email address and password of an API or Hybrid user (Basic), or with a token (Bearer).
Lists come in pages: send next_cursor as cursor for the page that follows. Reads of a system user, a selection or an
automation carry an ETag; writes need it as If-Match. Errors are problem details (RFC 9457), whose kinds are described
at /api/docs/problems. Fields that the server fills in are ignored if you send them; unknown fields are refused.`

// describe returns the OpenAPI document without routes.
func describe(version string) *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Rekey", Version: version, Description: about,
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"basic":  {Type: "http", Scheme: "basic", Description: "Email address and password of an API or Hybrid user."},
				"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "rk_…", Description: "A token from POST /tokens."},
			},
		},
		Servers: []*huma.Server{{URL: "/"}},
		Tags: []*huma.Tag{
			{Name: "Account", Description: "The caller, and their own password."},
			{Name: "System users", Description: "People and programs with an account here."},
			{Name: "Selections", Description: "Named conditions over system users, calculated when a job is executed."},
			{Name: "Catalogue", Description: "The event types, the job types, and which of them fit together."},
			{Name: "Automations", Description: "Each says which job an event starts, for which people, and when."},
			{Name: "Events", Description: "What happened: posted as CloudEvents, or recorded by Rekey itself."},
			{Name: "Runs", Description: "Executions of automations for events."},
			{Name: "Deliveries", Description: "New passwords on their way to system users."},
			{Name: "Tokens", Description: "Bearer tokens for programs."},
			{Name: "Directories", Description: "Directories where system users live, such as Active Directory: their state, their import, their tests."},
			{Name: "Pause", Description: "Pause all sending, and resume it."},
		},
	}
}

// schemaName returns the name of a struct in the document: its name in Go, except
// where the API published another name before.
func schemaName(t reflect.Type, hint string) string {
	switch t {
	case typeOf[rekey.SendParams]():
		return "SendNewPassword"
	case typeOf[rekey.FieldError]():
		return "ProblemField"
	default:
		return huma.DefaultSchemaNamer(t, hint)
	}
}

// refine adds to the schemas what Go types cannot say.
func refine(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas
	params := schemas.Schema(typeOf[rekey.SendParams](), true, "")
	automation := schemas.Map()["Automation"]
	automation.Properties["job_params"] = &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true,
		Description: "The settings of the job; for send_new_password see " + params.Ref + ".",
	}
	schemas.Map()["Mapping"].Properties["event"] = &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true, Description: "A sample: an event in the structured mode of CloudEvents.",
	}
	event := schemas.Map()["Event"]
	event.Properties["data"] = &huma.Schema{Description: "The data of the event: any JSON."}
}

// leaveTimes makes huma's check leave times to rekey.ParseTime, which reads them
// next: what huma takes for a time is not RFC 3339. The document is written by now.
func leaveTimes(doc *huma.OpenAPI) {
	for _, schema := range doc.Components.Schemas.Map() {
		for _, property := range schema.Properties {
			if property.Format == "date-time" {
				property.Format = ""
			}
		}
	}
}

// describePost describes POST /events, which huma does not handle.
func (a *API) describePost(tag string) *huma.Operation {
	posting := route{
		id: "post-events", method: http.MethodPost, path: "/events", tag: tag, summary: "Post events",
		about: `Takes CloudEvents 1.0 in structured, batched (at most 1,000) or binary mode, 1 MiB in all, in UTF-8, as it is or packed with gzip (Content-Encoding). type is the event's name, or external with its name in data.name; names of the catalogue come from Rekey itself and are refused. The caller's record must list source and name.

data.system_users lists the addresses or ids of the system users involved, at most 10,000. If the source has a mapping, the mapping says which part of the event names them, at most 1,000. An event is refused with 422 if its mapping cannot be calculated. JSON that comes as a text, or with the content type of a text, of bytes or of a form, is read as JSON, and so are the fields of a form. An event that names nobody is taken. Data that seems to name people in another field, such as systemUsers, is refused. The answer says for each event how many people it names, how many of them are unknown, and how many runs it starts. time may be 5 minutes ahead and 90 days ago; absent it is the time of receipt. Extension attributes are accepted, shown to a mapping, and not kept.

The answer is 202 when new events are stored durably, and 200 when all were posted before. Source and id identify an event forever: the same content is a repeat, other content is a conflict. Content is type, time, subject, dataschema and data, whatever the mode and the order of members. A batch is stored as a whole or not at all.

OPTIONS answers the validation request of CloudEvents webhooks (WebHook-Request-Origin). It needs no credentials, the answer is the same for everybody, and WebHook-Request-Callback is never called.`,
		errors: []int{http.StatusConflict},
	}
	op := posting.operation(true)
	schemas := a.huma.OpenAPI().Components.Schemas
	schemas.Map()["CloudEvent"] = cloudEventSchema()
	one := &huma.Schema{Ref: "#/components/schemas/CloudEvent"}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/cloudevents+json":       {Schema: one},
		"application/cloudevents-batch+json": {Schema: &huma.Schema{Type: huma.TypeArray, Items: one}},
		"application/json": {Schema: &huma.Schema{
			Description: "The data, in binary mode: the attributes are in headers ce-specversion, ce-id, ce-source, ce-type and ce-time.",
		}},
	}}
	receipts := func(what string) *huma.Response {
		return &huma.Response{Description: what, Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemas.Schema(typeOf[client.EventReceipts](), true, "EventReceipts")},
		}}
	}
	op.Responses = map[string]*huma.Response{
		"200": receipts("All of them were posted before."),
		"202": receipts("Stored durably."),
	}
	problem := schemas.Schema(typeOf[problem](), true, "Problem")
	for _, status := range posting.statuses(true) {
		op.Responses[itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: problem},
		}}
	}
	return &op
}

// cloudEventSchema describes an event in structured mode.
func cloudEventSchema() *huma.Schema {
	text := func(description, example string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Description: description, Examples: []any{example}}
	}
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"specversion", "id", "source", "type"},
		AdditionalProperties: true, Description: "A CloudEvent, version 1.0.",
		Properties: map[string]*huma.Schema{
			"specversion":     text("The version of CloudEvents.", "1.0"),
			"id":              text("Identifies the event forever, together with source; at most 255 characters.", "4711"),
			"source":          text("Where it comes from: a URI reference of at most 255 characters that the caller's record lists.", "/siem"),
			"type":            text("The event's name, 1 to 255 printable characters, compared exactly; or external with its name in data.name.", "siem.credential_leaked"),
			"time":            text("When it took place (RFC 3339).", "2026-01-31T12:00:00Z"),
			"subject":         text("What it is about.", "ada"),
			"datacontenttype": text("Of data; application/json if left out.", "application/json"),
			"dataschema":      text("A URI of the schema of data.", "https://siem.example.org/schema"),
			"data_base64":     text("Data as Base64, in place of data.", "e30="),
			"data": {Description: "Any JSON. Of an object, name and system_users have a meaning.", Examples: []any{
				map[string]any{"system_users": []any{"ada@example.org"}},
			}},
		},
	}
}
