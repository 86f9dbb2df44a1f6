-- +goose Up

-- How an event that records the end of a run came about, as JSON.
ALTER TABLE events ADD COLUMN chain TEXT NOT NULL DEFAULT '{}';

-- Whether a run that had ended was opened again, for a delivery that was retried by hand.
ALTER TABLE runs ADD COLUMN reopened BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
SELECT 1;
