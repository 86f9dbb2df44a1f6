// Package queue runs the engine's jobs on River, which provides durability,
// schedules, retries and a leader among many nodes.
//
// The batches of large runs have their own queue and workers. However long they
// take, a single password does not wait for them.
//
// A job holds ids only, and stores a fixed word as its error; the log has the
// cause. A failed job runs again later. If a job is lost, the engine's sweep makes
// another, because the engine's rows say what is still to do.
package queue
