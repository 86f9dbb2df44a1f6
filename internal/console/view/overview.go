package view

// Overview shows what needs attention, then charts.
type Overview struct {
	Frame

	// Attention is what needs somebody, the most urgent first. If it is empty, the page
	// says so.
	Attention []Attention
	// Runs are the latest that were to reach somebody.
	Runs []LatestRun
	// Figures are numbers that need no action.
	Figures []Figure
	// Started: something has been sent, or tried, in the time of the charts.
	Started bool
	Charts  []Chart
	// First is the first step while nothing is defined.
	First Empty
}

func (Overview) template() string { return "overview" }

// Attention is something that needs somebody, with the link to act.
type Attention struct {
	State State
	Text  string
	Do    Link
}

// LatestRun is a run on the overview.
type LatestRun struct {
	Run    Link // named for its automation
	When   Moment
	People Standings
}

// Figure is a number with what it counts.
type Figure struct {
	Number, Text string
	Href         string // where they are listed; "" for nowhere
}

// Chart is a table of numbers over time. A script draws it; without script it stays a
// table.
type Chart struct {
	ID, Title string
	// Note says what the numbers are.
	Note string
	// Columns are the names of the numbers, and Colors how each is drawn.
	Columns []Column
	Rows    []ChartRow
	// Bars: the numbers are amounts, drawn as bars on each other.
	Bars bool
	// Unit of the numbers; "" for a count.
	Unit string
}

// Column is a series of a chart.
type Column struct {
	Name  string
	Color Color
}

// ChartRow is what a chart shows of one moment.
type ChartRow struct {
	From   Moment
	Label  string
	Values []string // one for each column
}
