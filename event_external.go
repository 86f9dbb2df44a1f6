package rekey

// External happens whenever another system posts an event.
const External = "external"

func init() {
	RegisterEventType(EventType{
		Name:        External,
		Label:       "External event",
		When:        "an external event arrives",
		Designation: SystemRelated,
		Description: "Another system posted a CloudEvent, for example siem.credential_leaked. Only API users may post, and only what their record lists.",
		Parameters: []Parameter{
			{Name: ParamName, Label: "Name", Description: "Only events with such a name. Leave empty for any."},
			{Name: ParamSource, Label: "Source", Description: "Only events from such a source. Leave empty for any."},
		},
		Jobs:     []string{SendNewPassword, NotifyAddress},
		External: true,
	})
}
