package engine

// What the tests of this package run with.
const (
	BatchSize  = 40
	OpenAtOnce = 6
	PlanStep   = 50
	EndStep    = 2
	SweepLimit = 50
)

func init() {
	batchSize, openAtOnce, planStep, endStep, sweepLimit = BatchSize, OpenAtOnce, PlanStep, EndStep, SweepLimit
}
