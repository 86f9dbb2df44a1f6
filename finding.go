package rekey

// Health is the result of a check.
type Health string

// The kinds of health.
const (
	Well     Health = "ok"
	Doubtful Health = "warning"
	Ill      Health = "failed"
)

// Finding is what one check found, and what to do about it.
type Finding struct {
	Check  string `json:"check" doc:"What was checked." example:"rights"`
	Health Health `json:"health" enum:"ok,warning,failed" doc:"The result."`
	Found  string `json:"found" doc:"What was found."`
	Advice string `json:"advice,omitempty" doc:"What to do about it."`
}
