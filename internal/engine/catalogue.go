package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"rekey"
)

// JobType is an entry in the catalogue of things that can be done: how it is
// described, and how a run of it is planned. A file registers it.
//
// From the plan on the engine does the same for all job types: each delivery gets
// a new password, which is sealed, mailed and, if need be, tried again. So a job
// type that plans no deliveries is one file. One that mails something else must
// also say here what its deliveries get, and issue must ask for it.
type JobType struct {
	rekey.JobType

	// CheckParams reports, with the fields named below "job_params.", what is
	// wrong with parameters for events of a type. Nil means that there are none.
	CheckParams func(params json.RawMessage, event rekey.EventType) error
	// SendParams reads the parameters of a job that sends new passwords. They
	// decide who gets one: in a preview, when a run is planned, when the password
	// is issued, and when a delivery is tried again. Nil: the job sends none.
	SendParams func(params json.RawMessage, event rekey.EventType) (rekey.SendParams, error)
	// Plan says how an execution is planned. It changes nothing itself.
	// An error of it, or of a part, that wraps ErrCalculation or has
	// rekey.CodeInvalid fails the run for good, touching nobody, as a RefusalError
	// does; after any other it is tried again.
	Plan func(ctx context.Context, e *Engine, x Execution) (Plan, error)
}

// Plan is what an execution comes to, which is worked out part by part.
type Plan struct {
	// Candidates is how many there are to be looked at; none too few.
	Candidates int
	// Ceiling is how many people a run, and the runs of an automation in an hour,
	// reach without approval; 0 means any number.
	Ceiling int
	// Revokes: the deliveries take the place of unfinished ones (I10).
	Revokes bool
	// Part looks at the candidates after a place, "" at the first ones, for a run
	// whose selection has spent so much. Nil: nobody is reached.
	Part func(ctx context.Context, place string, spent uint64) (Part, error)
	// Again puts held deliveries through all checks once more.
	Again func(ctx context.Context, held []rekey.Delivery, spent uint64) (Part, error)
	// Detail is for the record of the run.
	Detail string
}

// Part is what looking at some candidates comes to.
type Part struct {
	// Deliveries are queued or skipped. The engine gives them ids and batches.
	Deliveries []rekey.Delivery
	// Passed are those who are not worth a delivery.
	Passed map[Passed]int
	Looked int    // how many were looked at
	Place  string // the place after them
	Last   bool   // there are no more
	Spent  uint64 // by the selection, so far
}

// Passed is who is counted, and not put on record one by one: people of a rank
// whom a check has kept out.
type Passed struct {
	Reason rekey.Reason
	Rank   int
}

// RefusalError is why a job cannot be done for an event at all.
type RefusalError struct{ Reason rekey.Reason }

// Error implements error.
func (r *RefusalError) Error() string { return r.Reason.Text() }

// jobTypes is filled by the files of the job types while the program is
// initialised and not written after.
var jobTypes = map[string]JobType{}

// RegisterJobType adds an entry to the catalogue. It is called from an init
// function in the file of the job type, and panics on a name that is taken.
func RegisterJobType(t JobType) {
	if _, taken := jobTypes[t.Name]; taken {
		//nolint:forbidigo // two files with one name is a mistake of whoever wrote them, seen at the first start
		panic("engine: job type " + t.Name + " is registered twice")
	}
	jobTypes[t.Name] = t
}

// FindJobType looks a job type up by its name. What is not offered can be found
// too.
func FindJobType(name string) (JobType, bool) {
	t, ok := jobTypes[name]
	return t, ok
}

// JobTypes lists the catalogue by name.
func JobTypes() []JobType {
	return slices.SortedFunc(maps.Values(jobTypes), func(a, b JobType) int { return cmp.Compare(a.Name, b.Name) })
}

// sendParams reads the parameters of an automation whose job sends passwords. Any
// other has nobody to preview or to try again.
func sendParams(a rekey.Automation, event rekey.EventType) (rekey.SendParams, error) {
	job, _ := FindJobType(a.JobType)
	if job.SendParams == nil {
		return rekey.SendParams{}, rekey.NewError(rekey.CodeConflict, "The job of this automation sends nobody a password.")
	}
	return job.SendParams(a.JobParams, event)
}
