package rekey

// AutomationFinished happens when a run of an automation has ended.
const AutomationFinished = "automation.finished"

func init() {
	RegisterEventType(EventType{
		Name:        AutomationFinished,
		Label:       "Automation has finished",
		When:        "an automation has finished",
		Jobs:        []string{NotifyAddress},
		Designation: SystemOrContact,
		Description: "A run of another automation has finished. It names the system users who were sent a password in that run. A cancelled or failed run does not count. If a stranger can set off the first automation of the chain, only 'keep until changed' is allowed.",
		Parameters: []Parameter{
			{Name: ParamAutomation, Label: "Automation", Description: "The automation whose runs finish."},
		},
	})
}
