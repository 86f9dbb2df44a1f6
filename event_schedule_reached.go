package rekey

// ScheduleReached happens at the moments of an automation's schedule. Only that automation
// is started.
const ScheduleReached = "schedule.reached"

func init() {
	RegisterEventType(EventType{
		Name:        ScheduleReached,
		Label:       "Moment of a schedule is reached",
		When:        "a moment of the schedule is reached",
		Designation: SystemRelated,
		Description: "A moment of the automation's own schedule has come. It names nobody. A moment that passes while no server runs is made up for within 24 hours, once.",
		Parameters: []Parameter{
			{Name: ParamSchedule, Label: "Schedule", Description: "When it happens first, and how it is repeated."},
		},
		Jobs:        []string{SendNewPassword},
		NamesNobody: true,
	})
}
