-- +goose Up

-- I10, in words that cost less: for each row that is written, SQLite builds a
-- table anew of a list that has three texts.
DROP INDEX deliveries_unfinished;
CREATE UNIQUE INDEX deliveries_unfinished ON deliveries (user_id)
    WHERE state = 'queued' OR state = 'issued' OR state = 'deferred';

-- +goose Down
SELECT 1;
