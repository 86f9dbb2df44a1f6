-- +goose Up

-- The hours of an execution day in which runs begin, as JSON.
ALTER TABLE automations ADD COLUMN execution_hours TEXT COLLATE "C" NOT NULL DEFAULT 'null';

-- +goose Down
SELECT 1;
