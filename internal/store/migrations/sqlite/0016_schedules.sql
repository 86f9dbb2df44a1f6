-- +goose Up

-- The hours of an execution day in which runs begin, as JSON.
ALTER TABLE automations ADD COLUMN execution_hours TEXT NOT NULL DEFAULT 'null';

-- The next moment of the schedule of an active automation; 0 if there is none.
ALTER TABLE automations ADD COLUMN next_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX automations_next ON automations (next_at) WHERE next_at > 0;

-- The automation that an event is about.
ALTER TABLE events ADD COLUMN automation_id TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;
