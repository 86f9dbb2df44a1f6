-- +goose Up

-- What a digest is about: JSON, by automation. 'null' for other kinds of notices.
ALTER TABLE notices ADD COLUMN news TEXT NOT NULL DEFAULT 'null';

-- +goose Down
SELECT 1;
