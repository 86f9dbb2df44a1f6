-- +goose Up

-- After the restore of a backup a token rests until it is confirmed.
ALTER TABLE tokens ADD COLUMN resting BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
SELECT 1;
