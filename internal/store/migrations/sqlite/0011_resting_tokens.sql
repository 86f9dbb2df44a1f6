-- +goose Up

-- A token rests from the restore of a backup on until it is confirmed.
ALTER TABLE tokens ADD COLUMN resting BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
SELECT 1;
