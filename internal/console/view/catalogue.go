package view

// Catalogue is the page of what can happen and what can be done.
type Catalogue struct {
	Frame

	Events []CatalogueEvent
	Jobs   []CatalogueJob
}

func (Catalogue) template() string { return "catalogue" }

// CatalogueEvent is an event type. Its name is the anchor.
type CatalogueEvent struct {
	Name, Label, Designation string
	Description              string
	From                     string // where it comes from
	Parameters               []Reference
	Fits                     []CatalogueFit // with each job, in the order of Catalogue.Jobs
	Use                      string         // where an automation is made for it; "" where none can be
}

// CatalogueFit is how an event type goes with a job type.
type CatalogueFit struct {
	Job   Link
	State State
	Why   string
}

// CatalogueJob is a job type. Its name is the anchor.
type CatalogueJob struct {
	Name, Label string // the designation is in the label
	Description string
	Hints       []string
	Parameters  []Reference
	NotOffered  string // why; "" for what is offered
	Recommended []Link // with these events
}
