-- +goose Up

-- A trial sends nothing: its automation was in trial.
ALTER TABLE runs ADD COLUMN trial BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX runs_trial ON runs (id) WHERE trial;
-- Trials are left out of the count of what waits, which reads only this index.
DROP INDEX runs_state;
CREATE INDEX runs_state ON runs (state, id, trial);

-- Events start runs of active automations, and of those in trial.
DROP INDEX automations_event;
CREATE INDEX automations_event ON automations (event_type) WHERE status IN ('active', 'trial');

-- +goose Down
SELECT 1;
