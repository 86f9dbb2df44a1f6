-- +goose Up

-- Where in the events of a source the people stand, as CEL; '' for system_users of
-- the data. Without trust, runs of such events may only keep the old password.
-- Sources from before have no mapping, and go on as they were.
ALTER TABLE event_sources ADD COLUMN people TEXT NOT NULL DEFAULT '';
ALTER TABLE event_sources ADD COLUMN trusted BOOLEAN NOT NULL DEFAULT FALSE;

-- Outsiders have a say in the event.
ALTER TABLE events ADD COLUMN outsiders BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
SELECT 1;
