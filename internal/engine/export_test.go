package engine

// What the tests of this package run with.
const (
	BatchSize  = 40
	OpenAtOnce = 6
	PlanStep   = 50
	SweepLimit = 50
)

func init() {
	batchSize, openAtOnce, planStep, sweepLimit = BatchSize, OpenAtOnce, PlanStep, SweepLimit
}
