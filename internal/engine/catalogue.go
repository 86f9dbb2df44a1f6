package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"rekey"
)

// JobType is an entry in the catalogue of things that can be done: its description,
// and how a run of it is planned. A file registers it.
//
// After planning, the engine treats all deliveries alike: they are issued, mailed and, if
// necessary, tried again. What a delivery contains is decided at ISSUE: a new password, or a
// message (message.go). A job type that plans some of these is one file.
type JobType struct {
	rekey.JobType

	// CheckParams checks the parameters for events of one type. Its errors name the
	// fields, with the prefix "job_params.". Nil: there are no parameters.
	CheckParams func(params json.RawMessage, event rekey.EventType) error
	// SendParams reads the parameters of a job that sends new passwords. They
	// decide who gets one: in a preview, in planning, at ISSUE and in a retry. Nil:
	// the job sends no passwords.
	SendParams func(params json.RawMessage, event rekey.EventType) (rekey.SendParams, error)
	// Plan returns how an execution is planned. It changes nothing. The run fails
	// for good and touches nobody if Plan or a part returns a RefusalError, or an
	// error that wraps ErrCalculation or has rekey.CodeInvalid. After any other
	// error it is tried again.
	Plan func(ctx context.Context, e *Engine, x Execution) (Plan, error)
}

// Plan describes how the deliveries of an execution are worked out, part by part.
type Plan struct {
	// Candidates is the number of people to look at, or a higher number.
	Candidates int
	// Ceiling is how many people a run, and all runs of its automation in an hour,
	// may reach without approval; 0 means any number.
	Ceiling int
	// Revokes: the deliveries replace unfinished ones (I10).
	Revokes bool
	// Part looks at the candidates after a place; "" is the start. spent is what
	// the selection of the run has spent before. Nil: the job reaches nobody.
	Part func(ctx context.Context, place string, spent uint64) (Part, error)
	// Waves say in which parts the run is sent.
	Waves rekey.Waves
	// Again puts held deliveries through all checks a second time.
	Again func(ctx context.Context, held []rekey.Delivery, spent uint64) (Part, error)
	// Detail is for the record of the run.
	Detail string
}

// Part is the result for some candidates.
type Part struct {
	// Deliveries are queued or skipped. The engine gives them ids and batches.
	Deliveries []rekey.Delivery
	// Passed counts the people who get no delivery.
	Passed map[Passed]int
	Looked int    // how many candidates were looked at
	Place  string // the place of the last one
	Last   bool   // there are no more candidates
	Spent  uint64 // what the selection has spent so far
}

// Passed names a group of people who are counted instead of recorded one by one:
// people of one rank whom one check keeps out.
type Passed struct {
	Reason rekey.Reason
	Rank   int
}

// RefusalError says why a job cannot be done for an event at all.
type RefusalError struct{ Reason rekey.Reason }

// Error implements error.
func (r *RefusalError) Error() string { return r.Reason.Text() }

// jobTypes is filled by the init functions of the job types and never written
// afterwards.
var jobTypes = map[string]JobType{}

// RegisterJobType adds an entry to the catalogue. The file of the job type calls it
// in an init function. It panics if the name is taken.
func RegisterJobType(t JobType) {
	if _, taken := jobTypes[t.Name]; taken {
		//nolint:forbidigo // two files with one name are a programming mistake, which shows at the first start
		panic("engine: job type " + t.Name + " is registered twice")
	}
	jobTypes[t.Name] = t
}

// FindJobType looks a job type up by its name, also one that is not offered.
func FindJobType(name string) (JobType, bool) {
	t, ok := jobTypes[name]
	return t, ok
}

// JobTypes lists the catalogue by name.
func JobTypes() []JobType {
	return slices.SortedFunc(maps.Values(jobTypes), func(a, b JobType) int { return cmp.Compare(a.Name, b.Name) })
}

// sendParams reads the parameters of an automation whose job sends passwords. Other
// jobs have nobody to preview or to retry.
func sendParams(a rekey.Automation, event rekey.EventType) (rekey.SendParams, error) {
	job, _ := FindJobType(a.JobType)
	if job.SendParams == nil {
		return rekey.SendParams{}, rekey.NewError(rekey.CodeConflict, "The job of this automation sends no passwords.")
	}
	return job.SendParams(a.JobParams, event)
}
