package view

// Standings is how far the people of a run are: a bar, and its parts in words. Part
// "standings".
type Standings struct {
	Text  string // "12 of 20 are in"; "" if the run was to reach nobody
	Parts []StandingPart
	// Others lists all who are not in; empty if there are none.
	Others Link
	// Again asks whether to send again to those who are not in; may be empty.
	Again Action
	// Download is the list that is shown, as CSV; "" if it is another list.
	Download string
	// Runs are other runs that belong to it: the one whose people it sends to again,
	// and those that do so with its own.
	Runs []Link
}

// StandingPart is a part of the people.
type StandingPart struct {
	Color  Color
	Text   string
	Href   string
	Count  string
	Active bool
	Live   string // the server-sent event that updates the count
	// From and Width place it in the bar, of 1000. Width 0: nobody.
	From, Width int
}

// barWidth is the width of a whole bar. A part that has somebody is at least
// barLeast wide.
const (
	barWidth = 1000
	barLeast = 12
)

// Widths sets the place of each part in the bar, for these numbers of people.
func Widths(parts []StandingPart, people []int64) {
	var all, free int64 = 0, barWidth
	for _, n := range people {
		if all += n; n > 0 {
			free -= barLeast
		}
	}
	from := 0
	for i, n := range people {
		if parts[i].From = from; n > 0 {
			parts[i].Width = barLeast + int(free*n/all)
		}
		from += parts[i].Width
	}
}

// Undone is what the undo of a run did. Part "undone".
type Undone struct {
	By    string // who did it, in words; "" if nobody did
	At    Moment
	Goes  bool // it has not looked at everybody yet
	Ended Link
	Kept  Link
}
