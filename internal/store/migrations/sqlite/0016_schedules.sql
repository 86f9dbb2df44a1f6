-- +goose Up

-- The hours of an execution day in which runs begin, as JSON.
ALTER TABLE automations ADD COLUMN execution_hours TEXT NOT NULL DEFAULT 'null';

-- The next moment of the schedule of an active automation; 0 if there is none.
ALTER TABLE automations ADD COLUMN next_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX automations_next ON automations (next_at) WHERE next_at > 0;

-- The automation that an event is about.
ALTER TABLE events ADD COLUMN automation_id TEXT NOT NULL DEFAULT '';

-- The writes to directories of which it is not known what became of them: a sweep looks
-- for them each minute.
CREATE INDEX directory_writes_open ON directory_writes (begun_at) WHERE outcome = '';

-- +goose Down
SELECT 1;
