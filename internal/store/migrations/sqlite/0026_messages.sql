-- +goose Up
-- I10 is about passwords. A message has no user, and an address may have several.
DROP INDEX deliveries_unfinished;
CREATE UNIQUE INDEX deliveries_unfinished ON deliveries (user_id)
    WHERE (state = 'queued' OR state = 'issued' OR state = 'deferred') AND user_id <> '';
-- The messages to an address, and when each was begun.
CREATE INDEX deliveries_messages ON deliveries (subject, issued_at) WHERE old_password = '';

-- The job of the automation; '' if the run was made before there was a second one.
ALTER TABLE runs ADD COLUMN job_type TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;
